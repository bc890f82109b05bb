package dev.belay.sandbox.local;

import static org.assertj.core.api.Assertions.assertThat;

import dev.belay.sandbox.disk.PlainRemovalMain;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The provider in a process of an ordinary user: its own files, no id-mapped mounts, no cgroups, all walls. */
class PlainUserTest {
    private static final int USER = 61234;

    private Path directory;

    @BeforeEach
    void make() throws IOException {
        directory = Files.createTempDirectory("plain-");
        Files.setAttribute(directory, "unix:uid", USER);
        Files.setAttribute(directory, "unix:gid", USER);
    }

    @AfterEach
    void remove() throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }

    private List<String> runAsPlainUser(String main, Path argument) throws IOException, InterruptedException {
        List<String> command =
                new ArrayList<>(List.of("setpriv", "--reuid", "" + USER, "--regid", "" + USER, "--clear-groups"));
        command.addAll(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                readableClassPath(),
                main,
                argument.toString()));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put("BELAY_TEST_SECRET", "hunter2");
        Process process = builder.start();
        List<String> lines = process.inputReader().lines().toList();
        assertThat(process.waitFor()).as(String.join("\n", lines)).isZero();
        return lines;
    }

    @Test
    void aPlainUserDeletesWhatItMayNotEnterAndIsNotStoppedByWhatIsAnothers() throws Exception {
        Path trees = Files.createDirectory(directory.resolve("trees"));
        Files.setAttribute(trees, "unix:uid", USER);
        Path foreign = Files.createDirectory(trees.resolve("foreign"));
        Files.writeString(foreign.resolve("file"), "x");
        List<String> lines = runAsPlainUser(PlainRemovalMain.class.getName(), trees);
        assertThat(lines).filteredOn(line -> line.startsWith("left ")).containsExactly("left foreign");
        assertThat(lines).anyMatch(line -> line.startsWith("told java.nio.file.AccessDeniedException"));
    }

    @Test
    void aPlainUserGetsAllWallsAndLimitsPerProcess() throws Exception {
        List<String> lines = runAsPlainUser(PlainUserMain.class.getName(), directory);
        assertThat(lines)
                .contains(
                        "report RESTRICTED",
                        "level RESTRICTED uid " + USER,
                        "file " + USER,
                        "alive EXITED OptionalInt[0] alive ")
                .anyMatch(line -> line.startsWith("missing memory_limit: rlimit per process"))
                .anyMatch(line -> line.startsWith("missing cpu_limit"))
                .anyMatch(line ->
                        line.startsWith("id EXITED") && line.contains("1000") && line.contains("Permission denied"))
                .anyMatch(line -> line.startsWith("bomb TIMED_OUT"))
                .anyMatch(line -> line.startsWith("memory EXITED OptionalInt[1]") && line.contains("MemoryError"));
        assertThat(lines.stream().filter(line -> line.startsWith("property ") && line.contains("held=false")))
                .allMatch(line ->
                        line.contains("memory_limit") || line.contains("process_limit") || line.contains("cpu_limit"));
        assertThat(Lab.processesOf(USER)).isEmpty();
    }

    /** Build directories and the Maven repository may lie where only their owner can read. */
    private String readableClassPath() throws IOException {
        List<String> copies = new ArrayList<>();
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
            if (!entry.contains("slf4j-api") && !Files.isDirectory(Path.of(entry)) && !entry.contains("belay")) {
                continue;
            }
            Path target = directory.resolve("cp" + copies.size() + (entry.endsWith(".jar") ? ".jar" : ""));
            copy(Path.of(entry), target);
            copies.add(target.toString());
        }
        return String.join(File.pathSeparator, copies);
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.toList()) {
                Path target = to.resolve(from.relativize(file).toString());
                if (file.equals(from)) {
                    target = to;
                }
                Files.copy(file, target);
                Files.setAttribute(target, "unix:mode", Files.isDirectory(file) ? 0755 : 0644);
            }
        }
    }
}
