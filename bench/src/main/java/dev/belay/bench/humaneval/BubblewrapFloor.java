package dev.belay.bench.humaneval;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The floor: the same program under plain bubblewrap, with nothing of Belay around it. */
final class BubblewrapFloor {
    private final Path directory;

    BubblewrapFloor(Path directory) {
        this.directory = directory;
    }

    /** Writes the program and runs it; nanoseconds from before the write to after the end. */
    long run(String program) throws IOException, InterruptedException {
        long began = System.nanoTime();
        Path work = Files.createTempDirectory(directory, "floor");
        Files.writeString(work.resolve("solution.py"), program);
        Process process = new ProcessBuilder(List.of(
                        "bwrap",
                        "--unshare-all",
                        "--die-with-parent",
                        "--ro-bind",
                        "/usr",
                        "/usr",
                        "--symlink",
                        "usr/bin",
                        "/bin",
                        "--symlink",
                        "usr/lib",
                        "/lib",
                        "--symlink",
                        "usr/lib64",
                        "/lib64",
                        "--proc",
                        "/proc",
                        "--dev",
                        "/dev",
                        "--tmpfs",
                        "/tmp",
                        "--bind",
                        work.toString(),
                        "/workspace",
                        "--chdir",
                        "/workspace",
                        "/usr/bin/python3",
                        "solution.py"))
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        int exit = process.waitFor();
        long took = System.nanoTime() - began;
        if (exit != 0) {
            throw new IOException("the floor's program ended with " + exit);
        }
        return took;
    }
}
