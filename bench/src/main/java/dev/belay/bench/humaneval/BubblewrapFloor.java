package dev.belay.bench.humaneval;

import dev.belay.bench.process.BareBubblewrap;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

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
        Process process = new ProcessBuilder(BareBubblewrap.commandIn(work, "/usr/bin/python3", "solution.py"))
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
