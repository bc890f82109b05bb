package dev.belay.server.cloudagent.wire;

import dev.belay.agent.session.view.SessionStatus;
import dev.belay.agent.session.view.SessionSummary;
import dev.belay.api.EpochMicros;
import dev.belay.api.Money;
import dev.belay.sandbox.registry.Inspection;
import dev.belay.server.http.Json;
import java.math.BigDecimal;
import java.time.InstantSource;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** A session's status as JSON (contract: Cloud Agent 1.3). */
public final class StatusView {
    private StatusView() {}

    /** The status without its history. */
    public static ObjectNode of(SessionStatus status) {
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
        json.set("resources", status.sandbox().flatMap(StatusView::resources).orElse(null));
        json.set("sandbox", status.sandbox().map(StatusView::sandbox).orElse(null));
        return json;
    }

    /** A session as a list shows it. */
    public static ObjectNode of(SessionSummary session) {
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

    /** What the sandbox that is open uses. What this host does not tell is null. */
    private static Optional<ObjectNode> resources(SessionStatus.SandboxView sandbox) {
        return sandbox.inspection().usage().map(usage -> {
            long now = EpochMicros.now(InstantSource.system());
            return Json.object()
                    .putNull("pid")
                    .put("processes", orNull(usage.processes()))
                    .put("rss_bytes", orNull(usage.memoryBytes()))
                    .putNull("pss_bytes")
                    .put(
                            "cpu_ms",
                            usage.cpuMicros().isPresent() ? usage.cpuMicros().getAsLong() / 1000 : null)
                    .put("uptime_s", Math.max(0, now - sandbox.openedMicros().orElse(now)) / 1_000_000);
        });
    }

    private static ObjectNode sandbox(SessionStatus.SandboxView view) {
        Inspection seen = view.inspection();
        return Json.object()
                .put("id", seen.sandbox().id().value())
                .put("state", seen.sandbox().state().word())
                .put("isolation", seen.sandbox().isolation())
                .put("executions", seen.startedExecs())
                .put(
                        "rss_bytes",
                        seen.usage().map(usage -> orNull(usage.memoryBytes())).orElse(null))
                .putNull("image");
    }

    private static @Nullable Long orNull(OptionalLong number) {
        return number.isPresent() ? number.getAsLong() : null;
    }

    public static ObjectNode turn(SessionStatus.TurnSummary turn) {
        return Json.object()
                .put("turn_id", turn.turn().value())
                .put("prompt", turn.prompt())
                .put("status", turn.status())
                .put("started_at", WireTime.text(turn.startedMicros()))
                .put("ended_at", time(turn.endedMicros()))
                .put("events_from_seq", turn.fromSeq())
                .put("events_to_seq", turn.toSeq())
                .put("summary", turn.summary())
                .put("rewound", turn.rewound());
    }

    private static @Nullable String time(OptionalLong micros) {
        return micros.isPresent() ? WireTime.text(micros.getAsLong()) : null;
    }
}
