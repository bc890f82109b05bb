package dev.belay.sandbox;

import java.nio.file.Path;
import java.util.regex.Pattern;

/** A host directory shown inside at {@code /workspace/NAME}, writable; its owner on disk appears as the sandbox's user. */
public record MountedDirectory(Path directory, String name) {
    private static final Pattern NAME = Pattern.compile("[^/\\x00]{1,255}");

    public MountedDirectory {
        if (!NAME.matcher(name).matches() || name.equals(".") || name.equals("..")) {
            throw new IllegalArgumentException("not a directory name: " + name);
        }
        directory = directory.toAbsolutePath();
    }
}
