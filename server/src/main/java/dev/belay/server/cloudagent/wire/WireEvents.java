package dev.belay.server.cloudagent.wire;

import dev.belay.api.MalformedRequestException;
import dev.belay.api.SessionId;
import dev.belay.api.TurnId;
import dev.belay.api.event.AccessEvent;
import dev.belay.api.event.Attachment;
import dev.belay.api.event.Delta;
import dev.belay.api.event.Denial;
import dev.belay.api.event.Event;
import dev.belay.api.event.EventBody;
import dev.belay.api.event.EventDraft;
import dev.belay.api.event.ExecEvent;
import dev.belay.api.event.FileEvent;
import dev.belay.api.event.Foreign;
import dev.belay.api.event.MessageEvent;
import dev.belay.api.event.ModelEvent;
import dev.belay.api.event.SandboxEvent;
import dev.belay.api.event.SessionEvent;
import dev.belay.api.event.Subagent;
import dev.belay.api.event.SubagentEvent;
import dev.belay.api.event.ToolEvent;
import dev.belay.api.event.TurnError;
import dev.belay.api.event.TurnEvent;
import dev.belay.server.http.Json;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.databind.node.StringNode;

/**
 * Renders events as the Cloud Agent API shows them (contract: Cloud Agent 1.1 to 1.3). A durable event is rendered from itself alone, so
 * that history and live give the same bytes for the same {@code seq}. Knows nothing of HTTP.
 */
public final class WireEvents {
    private final InstantSource clock;

    /** @param clock stamps the transient lines; durable events carry their own time */
    public WireEvents(InstantSource clock) {
        this.clock = clock;
    }

    /** The line of a durable event; empty for one that this API does not show, such as the prompt or a model call's bookkeeping. */
    public Optional<WireEvent> of(Event event) {
        return switch (event.body()) {
            case SubagentEvent(Subagent _, TurnEvent.Started started) ->
                shown(
                        event,
                        WireEvent.STATUS,
                        line -> line.put("message", "subagent_started").put("model", started.model()));
            case SubagentEvent(Subagent _, TurnEvent.Finished finished) ->
                shown(event, WireEvent.STATUS, line -> subagentFinished(line, finished));
            case SubagentEvent(Subagent _, EventBody done) -> of(event, done);
            default -> of(event, event.body());
        };
    }

    /** @param body what was done, whose name the event has */
    private static Optional<WireEvent> of(Event event, EventBody body) {
        return switch (body) {
            case TurnEvent.Started started ->
                shown(
                        event,
                        WireEvent.STATUS,
                        line -> line.put("message", "starting").put("model", started.model()));
            case MessageEvent.Text text ->
                shown(
                        event,
                        "thinking",
                        line -> line.put("content", text.text()).put("block", "text"));
            case MessageEvent.Thinking thinking ->
                shown(
                        event,
                        "thinking",
                        line -> line.put("content", thinking.text()).put("block", "thinking"));
            case ToolEvent.Call call ->
                shown(
                        event,
                        "tool_use",
                        line -> line.put("id", call.id())
                                .put("tool", call.tool())
                                .set("input", parsed(call.input().text())));
            case ToolEvent.Asked asked -> shown(event, "permission_request", line -> asked(line, asked));
            case ToolEvent.Decided decided -> shown(event, "permission_decision", line -> decided(line, decided));
            case ToolEvent.Result result -> shown(event, "tool_result", line -> toolResult(line, result));
            case ModelEvent.Retried retried -> shown(event, WireEvent.STATUS, line -> retry(line, retried));
            case ModelEvent.FellBack fell -> shown(event, WireEvent.STATUS, line -> fallback(line, fell));
            case TurnEvent.Finished finished -> shown(event, WireEvent.RESULT, line -> result(line, finished));
            case TurnEvent.Compacted compacted -> shown(event, WireEvent.STATUS, line -> compacted(line, compacted));
            case TurnEvent.NotCompacted(String reason) ->
                shown(
                        event,
                        WireEvent.STATUS,
                        line -> line.put("message", "not_compacted").put("reason", reason));
            case TurnEvent.Queued _ -> shown(event, WireEvent.STATUS, line -> line.put("message", "queued"));
            case TurnEvent.Resumed _ -> shown(event, WireEvent.STATUS, line -> line.put("message", "resumed"));
            case TurnEvent.Rewound(long toSeq) ->
                shown(
                        event,
                        WireEvent.STATUS,
                        line -> line.put("message", "rewound").put("to_seq", toSeq));
            case MessageEvent.Steer(String text) ->
                shown(
                        event,
                        WireEvent.STATUS,
                        line -> line.put("message", "steer").put("prompt", text));
            case MessageEvent.Steered(int count) ->
                shown(
                        event,
                        WireEvent.STATUS,
                        line -> line.put("message", "steered").put("count", count));
            case SessionEvent.Forked(String from, long atSeq) ->
                shown(
                        event,
                        WireEvent.STATUS,
                        line -> line.put("message", "forked")
                                .put("forked_from", from)
                                .put("to_seq", atSeq));
            case SessionEvent.Ended(String reason) ->
                shown(event, WireEvent.STATUS, line -> line.put("message", reason));
            case MessageEvent.Prompt _,
                    MessageEvent.Pinned _,
                    MessageEvent.Reminder _,
                    ModelEvent.Requested _,
                    ModelEvent.Answered _,
                    ModelEvent.Unfinished _,
                    ModelEvent.Summarised _,
                    SessionEvent.Created _,
                    SessionEvent.Renamed _,
                    SessionEvent.Instructed _,
                    SandboxEvent _,
                    ExecEvent _,
                    FileEvent _,
                    AccessEvent _,
                    SubagentEvent _,
                    Foreign _ -> Optional.empty();
        };
    }

