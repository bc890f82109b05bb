package dev.belay.cli.sandbox;

import dev.belay.cli.terminal.Style;
import dev.belay.cli.terminal.Table;
import dev.belay.cli.terminal.Terminal;
import dev.belay.client.sandbox.Inspection;
import dev.belay.client.sandbox.Sandbox;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;

/** An inspection for people. */
final class InspectionText {
    private InspectionText() {}

    static void print(Terminal terminal, Inspection seen) {
        Sandbox sandbox = seen.sandbox();
        line(
                terminal,
                "sandbox",
                sandbox.id()
                        + sandbox.name()
                                .map(name -> " \"" + Terminal.harmless(name) + "\"")
                                .orElse(""));
        line(terminal, "state", sandbox.state() + (sandbox.kept() ? "" : ", of a session"));
        line(terminal, "created", sandbox.createdAt() + " by " + Terminal.harmless(sandbox.createdBy()));
        line(terminal, "stops", sandbox.stopsAt().map(Object::toString).orElse("never"));
        line(terminal, "expires", sandbox.expiresAt().map(Object::toString).orElse("never"));
        line(terminal, "isolation", sandbox.provider() + ", level " + sandbox.isolation());
        seen.properties()
                .forEach(wall -> line(
                        terminal,
                        "",
                        (wall.held() ? terminal.styled(Style.GOOD, "held") : terminal.styled(Style.BAD, "open")) + "  "
                                + wall.name() + ": " + wall.detail()));
        terminal.say("");
        Table limits = new Table(List.of("LIMIT", "VALUE", "HELD BY"));
        seen.limits()
                .forEach(limit -> limits.row(List.of(
                        limit.name(),
                        BigDecimal.valueOf(limit.value()).stripTrailingZeros().toPlainString(),
                        limit.means())));
        limits.print(terminal);
        terminal.say("");
        Table usage = new Table(List.of("USAGE", "VALUE"));
        seen.usage().entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .forEach(one -> usage.row(List.of(one.getKey(), Long.toString(one.getValue()))));
        usage.print(terminal);
        terminal.say("");
        line(
                terminal,
                "commands",
                seen.startedExecs() + " started, " + seen.running().size() + " running");
        seen.running()
                .forEach(one -> line(
                        terminal,
                        "",
                        one.id() + "  " + Terminal.harmless(one.command()).replace('\n', ' ')));
    }

    private static void line(Terminal terminal, String name, String text) {
        terminal.say(terminal.styled(Style.HEADING, name) + " ".repeat(12 - name.length()) + text);
    }
}
