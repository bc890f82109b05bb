package dev.belay.bench.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.awaitility.Awaitility;

/** What may be left of a killed server and its sandboxes: processes and mounts. */
final class LeftOvers {
    private LeftOvers() {}

    /**
     * Waits until nothing is left.
     *
     * @param pid the server's process id, which is in the name of the directory from which its helper runs
     * @param data the server's data directory
     * @param marker stands in every command that its sandboxes run
     */
    static void awaitNone(long pid, Path data, String marker) {
        String helper = "/belay-" + pid + "-";
        Awaitility.await("no process or mount outlives its server").untilAsserted(() -> {
            List<String> left = new ArrayList<>(processes(helper, marker));
            left.addAll(mounts(helper, data));
            if (!left.isEmpty()) {
                throw new AssertionError("left over: " + left);
            }
        });
    }

    /** Waits until no process has that text in its command line. */
    static void awaitNoCommand(String marker) {
        Awaitility.await("no process is left")
                .until(() -> processes(marker, marker).isEmpty());
    }

    private static List<String> processes(String helper, String marker) throws IOException {
        List<String> found = new ArrayList<>();
        try (Stream<Path> all = Files.list(Path.of("/proc"))) {
            for (Path process : all.filter(path -> path.getFileName().toString().matches("\\d+"))
                    .toList()) {
                try {
                    String command =
                            Files.readString(process.resolve("cmdline")).replace('\0', ' ');
                    if (command.contains(helper) || command.contains(marker)) {
                        found.add(process + ": " + command);
                    }
                } catch (IOException e) {
                    // It has ended meanwhile.
                }
            }
        }
        return found;
    }

    private static List<String> mounts(String helper, Path data) throws IOException {
        return Files.readAllLines(Path.of("/proc/self/mountinfo")).stream()
                .filter(line -> line.contains(helper) || line.contains(data.toString()))
                .toList();
    }
}
