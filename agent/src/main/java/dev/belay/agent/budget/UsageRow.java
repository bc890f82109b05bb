package dev.belay.agent.budget;

import dev.belay.api.Cost;
import dev.belay.api.SessionId;
import dev.belay.api.Usage;
import java.time.LocalDate;
import java.util.Optional;

/** What turns used together. What the query does not tell apart is empty. */
public record UsageRow(
        Optional<LocalDate> day,
        Optional<String> key,
        Optional<SessionId> session,
        Optional<String> model,
        long turns,
        long modelCalls,
        Usage usage,
        Cost cost) {}
