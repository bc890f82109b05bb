package dev.belay.cli.chat;

import dev.belay.cli.sessions.SessionText;
import dev.belay.cli.terminal.DiffLine;
import dev.belay.cli.terminal.Style;
import dev.belay.cli.terminal.Terminal;
import dev.belay.client.session.Changes;
import dev.belay.client.session.Compaction;
import dev.belay.client.session.SessionStatus;
import java.util.Locale;

/** What is not said to the agent. */
final class SlashCommands {
    private static final String HELP = """
            /diff      what the agent changed since the session began
            /compact   make room in the conversation: older turns give way to a summary
            /status    how the session stands
            /cost      what it cost so far
            /help      this
            /exit      leave; the session stays

            Ctrl-C interrupts a turn, and leaves where none runs; Ctrl-D leaves. A backslash at the end of a line carries it on.
            Two slashes at the beginning make a prompt that begins with one.""";

    private final Connection connection;
    private final Terminal terminal;
    private final String session;

    SlashCommands(Connection connection, Terminal terminal, String session) {
        this.connection = connection;
        this.terminal = terminal;
        this.session = session;
    }

    /** @return whether to leave */
    boolean run(String line) {
        switch (line.toLowerCase(Locale.ROOT)) {
            case "/diff" -> diff(connection.ask(sessions -> sessions.changes(session)));
            case "/compact" -> compact(connection.ask(sessions -> sessions.compact(session)));
            case "/status" -> SessionText.print(terminal, status());
            case "/cost" -> {
                SessionStatus status = status();
                terminal.say(SessionText.cost(status) + ", " + SessionText.tokens(status.usage()));
            }
            case "/help" -> terminal.say(HELP);
            case "/exit", "/quit" -> {
                return true;
            }
            default -> terminal.say("There is no command " + Terminal.harmless(line) + "; /help lists them.");
        }
        return false;
    }

    private SessionStatus status() {
        return connection.ask(sessions -> sessions.status(session));
    }

    private void diff(Changes changes) {
        if (changes.files().isEmpty()) {
            terminal.say("No file was changed.");
        }
        for (Changes.File file : changes.files()) {
            file.diff()
                    .ifPresentOrElse(
                            diff -> diff.lines().forEach(line -> terminal.say(DiffLine.styled(terminal, line))),
                            () -> terminal.say(file.change() + ": " + Terminal.harmless(file.path()) + " ("
                                    + file.size() + " bytes)"));
        }
        if (!changes.complete()) {
            terminal.say(terminal.styled(
                    Style.WARNING, "There are more files than are compared; not all changes are shown."));
        }
    }

    private void compact(Compaction done) {
        terminal.say(done.notPossible()
                .map(why -> "Not compacted: " + Terminal.harmless(why))
                .orElseGet(() -> "Compacted: " + done.messagesBefore() + " messages became " + done.messagesAfter()
                        + ", about " + done.tokensBefore() + " tokens " + done.tokensAfter() + "."));
    }
}