    /** A piece of a block that is still being written. */
    public WireEvent of(SessionId session, Delta delta) {
        ObjectNode line = passing("text_delta", session, Optional.of(delta.turn()), delta.source());
        line.put("content", delta.text()).put("block", delta.kind().name().toLowerCase(Locale.ROOT));
        return new WireEvent("text_delta", OptionalLong.empty(), Json.writeText(line));
    }

    /** A sign of life during silence. */
    public WireEvent running(SessionId session, TurnId turn, Duration elapsed) {
        return status(session, Optional.of(turn), "running", line -> line.put("elapsed_s", elapsed.toSeconds()));
    }

    /** A sign of life for a reader of a session in which no turn runs. */
    public WireEvent idle(SessionId session) {
        return status(session, Optional.empty(), "idle", _ -> {});
    }

    /** The last line of a stream that ends before its turn does; reading on from {@code resumeAfter} loses no event. */
    public WireEvent cut(SessionId session, String why, long resumeAfter) {
        return status(session, Optional.empty(), why, line -> line.put("resume_after", resumeAfter));
    }

    /** The end of a turn that cannot be stored now; it will get its {@code seq} when it is. */
    public WireEvent unrecorded(SessionId session, TurnId turn, TurnEvent.Finished finished) {
        ObjectNode line = passing(WireEvent.RESULT, session, Optional.of(turn), EventDraft.NATIVE);
        result(line, finished);
        return new WireEvent(WireEvent.RESULT, OptionalLong.empty(), Json.writeText(line));
    }

    /** The first frame of a WebSocket: where the session stands. */
    public WireEvent connected(SessionId session, String state, long lastSeq) {
        return status(
                session,
                Optional.empty(),
                "connected",
                line -> line.put("state", state).put("last_seq", lastSeq));
    }

    /** A message that came over a WebSocket was taken; its answer ends with the result of that turn. */
    public ObjectNode accepted(SessionId session, TurnId turn) {
        return passing(WireEvent.STATUS, session, Optional.of(turn), EventDraft.NATIVE)
                .put("message", "accepted");
    }

    /** An answer to what was asked for was taken; its event says what is decided. */
    public ObjectNode answered(SessionId session) {
        return passing(WireEvent.STATUS, session, Optional.empty(), EventDraft.NATIVE)
                .put("message", "accepted");
    }

    /** The turn was told to end. */
    public ObjectNode interrupting(SessionId session) {
        return passing(WireEvent.STATUS, session, Optional.empty(), EventDraft.NATIVE)
                .put("message", "interrupting");
    }

    private interface Fill {
        void fill(ObjectNode line);
    }

    private WireEvent status(SessionId session, Optional<TurnId> turn, String message, Fill fill) {
        ObjectNode line = passing(WireEvent.STATUS, session, turn, EventDraft.NATIVE);
        fill.fill(line.put("message", message));
        return new WireEvent(WireEvent.STATUS, OptionalLong.empty(), Json.writeText(line));
    }

    private ObjectNode passing(String type, SessionId session, Optional<TurnId> turn, String source) {
        ObjectNode line = Json.object().put("type", type);
        envelope(line, WireTime.micros(clock.instant()), session.value(), turn, source);
        return line;
    }

    private static Optional<WireEvent> shown(Event event, String type, Fill fill) {
        ObjectNode line = Json.object().put("type", type).put("seq", event.seq());
        envelope(line, event.timeMicros(), event.stream().id(), event.turn(), event.source());
        if (event.body() instanceof SubagentEvent(Subagent subagent, EventBody _)) {
            line.put("parent_id", subagent.call()).put("agent", subagent.agent());
        }
        fill.fill(line);
        return Optional.of(new WireEvent(type, OptionalLong.of(event.seq()), Json.writeText(line)));
    }

    private static void envelope(ObjectNode line, long micros, String session, Optional<TurnId> turn, String source) {
        line.put("ts", WireTime.text(micros)).put("session_id", session);
        turn.ifPresent(id -> line.put("turn_id", id.value()));
        if (!source.equals(EventDraft.NATIVE)) {
            line.put("source", source);
        }
    }

