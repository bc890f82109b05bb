package dev.belay.agent.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.belay.api.NotFoundException;
import dev.belay.api.SessionId;
import dev.belay.api.event.StreamId;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RetentionTest {
    @TempDir
    Path root;

    private House house;

    @BeforeEach
    void open() {
        house = new House(root);
    }

    @AfterEach
    void close() {
        house.close();
    }

    /** Deleted, so that nothing of it is in use. */
    private SessionId unused(String prompt) throws Exception {
        SessionId session = house.start(prompt, Options.DEFAULT_ECHO);
        house.eventsToTheEnd(session);
        house.sessions.delete(house.scope, session);
        return session;
    }

    private boolean erased(SessionId session) {
        try {
            house.log.lastSeq(house.scope, StreamId.of(session));
            return false;
        } catch (NotFoundException e) {
            return true;
        }
    }

    @Test
    void whatWasNotUsedForTooLongIsErasedAndAnOpenTurnIsNot() throws Exception {
        house.script("hangs", "{\"steps\":[{\"delay_ms\":600000,\"text\":\"never\"}]}");
        SessionId old = unused("hello");
        SessionId busy = house.start("go", Options.script("hangs"));

        house.sessions.retain(new RetentionRules(Optional.of(Duration.ofNanos(1000)), OptionalLong.empty()));

        await().until(() -> erased(old));
        assertThat(house.sessions.status(house.scope, busy).current()).isPresent();
        assertThat(erased(busy)).isFalse();
    }

    @Test
    void beyondTheBytesOfAWorkspaceTheOldestGoFirst() throws Exception {
        SessionId oldest = unused("a".repeat(20_000));
        SessionId newer = unused("b".repeat(20_000));

        house.sessions.retain(new RetentionRules(Optional.empty(), OptionalLong.of(100_000)));

        await().until(() -> erased(oldest));
        assertThat(erased(newer)).isFalse();
    }

    @Test
    void withoutRulesEverythingStays() throws Exception {
        SessionId old = unused("hello");

        house.sessions.retain(RetentionRules.KEEP_ALL);
        house.sessions.conversations().erase(house.scope, unused("erased"));

        assertThat(erased(old)).isFalse();
        assertThatThrownBy(() -> house.sessions.conversations().erase(house.anotherScope(), old))
                .isInstanceOf(NotFoundException.class);
    }
}
