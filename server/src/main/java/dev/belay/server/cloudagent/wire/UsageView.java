package dev.belay.server.cloudagent.wire;

import dev.belay.agent.budget.UsageQuery;
import dev.belay.agent.budget.UsageQuery.By;
import dev.belay.agent.budget.UsageRow;
import dev.belay.agent.session.Sessions;
import dev.belay.api.InvalidRequestException;
import dev.belay.api.Scope;
import dev.belay.server.http.Json;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** What the turns of a workspace used, as programs read it. */
public final class UsageView {
    private static final int MOST_ROWS = 10_000;
    private static final int USUAL_DAYS = 30;
    private static final int FIRST_YEAR = 1970;
    private static final int LAST_YEAR = 9999;

    private UsageView() {}

    /**
     * The usage that is asked for.
     *
     * @param query the values of {@code from}, {@code to} and {@code by}, each empty for the usual
     * @throws InvalidRequestException naming the one that is wrong
     */
    public static ObjectNode of(
            Sessions sessions, Scope scope, InstantSource clock, Function<String, Optional<String>> query) {
        LocalDate to = day(query, "to", LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC));
        LocalDate from = day(query, "from", to.minusDays(USUAL_DAYS - 1));
        if (from.isAfter(to)) {
            throw new InvalidRequestException("from", "from is a day after to");
        }
        List<By> by = by(query.apply("by").orElse("day"));
        List<UsageRow> rows = sessions.usage(scope, new UsageQuery(from, to, by, MOST_ROWS + 1));
        UsageRow total =
                sessions.usage(scope, new UsageQuery(from, to, List.of(), 1)).getFirst();
        ObjectNode body = Json.object().put("from", from.toString()).put("to", to.toString());
        body.set("total", json(total));
        ArrayNode list = body.putArray("rows");
        rows.stream().limit(MOST_ROWS).forEach(row -> list.add(json(row)));
        return body.put("complete", rows.size() <= MOST_ROWS);
    }

    private static LocalDate day(Function<String, Optional<String>> query, String name, LocalDate otherwise) {
        try {
            LocalDate day = query.apply(name).map(LocalDate::parse).orElse(otherwise);
            if (day.getYear() >= FIRST_YEAR && day.getYear() <= LAST_YEAR) {
                return day;
            }
        } catch (DateTimeParseException e) {
            // Told below.
        }
        throw new InvalidRequestException(name, name + " must be a day, as 2030-01-31");
    }

    private static List<By> by(String text) {
        List<By> by = new ArrayList<>();
        for (String word : text.isEmpty() ? List.<String>of() : List.of(text.split(",", -1))) {
            switch (word) {
                case "day", "key", "session", "model" -> by.add(By.valueOf(word.toUpperCase(Locale.ROOT)));
                default ->
                    throw new InvalidRequestException(
                            "by", "by must be some of day, key, session and model, with commas between them");
            }
        }
        return by;
    }

    private static ObjectNode json(UsageRow row) {
        ObjectNode json = Json.object();
        row.day().ifPresent(day -> json.put("day", day.toString()));
        row.key().ifPresent(key -> json.put("key", key));
        row.session().ifPresent(session -> json.put("session_id", session.value()));
        row.model().ifPresent(model -> json.put("model", model));
        return json.put("turns", row.turns())
                .put("model_calls", row.modelCalls())
                .put("input_tokens", row.usage().inputTokens())
                .put("output_tokens", row.usage().outputTokens())
                .put("cache_read_tokens", row.usage().cacheReadTokens())
                .put("cache_creation_tokens", row.usage().cacheCreationTokens())
                .put("cost_usd", row.cost().amount().dollars())
                .put("cost_basis", row.cost().basis().word());
    }
}
