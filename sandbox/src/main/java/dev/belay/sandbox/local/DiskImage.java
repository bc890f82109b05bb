package dev.belay.sandbox.local;

import dev.belay.api.InvalidRequestException;
import dev.belay.api.SandboxException;
import dev.belay.api.SandboxUnavailableException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A file that holds a file system, whose size bounds what a sandbox can store. It takes of the disk only what is stored in it. */
final class DiskImage {
    private static final long SMALLEST = 8L << 20;
    private static final Duration LONGEST = Duration.ofMinutes(1);
    private static final List<Path> PROGRAMS =
            List.of(Path.of("/usr/sbin/mke2fs"), Path.of("/sbin/mke2fs"), Path.of("/usr/bin/mke2fs"));

    private DiskImage() {}

    /** Makes it unless it is there from an earlier start. */
    static void make(Path image, long bytes) {
        if (Files.exists(image, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        Path program = PROGRAMS.stream()
                .filter(Files::isExecutable)
                .findFirst()
                .orElseThrow(() -> new SandboxUnavailableException(
                        "An exact limit for the disk needs mke2fs. Install it, for example with: apt-get"
                                + " install e2fsprogs"));
        if (bytes < SMALLEST) {
            throw new InvalidRequestException(
                    "disk", "an exact limit for the disk must be at least " + SMALLEST + " bytes");
        }
        // Named otherwise until it is whole, for a start that breaks off here.
        Path unfinished = image.resolveSibling(image.getFileName() + ".new");
        try {
            try (FileChannel file = FileChannel.open(
                    unfinished,
                    StandardOpenOption.CREATE,
                    StandardOpenOption.TRUNCATE_EXISTING,
                    StandardOpenOption.WRITE)) {
                file.write(ByteBuffer.allocate(1), bytes - 1);
            }
            format(program, unfinished);
            Files.move(unfinished, image, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new SandboxException("the file system of a sandbox could not be made: " + e.getMessage(), e);
        }
    }

    private static void format(Path program, Path image) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(
                        program.toString(),
                        "-q",
                        "-F",
                        "-t",
                        "ext4",
                        "-m",
                        "0",
                        "-E",
                        "lazy_itable_init=1,lazy_journal_init=1,nodiscard",
                        image.toString())
                .redirectErrorStream(true);
        builder.environment().clear();
        Process process = builder.start();
        try {
            process.getOutputStream().close();
            boolean ended = process.waitFor(LONGEST.toMillis(), TimeUnit.MILLISECONDS);
            if (!ended || process.exitValue() != 0) {
                String said = ended
                        ? new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
                        : "it hangs";
                throw new IOException("mke2fs: " + said.strip());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        } finally {
            process.destroyForcibly();
        }
    }
}
