package dev.belay.cli.doctor;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

/**
 * The operating system and the JDK.
 *
 * @param cgroups which versions of control groups are mounted, with the controllers of each; for example {@code v1 (cpu, memory, pids)}
 */
record Machine(String system, String jdk, String jdkHome, String cgroups) {
    static Machine look() {
        String release = System.getProperty("os.name") + " " + System.getProperty("os.version");
        return new Machine(
                release + " (" + System.getProperty("os.arch") + ")",
                Runtime.version() + " (" + System.getProperty("java.vendor") + ")",
                System.getProperty("java.home"),
                cgroups(Path.of("/proc/self/mounts")));
    }

    /** @param mounts a file in the format of {@code /proc/self/mounts} */
    static String cgroups(Path mounts) {
        TreeSet<String> first = new TreeSet<>();
        List<String> seen = new ArrayList<>();
        try {
            for (String line : Files.readAllLines(mounts)) {
                String[] words = line.split(" ", -1);
                if (words.length > 3 && words[2].equals("cgroup")) {
                    first.addAll(List.of(words[3].split(",", -1)));
                } else if (words.length > 3 && words[2].equals("cgroup2")) {
                    Path controllers = Path.of(words[1], "cgroup.controllers");
                    String offered = Files.isReadable(controllers)
                            ? Files.readString(controllers).strip().replace(" ", ", ")
                            : "";
                    seen.add("v2 (" + (offered.isEmpty() ? "no controllers" : offered) + ")");
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        first.removeAll(List.of("rw", "ro", "nosuid", "nodev", "noexec", "relatime", "xattr"));
        first.removeIf(option -> option.contains("="));
        if (!first.isEmpty()) {
            seen.addFirst("v1 (" + String.join(", ", first) + ")");
        }
        return seen.isEmpty() ? "none mounted" : String.join(", ", seen);
    }
}
