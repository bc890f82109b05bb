package dev.belay.cli.run;

import dev.belay.api.ConfigurationException;
import dev.belay.sandbox.MountedDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The directory that the agent gets to see and change. */
public final class WorkedDirectory {
    private WorkedDirectory() {}

    /**
     * The directory as it is bound into the sandbox, under the last part of its real path.
     *
     * @param home the user's home; neither it nor what lies above it is handed to an agent
     * @param own where Belay keeps its things; the agent must see nothing of it
     * @throws ConfigurationException saying why the directory will not do
     */
    public static MountedDirectory of(Path directory, Path home, List<Path> own) {
        Path real;
        try {
            real = directory.toRealPath();
        } catch (IOException e) {
            throw new ConfigurationException("there is no directory " + directory);
        }
        if (!Files.isDirectory(real)) {
            throw new ConfigurationException(directory + " is not a directory");
        }
        if (real(home).startsWith(real)) {
            throw new ConfigurationException(real + " is "
                    + (real.equals(real(home)) ? "your home directory" : "above your home directory")
                    + "; an agent works on one project: go into its directory, or name it with --dir");
        }
        for (Path place : own) {
            if (real(place).startsWith(real) || real.startsWith(real(place))) {
                throw new ConfigurationException(
                        real + " holds or is part of " + place + ", where Belay keeps its own data");
            }
        }
        return new MountedDirectory(real, real.getFileName().toString());
    }

    /** The path without links, as far as it exists. */
    private static Path real(Path path) {
        Path absolute = path.toAbsolutePath().normalize();
        try {
            return absolute.toRealPath();
        } catch (IOException e) {
            Path parent = absolute.getParent();
            return parent == null ? absolute : real(parent).resolve(absolute.getFileName());
        }
    }
}
