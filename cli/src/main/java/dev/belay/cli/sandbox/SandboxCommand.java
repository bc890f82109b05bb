package dev.belay.cli.sandbox;

import dev.belay.api.FileException;
import dev.belay.api.InvalidRequestException;
import dev.belay.cli.server.ServerChoice;
import dev.belay.cli.terminal.Table;
import dev.belay.cli.terminal.Terminal;
import dev.belay.client.BelayClient;
import dev.belay.client.sandbox.Inspection;
import dev.belay.client.sandbox.Sandbox;
import dev.belay.client.sandbox.SandboxEvent;
import dev.belay.client.sandbox.SandboxEvents;
import dev.belay.client.sandbox.SandboxFiles.FileListing;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code belay sandbox}. */
@Command(name = "sandbox", description = "Makes sandboxes of a running server, and works in them.")
public final class SandboxCommand {
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss").withZone(ZoneOffset.UTC);
    private static final int MOST_LISTED = 10_000;

    private final Terminal terminal;
    private final Map<String, String> environment;

    public SandboxCommand(Terminal terminal, Map<String, String> environment) {
        this.terminal = terminal;
        this.environment = environment;
    }

    /** What all print as JSON on demand. */
    static final class JsonOption {
        @Option(names = "--json", description = "Print JSON, for programs.")
        private boolean json;
    }

    @Command(name = "create", description = "Makes a sandbox, starts it and prints its id.")
    int create(@Mixin CreateOptions wanted, @Mixin JsonOption as, @Mixin ServerChoice server) {
        try (BelayClient client = server.connect(environment)) {
            Sandbox made = client.sandboxes().create(wanted.request());
            terminal.say(as.json ? made.json().text() : made.id());
            return 0;
        }
    }

    @Command(
            name = "exec",
            description = "Runs a command in a sandbox.",
            footer = {"", "Exit codes: the command's; 124 after a timeout, 128 + n after signal n."})
    int exec(@Mixin ExecOptions command, @Mixin ServerChoice server) {
        try (BelayClient client = server.connect(environment)) {
            return command.run(client.sandboxes(), terminal);
        }
    }

    @Command(
            name = "cp",
            description =
                    "Copies a file, or a directory with all that is in it, into a sandbox or out of it: one of the"
                            + " two is ID:PATH. A target that is a directory takes the source in. Links are left out.")
    int copy(
            @Parameters(paramLabel = "FROM") String from,
            @Parameters(paramLabel = "TO") String to,
            @Mixin ServerChoice server) {
        Optional<SandboxPath> inside = SandboxPath.of(from);
        Optional<SandboxPath> target = SandboxPath.of(to);
        if (inside.isPresent() == target.isPresent()) {
            throw new InvalidRequestException(
                    "path",
                    "one of FROM and TO must be in a sandbox, as ID:PATH, and the"
                            + " other on this machine (a name with a colon as ./NAME)");
        }
        try (BelayClient client = server.connect(environment)) {
            Copy copy = new Copy(client);
            if (inside.isPresent()) {
                copy.out(inside.get(), Path.of(to));
            } else if (!copy.in(Path.of(from), target.orElseThrow())) {
                terminal.err().println("belay: links, devices and what changed meanwhile were left out");
            }
            return 0;
        } catch (IOException e) {
            throw new FileException("file_failed", "cannot copy: " + e);
        }
    }

    @Command(name = "ls", description = "Lists the sandboxes, or what lies in a directory of one.")
    int list(
            @Parameters(paramLabel = "ID[:PATH]", arity = "0..1") Optional<String> place,
            @Mixin JsonOption as,
            @Mixin ServerChoice server) {
        try (BelayClient client = server.connect(environment)) {
            if (place.isPresent()) {
                listFiles(
                        client,
                        SandboxPath.of(place.get().contains(":") ? place.get() : place.get() + ":")
                                .orElseThrow());
                return 0;
            }
            List<Sandbox> all = client.sandboxes().list();
            if (as.json) {
                terminal.say(all.stream().map(one -> one.json().text()).collect(Collectors.joining(",", "[", "]")));
                return 0;
            }
            Table table = new Table(List.of("ID", "STATE", "ISOLATION", "NAME", "CREATED (UTC)", "STOPS", "EXPIRES"));
            all.forEach(one -> table.row(List.of(
                    one.id(),
                    one.state(),
                    one.isolation(),
                    Terminal.harmless(one.name().orElse("")),
                    TIME.format(one.createdAt()),
                    time(one.stopsAt()),
                    time(one.expiresAt()))));
            table.print(terminal);
            return 0;
        }
    }

