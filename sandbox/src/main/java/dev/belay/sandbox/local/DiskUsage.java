package dev.belay.sandbox.local;

import dev.belay.api.SandboxException;
import dev.belay.sandbox.SandboxUsage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** Counts what trees take on the disk, by the helper: a program that runs and ends. */
final class DiskUsage {
    private static final Duration LONGEST = Duration.ofMinutes(2);

    private DiskUsage() {}

    static SandboxUsage.Disk of(Path helper, Path tree) {
        ProcessBuilder builder = new ProcessBuilder(
                        helper.toString(), "usage", tree.toAbsolutePath().toString())
                .redirectErrorStream(true);
        builder.environment().clear();
        Process process = null;
        try {
            process = builder.start();
            process.getOutputStream().close();
            if (!process.waitFor(LONGEST.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new SandboxException(
                        "the files of a sandbox could not be counted within " + LONGEST.toSeconds() + " s");
            }
            String[] numbers = new String(process.getInputStream().readAllBytes(), StandardCharsets.US_ASCII)
                    .strip()
                    .split(" ", 2);
            return new SandboxUsage.Disk(Long.parseLong(numbers[0]), Long.parseLong(numbers[1]));
        } catch (IOException | NumberFormatException | ArrayIndexOutOfBoundsException e) {
            throw new SandboxException("the files of a sandbox could not be counted: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new SandboxException("interrupted while the files of a sandbox were counted", e);
        } finally {
            if (process != null) {
                process.destroyForcibly();
            }
        }
    }
}