    private static void asked(ObjectNode line, ToolEvent.Asked asked) {
        line.put("id", asked.ask())
                .put("kind", asked.kind().word())
                .put("tool_use_id", asked.id())
                .put("tool", asked.tool());
        line.set("input", parsed(asked.input().text()));
        line.put("input_hash", asked.inputHash())
                .put("deadline", WireTime.text(asked.deadlineMicros()))
                .put("reason", asked.reason());
    }

    private static void decided(ObjectNode line, ToolEvent.Decided decided) {
        decided.ask().ifPresent(ask -> line.put("id", ask));
        line.put("tool_use_id", decided.id())
                .put("tool", decided.tool())
                .put("behavior", decided.allowed() ? "allow" : "deny")
                .put("message", decided.message())
                .put("by", decided.by().word());
        if (decided.interrupts()) {
            line.put("interrupt", true);
        }
        decided.updatedInput().ifPresent(input -> line.set("updated_input", parsed(input.text())));
    }

    private static void toolResult(ObjectNode line, ToolEvent.Result result) {
        line.put("id", result.id()).put("tool", result.tool());
        JsonNode output = parsed(result.output());
        line.set("output", output.isObject() ? output : StringNode.valueOf(result.output()));
        line.put("is_error", result.error()).put("duration_ms", result.durationMillis());
        if (result.truncatedBytes() > 0) {
            line.put("truncated", true).put("truncated_bytes", result.truncatedBytes());
        }
        for (Attachment file : result.attachments()) {
            line.withArray("attachments")
                    .addObject()
                    .put("name", file.name())
                    .put("media_type", file.mediaType())
                    .put("bytes", file.bytes());
        }
    }

    private static void retry(ObjectNode line, ModelEvent.Retried retried) {
        line.put("message", "retrying")
                .put("model", retried.model())
                .put("attempt", retried.attempt())
                .put("delay_ms", retried.delayMillis());
        error(line, retried.error());
    }

    private static void fallback(ObjectNode line, ModelEvent.FellBack fell) {
        line.put("message", "fallback").put("model", fell.to()).put("fallback_from", fell.from());
        error(line, fell.error());
    }

    private static void compacted(ObjectNode line, TurnEvent.Compacted compacted) {
        line.put("message", "compacted")
                .put("strategy", compacted.strategy())
                .put("attempt", compacted.attempt())
                .put("from_seq", compacted.fromSeq())
                .put("to_seq", compacted.toSeq())
                .put("messages_before", compacted.before().messages())
                .put("messages_after", compacted.after().messages())
                .put("tokens_before", compacted.before().tokens())
                .put("tokens_after", compacted.after().tokens());
    }

    private static void result(ObjectNode line, TurnEvent.Finished finished) {
        line.put("status", finished.status().word())
                .put("summary", finished.summary())
                .put("result", finished.summary());
        used(line, finished);
        line.put("model", finished.model())
                .put("stop_reason", finished.stopReason().isEmpty() ? null : finished.stopReason());
        finished.structuredOutput().ifPresent(output -> line.set("structured_output", parsed(output.text())));
        ArrayNode denials = line.putArray("permission_denials");
        for (Denial denial : finished.denials()) {
            ObjectNode node = denials.addObject()
                    .put("tool_name", denial.tool())
                    .put("tool_use_id", denial.id())
                    .put("message", denial.message());
            denial.input().ifPresent(input -> node.set("tool_input", parsed(input.text())));
        }
        finished.error().ifPresent(error -> error(line, error));
    }

    /** Its answer is the result of the call that started it. */
    private static void subagentFinished(ObjectNode line, TurnEvent.Finished finished) {
        line.put("message", "subagent_finished").put("status", finished.status().word());
        used(line, finished);
        line.put("model", finished.model());
        finished.error().ifPresent(error -> error(line, error));
    }

    private static void used(ObjectNode line, TurnEvent.Finished finished) {
        line.put("cost_usd", finished.cost().amount().dollars())
                .put("cost_basis", finished.cost().basis().word())
                .put("turns", finished.modelCalls())
                .put("duration_ms", finished.durationMillis());
        line.putObject("usage")
                .put("input_tokens", finished.usage().inputTokens())
                .put("output_tokens", finished.usage().outputTokens())
                .put("cache_read_tokens", finished.usage().cacheReadTokens())
                .put("cache_creation_tokens", finished.usage().cacheCreationTokens());
    }

    private static void error(ObjectNode line, TurnError error) {
        ObjectNode node = line.putObject("error").put("code", error.code()).put("message", error.message());
        error.httpStatus().ifPresent(status -> node.put("http_status", status));
    }

    /** The JSON of a text; a text that is not JSON as a string. */
    private static JsonNode parsed(String text) {
        try {
            return Json.read(text);
        } catch (MalformedRequestException e) {
            return StringNode.valueOf(text);
        }
    }
}
