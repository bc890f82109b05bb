package dev.belay.cli.doctor;

import dev.belay.cli.terminal.Style;
import dev.belay.cli.terminal.Terminal;
import dev.belay.sandbox.Isolation.Property;
import dev.belay.sandbox.IsolationLevel;
import dev.belay.sandbox.ProviderReport;
import dev.belay.sandbox.local.Bubblewrap;
import dev.belay.server.http.Json;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * All that was found.
 *
 * @param providers of models, that can be called: by name, never with their keys
 */
record Diagnosis(
        String version,
        Machine machine,
        Optional<Bubblewrap> bubblewrap,
        ProviderReport sandboxes,
        List<String> providers,
        DataState data) {

    /** Whether agents can run here. */
    boolean healthy() {
        return sandboxes.isolation().level() != IsolationLevel.UNAVAILABLE
                && !data.state().equals("damaged");
    }

    void print(Terminal terminal) {
        line(terminal, "belay", version);
        line(terminal, "system", machine.system());
        line(terminal, "JDK", machine.jdk() + ", " + machine.jdkHome());
        line(terminal, "cgroups", machine.cgroups());
        line(
                terminal,
                "bubblewrap",
                bubblewrap.map(found -> found.version() + ", " + found.path()).orElse("not found"));
        printSandboxes(terminal);
        line(terminal, "models", "scripted (plays prepared steps; needs no key)");
        line(
                terminal,
                "",
                providers.isEmpty()
                        ? "no other provider: set a key, for example ANTHROPIC_API_KEY or OPENAI_API_KEY"
                        : "with a key or an address: " + String.join(", ", providers));
        line(terminal, "data", data.path() + ", " + data.detail());
        line(terminal, "store", data.kind() + ", " + data.store());
        line(terminal, "schema", data.schemaVersion().map(v -> "version " + v).orElse("no database yet"));
        terminal.say("");
        terminal.say(
                healthy()
                        ? terminal.styled(Style.GOOD, "Agents can run here.")
                        : terminal.styled(Style.BAD, "Agents cannot run here; see above what is missing."));
    }

    private void printSandboxes(Terminal terminal) {
        IsolationLevel level = sandboxes.isolation().level();
        Style style = switch (level) {
            case UNAVAILABLE -> Style.BAD;
            case RESTRICTED -> Style.WARNING;
            case FULL -> Style.GOOD;
        };
        line(
                terminal,
                "sandboxes",
                sandboxes.provider() + ", isolation level " + terminal.styled(style, level.word())
                        + "; tried from inside:");
        int width = sandboxes.isolation().properties().stream()
                .mapToInt(property -> property.name().length())
                .max()
                .orElse(0);
        for (Property property : sandboxes.isolation().properties()) {
            String mark = property.held() ? terminal.styled(Style.GOOD, "held") : terminal.styled(Style.BAD, "open");
            line(
                    terminal,
                    "",
                    "  " + mark + "  " + property.name()
                            + " ".repeat(width - property.name().length()) + "  " + property.detail());
        }
        sandboxes.missing().forEach(missing -> line(terminal, "", terminal.styled(style, "to do: " + missing)));
    }

    private static void line(Terminal terminal, String name, String text) {
        terminal.say(terminal.styled(Style.HEADING, name) + " ".repeat(12 - name.length()) + text);
    }

    ObjectNode json() {
        ObjectNode json = Json.object().put("healthy", healthy()).put("version", version);
        json.put("system", machine.system());
        json.putObject("jdk").put("version", machine.jdk()).put("home", machine.jdkHome());
        json.put("cgroups", machine.cgroups());
        ObjectNode wrap = json.putObject("bubblewrap");
        bubblewrap.ifPresent(found ->
                wrap.put("version", found.version()).put("path", found.path().toString()));
        ObjectNode sandbox = json.putObject("sandboxes")
                .put("provider", sandboxes.provider())
                .put("isolation", sandboxes.isolation().level().word());
        ArrayNode properties = sandbox.putArray("properties");
        for (Property property : sandboxes.isolation().properties()) {
            properties.add(Json.object()
                    .put("name", property.name())
                    .put("held", property.held())
                    .put("detail", property.detail()));
        }
        ArrayNode missing = sandbox.putArray("missing");
        sandboxes.missing().forEach(missing::add);
        ObjectNode models = json.putObject("models");
        ArrayNode named = models.putArray("providers").add("scripted");
        providers.forEach(named::add);
        json.putObject("data_directory")
                .put("path", data.path().toString())
                .put("state", data.state())
                .put("detail", data.detail())
                .put("schema_version", data.schemaVersion().orElse(null));
        json.putObject("store")
                .put("kind", data.kind().toLowerCase(Locale.ROOT))
                .put("location", data.store().toString())
                .put("schema_version", data.schemaVersion().orElse(null));
        return json;
    }
}
