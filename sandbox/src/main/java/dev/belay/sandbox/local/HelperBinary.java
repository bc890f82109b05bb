package dev.belay.sandbox.local;

import dev.belay.api.SandboxUnavailableException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/** The native helper, which travels inside the jar. */
final class HelperBinary {
    private static final String NAME = "belay-sandbox";

    private HelperBinary() {}

    /** Puts the helper into a directory that only this user can enter, ready to start. */
    static Path extractTo(Path directory) {
        Path target = directory.resolve(NAME);
        try (InputStream in = HelperBinary.class.getResourceAsStream(NAME)) {
            if (in == null) {
                throw new SandboxUnavailableException(
                        "This build holds no sandbox helper. Build it with a C compiler on Linux (x86_64 or aarch64).");
            }
            Files.copy(in, target);
            Files.setPosixFilePermissions(target, PosixFilePermissions.fromString("r-x------"));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot put the sandbox helper into " + directory, e);
        }
        return target;
    }
}
