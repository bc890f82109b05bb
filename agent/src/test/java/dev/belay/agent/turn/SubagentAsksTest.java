package dev.belay.agent.turn;

import static org.assertj.core.api.Assertions.assertThat;

import dev.belay.agent.permission.AskWatcher;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A turn waits for its user while all of its sub-agents do. */
class SubagentAsksTest {
    private final List<String> told = new ArrayList<>();
    private final SubagentAsks asks = new SubagentAsks(new AskWatcher() {
        @Override
        public void waits() {
            told.add("waits");
        }

        @Override
        public void goesOn() {
            told.add("goes on");
        }
    });

    @Test
    void aTurnWaitsWhenTheLastThatWorksAsks() {
        asks.began();
        asks.began();
        AskWatcher first = asks.ofOne();
        AskWatcher second = asks.ofOne();
        first.waits();
        first.waits();
        assertThat(told).isEmpty();
        second.waits();
        assertThat(told).containsExactly("waits");
        first.goesOn();
        assertThat(told).as("it asks for something else, too").containsExactly("waits");
        first.goesOn();
        assertThat(told).containsExactly("waits", "goes on");
        second.goesOn();
        assertThat(told).hasSize(2);
    }

    @Test
    void oneThatBeginsOrEndsChangesWhetherAllWait() {
        asks.began();
        asks.began();
        AskWatcher first = asks.ofOne();
        first.waits();
        asks.ended();
        assertThat(told).containsExactly("waits");
        asks.began();
        assertThat(told).containsExactly("waits", "goes on");
        first.goesOn();
        asks.ended();
        asks.ended();
        assertThat(told).hasSize(2);
    }
}
