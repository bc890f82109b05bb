package dev.belay.cli.sessions;

import dev.belay.api.Cost;
import dev.belay.api.CostBasis;
import dev.belay.api.Usage;
import dev.belay.cli.terminal.Style;
import dev.belay.cli.terminal.Terminal;
import dev.belay.client.session.Session;
import dev.belay.client.session.SessionStatus;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;

/** How sessions are shown to people. */
public final class SessionText {
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss").withZone(ZoneOffset.UTC);
    private static final int LONGEST = 100;

    private SessionText() {}

    /** How a session stands, without its turns. */
    public static void print(Terminal terminal, SessionStatus status) {
        Session session = status.session();
        line(
                terminal,
                "session",
                session.id()
                        + session.name()
                                .map(name -> " \"" + Terminal.harmless(name) + "\"")
                                .orElse(""));
        line(terminal, "state", state(status));
        line(terminal, "model", Terminal.harmless(session.model()));
        line(terminal, "created", time(session.createdAt()));
        line(terminal, "last used", time(session.lastActiveAt()));
        line(terminal, "expires", session.expiresAt().map(SessionText::time).orElse("never"));
        line(terminal, "turns", Integer.toString(status.turns()));
        line(terminal, "tokens", tokens(status.usage()));
        line(terminal, "cost", cost(status));
    }

    private static String state(SessionStatus status) {
        return status.session().state()
                + status.current()
                        .flatMap(SessionStatus.Current::tool)
                        .map(tool -> ", " + Terminal.harmless(tool))
                        .orElse("")
                + (status.queued() > 0 ? ", " + status.queued() + " waiting" : "");
    }

    /** One turn. */
    static void print(Terminal terminal, SessionStatus.Turn turn) {
        terminal.say("");
        terminal.say(terminal.styled(Style.HEADING, "> " + firstLine(turn.prompt()))
                + terminal.styled(
                        Style.ASIDE,
                        "  " + time(turn.startedAt()) + ", " + turn.status() + (turn.rewound() ? ", rewound" : "")));
        if (!turn.summary().isBlank()) {
            terminal.say(Terminal.harmless(turn.summary().strip()));
        }
    }

    /** What turns took of a model. */
    public static String tokens(Usage usage) {
        return usage.inputTokens() + " in, " + usage.outputTokens() + " out, " + usage.cacheReadTokens()
                + " read from the cache, " + usage.cacheCreationTokens() + " written to it";
    }

    /** What a session cost, and may cost. */
    public static String cost(SessionStatus status) {
        Cost cost = status.cost();
        String known = cost.basis() == CostBasis.LIST
                ? cost.amount().toString()
                : cost.amount().micros() == 0
                        ? "unknown (no price is known for this model)"
                        : "more than " + cost.amount();
        return known + status.maxBudget().map(most -> " of " + most).orElse("");
    }

    /** In UTC. */
    static String time(Instant time) {
        return TIME.format(time);
    }

    static String firstLine(String text) {
        String line = Terminal.harmless(text.strip()).lines().findFirst().orElse("");
        return line.length() <= LONGEST && line.length() == text.strip().length()
                ? line
                : line.substring(0, Math.min(line.length(), LONGEST)) + " ...";
    }

    private static void line(Terminal terminal, String name, String text) {
        terminal.say(terminal.styled(Style.HEADING, name) + " ".repeat(12 - name.length()) + text);
    }
}
