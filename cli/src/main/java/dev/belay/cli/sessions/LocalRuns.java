package dev.belay.cli.sessions;

import dev.belay.api.ConfigurationException;
import dev.belay.api.IdSource;
import dev.belay.cli.files.TemporaryDirectory;
import dev.belay.cli.run.RunPlace;
import dev.belay.store.DataDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;

/** What {@code belay run} left: each run in a data directory of its own, named by its session. */
final class LocalRuns {
    private final Path folder;

    LocalRuns(Map<String, String> environment) {
        this.folder = RunPlace.runs(environment);
    }

    /**
     * One run.
     *
     * @param id of its session
     */
    record Run(String id, Path place) {
        /** An id begins with the time at which it was made, in milliseconds. */
        Instant begun() {
            return Instant.ofEpochMilli(UUID.fromString(id).getMostSignificantBits() >>> 16);
        }
    }

    /** All, the newest first. */
    List<Run> list() {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> places = Files.list(folder)) {
            return places.map(place -> new Run(String.valueOf(place.getFileName()), place))
                    .filter(run -> IdSource.isId(run.id))
                    .sorted(Comparator.comparing(Run::id).reversed())
                    .toList();
        } catch (IOException e) {
            throw new ConfigurationException("cannot list " + folder + ": " + e);
        }
    }

    /** The run with that session. */
    Optional<Run> find(String id) {
        return Optional.of(new Run(id, folder.resolve(id)))
                .filter(run -> IdSource.isId(id) && Files.isDirectory(run.place));
    }

    /** @throws ConfigurationException if it is under way */
    void delete(Run run) {
        DataDirectory.holder(run.place).ifPresent(holder -> {
            throw new ConfigurationException("the run " + run.id + " is under way in process " + holder.pid());
        });
        TemporaryDirectory.delete(run.place);
    }
}
