package dev.belay.cli.admin;

import dev.belay.cli.admin.SecretsCommand.WorkspaceOption;
import dev.belay.cli.terminal.Table;
import dev.belay.cli.terminal.Terminal;
import dev.belay.server.http.Json;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;

/** {@code belay usage}. */
@Command(name = "usage", description = "Shows what the turns of a workspace used: tokens, dollars, turns.")
public final class UsageCommand implements Callable<Integer> {
    /** What is told apart, with its heading. */
    private static final Map<String, String> TOLD_APART = new LinkedHashMap<>();

    /** What is summed up, with its heading. */
    private static final Map<String, String> SUMS = new LinkedHashMap<>();

    static {
        TOLD_APART.put("day", "DAY (UTC)");
        TOLD_APART.put("key", "KEY");
        TOLD_APART.put("session_id", "SESSION");
        TOLD_APART.put("model", "MODEL");
        SUMS.put("turns", "TURNS");
        SUMS.put("model_calls", "CALLS");
        SUMS.put("input_tokens", "INPUT");
        SUMS.put("output_tokens", "OUTPUT");
        SUMS.put("cache_read_tokens", "CACHE READ");
        SUMS.put("cache_creation_tokens", "CACHE WRITTEN");
    }

    private final Terminal terminal;
    private final Map<String, String> environment;

    @Mixin
    private WorkspaceOption workspace = new WorkspaceOption();

    @Mixin
    private AdminOptions options = new AdminOptions();

    @Option(
            names = "--by",
            paramLabel = "WHAT",
            description = "Some of day, key, session and model, with commas between them; day if absent.")
    private Optional<String> by = Optional.empty();

    @Option(names = "--from", paramLabel = "DAY", description = "The first day, as 2030-01-31; 30 days if absent.")
    private Optional<String> from = Optional.empty();

    @Option(names = "--to", paramLabel = "DAY", description = "The last day; today (UTC) if absent.")
    private Optional<String> to = Optional.empty();

    public UsageCommand(Terminal terminal, Map<String, String> environment) {
        this.terminal = terminal;
        this.environment = environment;
    }

    @Override
    public Integer call() {
        Map<String, String> query = new LinkedHashMap<>();
        by.ifPresent(value -> query.put("by", value));
        from.ifPresent(value -> query.put("from", value));
        to.ifPresent(value -> query.put("to", value));
        try (Administration administration = options.open(environment)) {
            JsonNode usage = administration.usage(workspace.name(), query);
            if (options.json()) {
                terminal.say(Json.writeText(usage));
            } else {
                print(usage);
            }
            return 0;
        }
    }

    private void print(JsonNode usage) {
        JsonNode rows = usage.path("rows");
        List<String> apart = TOLD_APART.keySet().stream()
                .filter(field -> rows.path(0).has(field))
                .toList();
        Table table = new Table(Stream.of(apart.stream().map(TOLD_APART::get), SUMS.values().stream(), Stream.of("USD"))
                .flatMap(headings -> headings)
                .toList());
        rows.forEach(row -> table.row(cells(
                row, apart.stream().map(field -> row.path(field).asString()).toList())));
        if (!apart.isEmpty()) {
            List<String> total = new ArrayList<>(List.of("total"));
            apart.stream().skip(1).forEach(_ -> total.add(""));
            table.row(cells(usage.path("total"), total));
        }
        table.print(terminal);
        if (!usage.path("complete").asBoolean()) {
            terminal.say("There are more rows; name fewer days.");
        }
    }

    private static List<String> cells(JsonNode row, List<String> first) {
        List<String> cells = new ArrayList<>(first);
        SUMS.keySet().forEach(field -> cells.add(row.path(field).asString()));
        String dollars = row.path("cost_usd").decimalValue().toPlainString();
        cells.add(row.path("cost_basis").asString().equals("list") ? dollars : dollars + " and unknown");
        return cells;
    }
}
