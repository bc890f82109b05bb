package dev.belay.agent.budget;

import dev.belay.agent.budget.UsageQuery.By;
import dev.belay.api.Cost;
import dev.belay.api.CostBasis;
import dev.belay.api.Money;
import dev.belay.api.Scope;
import dev.belay.api.SessionId;
import dev.belay.api.TurnId;
import dev.belay.api.Usage;
import dev.belay.api.WorkspaceId;
import dev.belay.api.event.TurnEvent;
import dev.belay.store.Tx;
import dev.belay.store.View;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.LocalDate;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** The SQL of what turns used: one row per turn, stored with the event that ends it. */
public final class UsageStore {
    private static final long MICROS_PER_DAY = 86_400_000_000L;

    private UsageStore() {}

    /** The number of the day (UTC) since 1970. */
    static long day(long epochMicros) {
        return Math.floorDiv(epochMicros, MICROS_PER_DAY);
    }

    /** A turn has ended; call in the unit that stores its end. */
    public static void add(
            Tx tx, Scope scope, SessionId session, TurnId turn, TurnEvent.Finished finished, long nowMicros) {
        tx.execute(
                """
                INSERT INTO turn_usage (turn, workspace, day, principal, session, model, model_calls, input_tokens, output_tokens,
                  cache_read_tokens, cache_creation_tokens, cost, unpriced)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)\
                """,
                turn.value(),
                scope.workspace().value(),
                day(nowMicros),
                scope.principal().name(),
                session.value(),
                finished.model(),
                finished.modelCalls() + finished.subagentCalls(),
                finished.usage().inputTokens(),
                finished.usage().outputTokens(),
                finished.usage().cacheReadTokens(),
                finished.usage().cacheCreationTokens(),
                finished.cost().amount().micros(),
                finished.cost().basis() == CostBasis.UNKNOWN ? 1 : 0);
    }

    /** What the workspace's turns cost that ended on that day. */
    static Cost spent(View view, WorkspaceId workspace, long day) {
        return view.first(
                        "SELECT sum(cost) AS cost, max(unpriced) AS unpriced FROM turn_usage"
                                + " WHERE workspace = ? AND day = ?",
                        UsageStore::cost,
                        workspace.value(),
                        day)
                .orElseThrow();
    }

    /** The rows of the workspace, in the order of what they are told apart by. */
    public static List<UsageRow> report(View view, Scope scope, UsageQuery query) {
        String columns = query.by().stream().map(UsageStore::column).collect(Collectors.joining(", "));
        String sql = "SELECT " + (columns.isEmpty() ? "" : columns + ", ")
                + """
                    count(*) AS turns, sum(model_calls) AS model_calls, sum(input_tokens) AS input_tokens,
                      sum(output_tokens) AS output_tokens, sum(cache_read_tokens) AS cache_read_tokens,
                      sum(cache_creation_tokens) AS cache_creation_tokens, sum(cost) AS cost, max(unpriced) AS unpriced
                    FROM turn_usage WHERE workspace = ? AND day BETWEEN ? AND ?\
                    """
                + (columns.isEmpty() ? "" : " GROUP BY " + columns + " ORDER BY " + columns) + " LIMIT ?";
        return view.list(
                sql,
                rs -> row(rs, query),
                scope.workspace().value(),
                query.from().toEpochDay(),
                query.to().toEpochDay(),
                query.limit());
    }

    private static String column(By by) {
        return switch (by) {
            case DAY -> "day";
            case KEY -> "principal";
            case SESSION -> "session";
            case MODEL -> "model";
        };
    }

    private static UsageRow row(ResultSet rs, UsageQuery query) throws SQLException {
        List<By> by = query.by();
        return new UsageRow(
                by.contains(By.DAY) ? Optional.of(LocalDate.ofEpochDay(rs.getLong("day"))) : Optional.empty(),
                by.contains(By.KEY) ? Optional.of(rs.getString("principal")) : Optional.empty(),
                by.contains(By.SESSION) ? Optional.of(new SessionId(rs.getString("session"))) : Optional.empty(),
                by.contains(By.MODEL) ? Optional.of(rs.getString("model")) : Optional.empty(),
                rs.getLong("turns"),
                rs.getLong("model_calls"),
                new Usage(
                        rs.getLong("input_tokens"),
                        rs.getLong("output_tokens"),
                        rs.getLong("cache_read_tokens"),
                        rs.getLong("cache_creation_tokens")),
                cost(rs));
    }

    private static Cost cost(ResultSet rs) throws SQLException {
        return new Cost(new Money(rs.getLong("cost")), rs.getInt("unpriced") == 0 ? CostBasis.LIST : CostBasis.UNKNOWN);
    }
}
