package dev.belay.sandbox.disk;

import dev.belay.api.InvalidRequestException;
import dev.belay.api.Scope;
import dev.belay.sandbox.MountedDirectory;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.regex.Pattern;

/**
 * Named files that outlive a session: one directory per workspace and name, beneath the data directory. Whoever may run agents in the
 * workspace may use them; those who share one trust each other.
 */
public final class ProjectDirectories {
    private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9._-]{0,63}");

    private final Path root;

    public ProjectDirectories(Path root) {
        this.root = root;
    }

    /** Whether the text may name a project directory. */
    public static boolean isName(String text) {
        return NAME.matcher(text).matches();
    }

    /**
     * The project directory of that name in the scope's workspace, made if it is new, ready to be mounted.
     *
     * @throws InvalidRequestException if the name is not allowed
     */
    public MountedDirectory open(Scope scope, String name) {
        if (!isName(name)) {
            throw new InvalidRequestException(
                    "working_dir", "\"" + name + "\" is no project directory; its name must match " + NAME.pattern());
        }
        Path directory = root.resolve(scope.workspace().value()).resolve(name);
        if (Files.exists(directory, LinkOption.NOFOLLOW_LINKS)
                && !Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
            throw new InvalidRequestException("working_dir", "the project directory " + name + " is not a directory");
        }
        return new MountedDirectory(FileTrees.make(directory), name);
    }
}
