package dev.belay.client.session;

import dev.belay.api.Cost;
import dev.belay.api.JsonText;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Something that happened in a session: what one acts on as records, all else in {@link #json}.
 *
 * @param seq its place in the session's stream, the cursor to go on from; empty for what is told once and not stored: pieces of text and signs
 *     of life
 * @param type for example {@code thinking}, {@code tool_use}, {@code tool_result}, {@code text_delta} or {@code status}
 * @param turn the turn that it belongs to
 * @param subagent the sub-agent that did this; empty for what the agent itself did
 * @param result how that turn ended, if this is its end
 * @param ask what the agent wants to be answered, if this asks
 * @param json the whole line
 */
public record SessionEvent(
        OptionalLong seq,
        String type,
        Instant time,
        Optional<String> turn,
        Optional<Subagent> subagent,
        Optional<Result> result,
        Optional<Ask> ask,
        JsonText json) {
    /**
     * A sub-agent at work.
     *
     * @param call the id of the {@code tool_use} of {@code Task} that started it
     * @param agent its name
     */
    public record Subagent(String call, String agent) {}

    /**
     * The end of a turn.
     *
     * @param status {@code success}, {@code error}, {@code max_turns}, {@code budget_exceeded}, {@code interrupted}, {@code timeout} or {@code
     *     cancelled}
     * @param text the agent's last words
     * @param modelCalls how often the model was called
     * @param error what went wrong
     */
    public record Result(
            String status, String text, Cost cost, int modelCalls, Duration duration, Optional<String> error) {
        public boolean success() {
            return status.equals("success");
        }
    }

    /**
     * What the agent wants to be answered, with {@link Sessions#answer}.
     *
     * @param toolUse the id of the call, as its {@code tool_use} has it
     * @param question whether it is a question to the user rather than a call that needs leave
     * @param input of the call; of a question an object with {@code question} and, if there are any, {@code options}
     * @param deadline when it counts as denied
     * @param reason why it is asked for; empty for a question
     */
    public record Ask(
            String id,
            String toolUse,
            boolean question,
            String tool,
            JsonText input,
            String inputHash,
            Instant deadline,
            String reason) {}
}
