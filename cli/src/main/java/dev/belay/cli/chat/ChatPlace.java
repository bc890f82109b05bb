package dev.belay.cli.chat;

import dev.belay.api.ConfigurationException;
import dev.belay.cli.run.RunPlace;
import dev.belay.cli.run.WorkedDirectory;
import dev.belay.cli.server.ReachedServer;
import dev.belay.client.http.ServerRefusedException;
import dev.belay.sandbox.MountedDirectory;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Where the agent of a chat works: in a directory of this machine as it is, or in files of its own.
 *
 * @param workingDirectory as the server knows it; empty for files of its own
 * @param told what the user is told of it
 */
record ChatPlace(Optional<String> workingDirectory, String told) {
    private static final int LONGEST_NAME = 48;

    static ChatPlace ofItsOwn(String why) {
        return new ChatPlace(Optional.empty(), "files of its own" + why);
    }

    /** In that directory, which the user named. */
    static ChatPlace in(Path directory, ReachedServer server, Path dataDirectory, Map<String, String> environment) {
        if (!server.byToken()) {
            throw new ConfigurationException(
                    "only the server of this machine's data directory, entered without a key, can"
                            + " work in a directory of this machine; leave --dir out, and the agent gets files of its own");
        }
        MountedDirectory real = WorkedDirectory.of(
                directory, RunPlace.home(environment), List.of(RunPlace.state(environment), dataDirectory));
        String name = name(real.name());
        String path = real.directory().toString();
        return new ChatPlace(Optional.of("/workspace/" + linked(server, name, path)), path);
    }

    /** In the current directory, where that will do. */
    static ChatPlace here(ReachedServer server, Path dataDirectory, Map<String, String> environment) {
        if (!server.byToken()) {
            return ofItsOwn("");
        }
        try {
            return in(Path.of(""), server, dataDirectory, environment);
        } catch (ConfigurationException e) {
            return ofItsOwn(" (" + e.text() + ")");
        }
    }

    private static String linked(ReachedServer server, String name, String path) {
        try {
            server.sessions().linkProject(name, path);
            return name;
        } catch (ServerRefusedException e) {
            if (!e.code().equals("project_exists")) {
                throw e;
            }
            String other = name + "-" + LastChats.word(path).substring(0, 8);
            server.sessions().linkProject(other, path);
            return other;
        }
    }

    /** The directory's name as far as a project directory may be called so. */
    private static String name(String directory) {
        String name = directory
                .toLowerCase(Locale.ROOT)
                .replaceAll("[^a-z0-9._-]+", "-")
                .replaceFirst("^[^a-z0-9]+", "");
        return name.isEmpty() ? "project" : name.substring(0, Math.min(name.length(), LONGEST_NAME));
    }
}
