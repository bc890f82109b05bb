package dev.belay.cli.run;

import dev.belay.api.ConfigurationException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Set;

/** Where runs without a server keep their sessions: {@code ${XDG_STATE_HOME:-~/.local/state}/belay/runs}, one data directory for each. */
public final class RunPlace {
    private static final Set<PosixFilePermission> PRIVATE = PosixFilePermissions.fromString("rwx------");

    private RunPlace() {}

    /** The user's home. */
    public static Path home(Map<String, String> environment) {
        return Path.of(environment.getOrDefault("HOME", System.getProperty("user.home", "/")));
    }

    /** The folder of all that Belay keeps for this user beside data directories. */
    public static Path state(Map<String, String> environment) {
        String state = environment.getOrDefault("XDG_STATE_HOME", "");
        Path base = state.isBlank() ? home(environment).resolve(".local/state") : Path.of(state);
        return base.resolve("belay").toAbsolutePath();
    }

    /** Beneath which each run has a data directory, named by its session. */
    public static Path runs(Map<String, String> environment) {
        return state(environment).resolve("runs");
    }

    /**
     * Lets a run's data directory show the scripts that lie elsewhere, so that {@code scripted:NAME} finds them.
     *
     * @param place the run's data directory, made here for this user alone
     * @param scripts a directory, which need not exist
     */
    static void linkScripts(Path place, Path scripts) {
        try {
            Files.createDirectories(place, PosixFilePermissions.asFileAttribute(PRIVATE));
            Files.createSymbolicLink(place.resolve("scripts"), scripts.toAbsolutePath());
        } catch (IOException e) {
            throw new ConfigurationException("cannot write to " + place + ", where the run would be kept: " + e);
        }
    }
}
