package dev.belay.agent.permission;

import dev.belay.api.JsonText;
import dev.belay.api.Scope;
import dev.belay.api.event.StreamId;
import dev.belay.api.event.ToolEvent.Asked;
import dev.belay.api.event.ToolEvent.Decided;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** An ask that a turn waits for. Whoever decides first decides; the decision is durable before anybody goes by it. Safe for many threads. */
final class OpenAsk {
    private final Asked asked;
    private final StreamId stream;
    private final Scope scope;
    private final TurnEvents events;
    private final Function<JsonText, Optional<String>> problems;
    private final CountDownLatch over = new CountDownLatch(1);
    private @Nullable Decided decided;

    /**
     * @param scope whose turn waits
     * @param problems what speaks against another input for the call
     */
    OpenAsk(
            Asked asked,
            StreamId stream,
            Scope scope,
            TurnEvents events,
            Function<JsonText, Optional<String>> problems) {
        this.asked = asked;
        this.stream = stream;
        this.scope = scope;
        this.events = events;
        this.problems = problems;
    }

    Asked asked() {
        return asked;
    }

    boolean isOf(Scope other, StreamId otherStream) {
        return scope.workspace().equals(other.workspace()) && stream.equals(otherStream);
    }

    Optional<String> problems(JsonText input) {
        return problems.apply(input);
    }

    /** Waits for a decision; if none comes in that time, this one holds. */
    Decided await(Duration time, Decided otherwise) throws InterruptedException {
        over.await(Math.max(0, time.toNanos()), TimeUnit.NANOSECONDS);
        return decide(scope, otherwise);
    }

    /** The decision that holds: this one, unless there is one already. */
    synchronized Decided decide(Scope by, Decided decision) {
        Decided before = decided;
        if (before != null) {
            return before;
        }
        Decided stored = (Decided) events.append(by, decision);
        decided = stored;
        over.countDown();
        return stored;
    }
}
