package dev.belay.server.cloudagent;

import dev.belay.agent.session.SessionStatus;
import dev.belay.agent.session.SessionSummary;
import dev.belay.api.Money;
import dev.belay.server.http.Json;
import java.math.BigDecimal;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** A session's status as JSON (contract: Cloud Agent 1.3, as far as it exists). */
public final class StatusView {
    private StatusView() {}

    /** All that is told of it; with its turns if asked for. */
    public static ObjectNode of(SessionStatus status, boolean withHistory) {
        ObjectNode json = of(status.session());
        json.set("current_turn", status.current().map(StatusView::current).orElse(null));
        json.put("turns", status.turns()).put("queue_depth", status.queued()).put("last_seq", status.lastSeq());
        json.putObject("usage")
                .put("input_tokens", status.usage().inputTokens())
                .put("output_tokens", status.usage().outputTokens())
                .put("cache_read_tokens", status.usage().cacheReadTokens())
                .put("cache_creation_tokens", status.usage().cacheCreationTokens())
                .put("cost_usd", status.cost().amount().dollars())
                .put("cost_basis", status.cost().basis().word());
        json.set("budget", budget(status));
        json.set("sandbox", status.sandbox().map(StatusView::sandbox).orElse(null));
        if (withHistory) {
            ArrayNode history = json.putArray("history");
            status.history().forEach(turn -> history.add(turn(turn)));
        }
        return json;
    }

    /** A session as a list shows it. */
    static ObjectNode of(SessionSummary session) {
        return Json.object()
                .put("session_id", session.id().value())
                .put("session_name", session.name().orElse(null))
                .put("status", session.state())
                .put("engine", session.engine())
                .put("model", session.model())
                .put("created_at", WireTime.text(session.createdMicros()))
                .put("last_active_at", WireTime.text(session.lastActiveMicros()))
                .put("expires_at", time(session.expiresMicros()));
    }

    private static ObjectNode budget(SessionStatus status) {
        Money spent = status.cost().amount();
        return Json.object()
                .put("max_usd", status.maxBudget().map(Money::dollars).orElse(null))
                .put("spent_usd", spent.dollars())
                .put(
                        "remaining_usd",
                        status.maxBudget()
                                .map(most -> most.minus(spent).dollars().max(BigDecimal.ZERO))
                                .orElse(null))
                .put(
                        "max_turns",
                        status.maxTurns().isPresent() ? status.maxTurns().getAsInt() : null);
    }

    private static ObjectNode current(SessionStatus.CurrentTurn turn) {
        return Json.object()
                .put("turn_id", turn.turn().value())
                .put("started_at", WireTime.text(turn.startedMicros()))
                .put("tool", turn.tool().orElse(null));
    }

    private static ObjectNode sandbox(SessionStatus.SandboxView sandbox) {
        return Json.object()
                .put("id", sandbox.id().value())
                .put("state", "running")
                .put("isolation", sandbox.isolation());
    }

    private static ObjectNode turn(SessionStatus.TurnSummary turn) {
        return Json.object()
                .put("turn_id", turn.turn().value())
                .put("prompt", turn.prompt())
                .put("status", turn.status())
                .put("started_at", WireTime.text(turn.startedMicros()))
                .put("ended_at", time(turn.endedMicros()))
                .put("events_from_seq", turn.fromSeq())
                .put("events_to_seq", turn.toSeq())
                .put("summary", turn.summary());
    }

    private static @Nullable String time(OptionalLong micros) {
        return micros.isPresent() ? WireTime.text(micros.getAsLong()) : null;
    }
}
