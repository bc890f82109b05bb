package dev.belay.agent.session.request;

import dev.belay.agent.permission.PermissionMode;
import dev.belay.api.JsonText;
import dev.belay.api.Money;
import dev.belay.api.event.EventBody;
import dev.belay.api.event.TurnEvent;
import dev.belay.store.StoredJson;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What one message may ask for beside what its session was created with (contract: Cloud Agent 1.2 row 8).
 *
 * @param pin whether it stays word for word when the conversation is compacted
 */
public record TurnOptions(
        Optional<String> model,
        OptionalInt maxTurns,
        Optional<Money> maxBudget,
        Optional<Duration> timeout,
        Optional<PermissionMode> permissionMode,
        boolean pin) {
    public static final TurnOptions NONE = new TurnOptions(
            Optional.empty(), OptionalInt.empty(), Optional.empty(), Optional.empty(), Optional.empty(), false);

    /** What is not pinned, in the mode of the session. */
    public TurnOptions(
            Optional<String> model, OptionalInt maxTurns, Optional<Money> maxBudget, Optional<Duration> timeout) {
        this(model, maxTurns, maxBudget, timeout, Optional.empty(), false);
    }

    public TurnOptions {
        RunOptions.check(maxTurns, maxBudget, timeout);
    }

    /** What the event says that a turn was begun with; empty for another event. */
    public static Optional<TurnOptions> begunWith(EventBody body) {
        return body instanceof TurnEvent.Started started
                ? started.options().map(json -> StoredJson.decode(json.text(), TurnOptions.class))
                : Optional.empty();
    }

    /** The event with which a turn begins. */
    public TurnEvent.Started started(String resolvedModel) {
        return new TurnEvent.Started(
                resolvedModel, equals(NONE) ? Optional.empty() : Optional.of(new JsonText(StoredJson.encode(this))));
    }
}
