package dev.belay.cli.store;

import dev.belay.api.ConfigurationException;
import dev.belay.cli.terminal.Terminal;
import dev.belay.store.DataDirectory;
import dev.belay.store.StoreLocation;
import dev.belay.store.transfer.StoreCopy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code belay store}. */
@Command(name = "store", description = "Copies the database of a data set to another place.")
public final class StoreCommand {
    private final Terminal terminal;
    private final Map<String, String> environment;

    public StoreCommand(Terminal terminal, Map<String, String> environment) {
        this.terminal = terminal;
        this.environment = environment;
    }

    @Command(
            name = "copy",
            description = {
                "Copies every row and compares both by count and hash. No server may run on either.",
                "After a kill, the same command goes on where it was. Files, such as project directories, are not"
                        + " copied: they stay in the data directory."
            })
    int copy(
            @Option(
                            names = "--from",
                            required = true,
                            paramLabel = "URL|DIR",
                            description = "A data directory, or postgresql://USER@HOST:PORT/DATABASE.")
                    String from,
            @Option(
                            names = "--to",
                            required = true,
                            paramLabel = "URL|DIR",
                            description = "The same; an empty database, or a data directory without one.")
                    String to) {
        Place source = place(from);
        Place target = place(to);
        if (source.directory()
                .filter(directory -> !Files.exists(directory.resolve(StoreLocation.FILE)))
                .isPresent()) {
            throw new ConfigurationException("there is no data set in " + from);
        }
        List<StoreCopy.Copied> copied;
        try (Held _ = hold(source);
                Held _ = hold(target)) {
            copied = StoreCopy.run(
                    source.store(),
                    target.store(),
                    one -> terminal.say("%-14s %,12d rows   %s"
                            .formatted(one.table(), one.rows(), one.hash().substring(0, 16))));
        }
        terminal.say("Copied and compared " + copied.size() + " tables, "
                + copied.stream().mapToLong(StoreCopy.Copied::rows).sum() + " rows: " + source.store() + " to "
                + target.store());
        return 0;
    }

    private record Place(StoreLocation store, Optional<Path> directory) {}

    private Place place(String written) {
        if (written.contains("://")) {
            return new Place(
                    StoreLocation.at(
                            written,
                            Optional.ofNullable(environment.get("BELAY_STORE_USER")),
                            Optional.ofNullable(environment.get("BELAY_STORE_PASSWORD")),
                            environment),
                    Optional.empty());
        }
        Path directory = Path.of(written).toAbsolutePath().normalize();
        return new Place(StoreLocation.in(directory), Optional.of(directory));
    }

    /** A data directory that is held, or a database that holds itself. */
    private interface Held extends AutoCloseable {
        @Override
        void close();
    }

    private static Held hold(Place place) {
        return place.directory()
                .<Held>map(directory -> DataDirectory.lock(directory)::close)
                .orElse(() -> {});
    }
}
