package dev.belay.cli.sessions;

import dev.belay.api.FileException;
import dev.belay.cli.server.ReachedServer;
import dev.belay.cli.server.ServerChoice;
import dev.belay.cli.terminal.EventPrinter;
import dev.belay.cli.terminal.Table;
import dev.belay.cli.terminal.Terminal;
import dev.belay.client.session.Session;
import dev.belay.client.session.SessionEvent;
import dev.belay.client.session.SessionEvents;
import dev.belay.client.session.SessionStatus;
import dev.belay.server.http.Json;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code belay sessions}. Where no server runs, the data directory is served by this process for as long as it takes. */
@Command(
        name = "sessions",
        description =
                "Lists sessions, shows, follows and exports them, and ends them. One is named by its id or its name;"
                        + " those of belay run by their ids.")
public final class SessionsCommand {
    private final Terminal terminal;
    private final Map<String, String> environment;
    private final LocalRuns runs;

    public SessionsCommand(Terminal terminal, Map<String, String> environment) {
        this.terminal = terminal;
        this.environment = environment;
        this.runs = new LocalRuns(environment);
    }

    /** What all print as JSON on demand. */
    static final class JsonOption {
        @Option(names = "--json", description = "Print JSON, for programs.")
        private boolean json;
    }

    /** A session, and the server that has it. */
    private record Found(ReachedServer server, String id) implements AutoCloseable {
        @Override
        public void close() {
            server.close();
        }
    }

    private Found find(String idOrName, ServerChoice choice) {
        Optional<LocalRuns.Run> run = runs.find(idOrName);
        if (run.isPresent()) {
            return new Found(ServerChoice.over(run.get().place(), environment), idOrName);
        }
        ReachedServer server = choice.reach(environment);
        try {
            return new Found(server, server.session(idOrName));
        } catch (RuntimeException | Error e) {
            server.close();
            throw e;
        }
    }

    @Command(name = "ls", description = "Lists the sessions, the one that was used last first.")
    int list(
            @Option(
                            names = "--limit",
                            paramLabel = "N",
                            defaultValue = "50",
                            description = "How many at most; 50 if absent.")
                    int limit,
            @Option(names = "--runs", description = "Also runs: of POST /agent/run, and of belay run.")
                    boolean withRuns,
            @Mixin JsonOption as,
            @Mixin ServerChoice choice) {
        try (ReachedServer server = choice.reach(environment)) {
            List<Session> sessions = server.sessions().list(withRuns, limit);
            List<LocalRuns.Run> local =
                    withRuns ? runs.list().stream().limit(limit).toList() : List.of();
            if (as.json) {
                List<String> all = new ArrayList<>();
                sessions.forEach(one -> all.add(one.json().text()));
                local.forEach(run -> all.add(Json.writeText(Json.object()
                        .put("session_id", run.id())
                        .put("status", "local run")
                        .put("created_at", run.begun().toString()))));
                terminal.say("[" + String.join(",", all) + "]");
                return 0;
            }
            Table table = new Table(List.of("ID", "STATE", "MODEL", "LAST USED (UTC)", "NAME"));
            sessions.forEach(one -> table.row(List.of(
                    one.id(),
                    one.state(),
                    Terminal.harmless(one.model()),
                    SessionText.time(one.lastActiveAt()),
                    Terminal.harmless(one.name().orElse("")))));
            local.forEach(run -> table.row(List.of(run.id(), "local run", "", SessionText.time(run.begun()), "")));
            table.print(terminal);
            return 0;
        }
    }

    @Command(name = "show", description = "Shows how a session stands, and its turns: prompts and last words.")
    int show(@Parameters(paramLabel = "ID|NAME") String session, @Mixin JsonOption as, @Mixin ServerChoice choice) {
        try (Found found = find(session, choice)) {
            SessionStatus status = found.server.sessions().status(found.id);
            if (as.json) {
                terminal.say(status.json().text());
            } else {
                SessionText.print(terminal, status);
                status.history().forEach(turn -> SessionText.print(terminal, turn));
            }
            return 0;
        }
    }

    @Command(
            name = "rm",
            description =
                    "Ends sessions: their turns are cancelled and their files deleted. Their events stay until retention;"
                            + " those of belay run go with the rest.")
    int remove(
            @Parameters(paramLabel = "ID|NAME", arity = "1..*") List<String> sessions,
            @Option(names = "--erase", description = "Erase their events, too.") boolean erase,
            @Mixin ServerChoice choice) {
        List<String> served = new ArrayList<>();
        for (String session : sessions) {
            runs.find(session).ifPresentOrElse(runs::delete, () -> served.add(session));
        }
        if (!served.isEmpty()) {
            try (ReachedServer server = choice.reach(environment)) {
                for (String session : served) {
                    String id = server.session(session);
                    if (erase) {
                        server.sessions().erase(id);
                    } else {
                        server.sessions().delete(id);
                    }
                }
            }
        }
        sessions.forEach(terminal::say);
        return 0;
    }

    @Command(name = "export", description = "Writes all events of a session, one JSON object a line.")
    int export(
            @Parameters(paramLabel = "ID|NAME") String session,
            @Option(
                            names = {"-o", "--output"},
                            paramLabel = "FILE",
                            description = "Where to; stdout if absent.")
                    Optional<Path> file,
            @Mixin ServerChoice choice) {
        try (Found found = find(session, choice);
                InputStream events = found.server.sessions().export(found.id)) {
            if (file.isPresent()) {
                try (OutputStream out = Files.newOutputStream(file.get())) {
                    events.transferTo(out);
                }
            } else {
                events.transferTo(terminal.out());
                terminal.out().flush();
            }
            return 0;
        } catch (IOException e) {
            throw new FileException("file_failed", "cannot export the session: " + e);
        }
    }

    @Command(name = "tail", description = "Shows what happened in a session, and, on demand, what happens.")
    int tail(
            @Parameters(paramLabel = "ID|NAME") String session,
            @Option(
                            names = "--after-seq",
                            paramLabel = "SEQ",
                            defaultValue = "0",
                            description = "Only what came after the event with that seq.")
                    long after,
            @Option(
                            names = {"-f", "--follow"},
                            description = "Stay for what comes, also over a restart of the server.")
                    boolean follow,
            @Mixin JsonOption as,
            @Mixin ServerChoice choice) {
        EventPrinter printer = new EventPrinter(terminal);
        try (Found found = find(session, choice);
                SessionEvents events = follow
                        ? found.server.sessions().follow(found.id, after)
                        : found.server.sessions().history(found.id, after)) {
            Optional<SessionEvent> next = events.next();
            while (next.isPresent() && !terminal.out().checkError()) {
                if (as.json) {
                    terminal.say(next.get().json().text());
                } else {
                    printer.print(Json.read(next.get().json().text()));
                }
                next = events.next();
            }
            return 0;
        }
    }
}
