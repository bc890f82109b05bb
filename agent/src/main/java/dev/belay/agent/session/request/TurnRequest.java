package dev.belay.agent.session.request;

import dev.belay.api.Secret;
import java.util.Map;

/**
 * A prompt for a session that there is.
 *
 * @param whenBusy what becomes of it while another turn runs
 * @param keys keys of model providers for this turn alone, by the provider's id; never stored
 */
public record TurnRequest(String prompt, TurnOptions options, WhenBusy whenBusy, Map<String, Secret> keys) {
    public TurnRequest {
        keys = Map.copyOf(keys);
    }

    public TurnRequest(String prompt) {
        this(prompt, TurnOptions.NONE, WhenBusy.REFUSE, Map.of());
    }

    /** The same with these keys. */
    public TurnRequest with(Map<String, Secret> newKeys) {
        return new TurnRequest(prompt, options, whenBusy, newKeys);
    }

    /** What becomes of a prompt that comes while a turn runs. */
    public enum WhenBusy {
        REFUSE,
        /** It becomes a turn of its own, after those before it. */
        QUEUE,
        /** The model is told it before its next call in the turn that runs; without such a turn it becomes one. */
        STEER
    }
}