    private static String time(Optional<Instant> time) {
        return time.map(TIME::format).orElse("never");
    }

    private void listFiles(BelayClient client, SandboxPath place) {
        FileListing listing = client.sandboxes().files(place.sandbox()).list(place.path(), 1, MOST_LISTED);
        Table table = new Table(List.of("MODE", "SIZE", "MODIFIED (UTC)", "PATH"));
        listing.entries()
                .forEach(file -> table.row(List.of(
                        file.mode(),
                        Long.toString(file.size()),
                        TIME.format(file.modifiedAt()),
                        Terminal.harmless(file.path()).replace('\n', ' ')
                                + switch (file.kind()) {
                                    case DIRECTORY -> "/";
                                    case LINK -> "@";
                                    case FILE, OTHER -> "";
                                })));
        table.print(terminal);
        if (!listing.complete()) {
            terminal.err().println("belay: only the first " + MOST_LISTED + " entries are shown");
        }
    }

    @Command(name = "stop", description = "Ends all that runs in sandboxes and keeps their files.")
    int stop(@Parameters(paramLabel = "ID", arity = "1..*") List<String> ids, @Mixin ServerChoice server) {
        try (BelayClient client = server.connect(environment)) {
            ids.forEach(id -> terminal.say(client.sandboxes().stop(id).id()));
            return 0;
        }
    }

    @Command(name = "start", description = "Runs stopped sandboxes again over their files.")
    int start(@Parameters(paramLabel = "ID", arity = "1..*") List<String> ids, @Mixin ServerChoice server) {
        try (BelayClient client = server.connect(environment)) {
            ids.forEach(id -> terminal.say(client.sandboxes().start(id).id()));
            return 0;
        }
    }

    @Command(name = "rm", description = "Destroys sandboxes: ends all that runs in them and deletes their files.")
    int remove(@Parameters(paramLabel = "ID", arity = "1..*") List<String> ids, @Mixin ServerChoice server) {
        try (BelayClient client = server.connect(environment)) {
            for (String id : ids) {
                client.sandboxes().destroy(id);
                terminal.say(id);
            }
            return 0;
        }
    }

    @Command(
            name = "inspect",
            description =
                    "Shows all that is known of a sandbox: state, walls as they were proven, limits and what holds"
                            + " them, usage, and what runs.")
    int inspect(@Parameters(paramLabel = "ID") String id, @Mixin JsonOption as, @Mixin ServerChoice server) {
        try (BelayClient client = server.connect(environment)) {
            Inspection seen = client.sandboxes().inspect(id);
            if (as.json) {
                terminal.say(seen.json().text());
            } else {
                InspectionText.print(terminal, seen);
            }
            return 0;
        }
    }

    @Command(name = "events", description = "Prints what was done with a sandbox, and by whom, one JSON object a line.")
    int events(
            @Parameters(paramLabel = "ID") String id,
            @Option(
                            names = "--after",
                            paramLabel = "SEQ",
                            defaultValue = "0",
                            description = "Only what came after the event with that seq.")
                    long after,
            @Option(
                            names = {"-f", "--follow"},
                            description = "Stay for what comes.")
                    boolean follow,
            @Mixin ServerChoice server) {
        try (BelayClient client = server.connect(environment);
                SandboxEvents events = client.sandboxes().events(id, after, follow)) {
            Optional<SandboxEvent> next = events.next();
            while (next.isPresent() && !terminal.out().checkError()) {
                terminal.say(next.get().json().text());
                next = events.next();
            }
            return 0;
        }
    }
}
