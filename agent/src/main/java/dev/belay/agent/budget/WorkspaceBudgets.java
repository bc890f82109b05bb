package dev.belay.agent.budget;

import dev.belay.api.Cost;
import dev.belay.api.EpochMicros;
import dev.belay.api.Money;
import dev.belay.api.Scope;
import dev.belay.api.WorkspaceId;
import dev.belay.store.Database;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** What each workspace may spend on a day (UTC). What it spent on the day so far is known after a restart. Safe for many threads. */
public final class WorkspaceBudgets {
    private static final String NAME = "budget.workspace_day_usd";

    private final Database database;
    private final InstantSource clock;
    private final Optional<Money> perDay;
    private final boolean allowUnpriced;
    private final Map<WorkspaceId, Budget> known = new ConcurrentHashMap<>();

    /**
     * @param perDay of each workspace; empty for no limit
     * @param allowUnpriced whether models of which no price is known may be asked in spite of that limit
     */
    public WorkspaceBudgets(Database database, InstantSource clock, Optional<Money> perDay, boolean allowUnpriced) {
        this.database = database;
        this.clock = clock;
        this.perDay = perDay;
        this.allowUnpriced = allowUnpriced;
    }

    /** The budget of the scope's workspace. */
    public Budget of(Scope scope) {
        return perDay.map(limit -> known.computeIfAbsent(scope.workspace(), _ -> {
                    Cost today = database.read(view -> UsageStore.spent(view, scope.workspace(), day()));
                    return Budget.perPeriod(NAME, limit, allowUnpriced, today, this::day);
                }))
                .orElseGet(Budget::unlimited);
    }

    private long day() {
        return UsageStore.day(EpochMicros.now(clock));
    }
}
