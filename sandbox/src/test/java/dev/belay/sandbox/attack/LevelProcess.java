package dev.belay.sandbox.attack;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** A JVM on a level, over a directory of its own. */
final class LevelProcess implements AutoCloseable {
    private final Level level;
    private final Path directory;

    /** What it said of one case. */
    record Line(String id, Verdict verdict) {}

    LevelProcess(Level level) throws IOException {
        this.level = level;
        // Not beneath /tmp, which a sandbox has too: a path of the host must mean nothing inside.
        directory = Files.createTempDirectory(Path.of("/var/tmp"), "attacks-");
        Files.setAttribute(directory, "unix:mode", 0755);
    }

    private Process start(Class<?> main) throws IOException {
        Path work = Files.createDirectory(directory.resolve("work"));
        String classPath = level.plain ? readableClassPath() : System.getProperty("java.class.path");
        Files.setAttribute(work, "unix:uid", level.user());
        Files.setAttribute(work, "unix:gid", level.user());
        List<String> java = List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-Xmx512m",
                "-Dbelay.suite=" + System.getProperty("belay.suite", ""),
                "-cp",
                classPath,
                main.getName(),
                level.word,
                work.toString());
        return new ProcessBuilder(level.starting(java))
                .redirectErrorStream(true)
                .start();
    }

    /** All that it prints, joined. */
    String output(Class<?> main) throws IOException, InterruptedException {
        Process process = start(main);
        String output = String.join(
                " ",
                process.inputReader()
                        .lines()
                        .filter(line -> !line.startsWith("SLF4J"))
                        .toList());
        process.waitFor();
        return output;
    }

    /** Its verdicts. */
    List<Line> run(Class<?> main) throws IOException, InterruptedException {
        Process process = start(main);
        List<Line> lines = new ArrayList<>();
        List<String> others = new ArrayList<>();
        process.inputReader().lines().forEach(line -> {
            if (line.startsWith(AttackRun.LINE)) {
                String[] columns = line.split("\t", 5);
                lines.add(new Line(columns[1], new Verdict(columns[2], columns[4])));
            } else {
                others.add(line);
            }
        });
        assertThat(process.waitFor()).as(() -> String.join("\n", others)).isZero();
        assertThat(others).as("it came to its end").contains("done");
        return lines;
    }

    /** Build directories and the Maven repository may lie where only their owner can read. */
    private String readableClassPath() throws IOException {
        List<String> copies = new ArrayList<>();
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
            boolean needed = Stream.of("belay", "slf4j-api", "assertj", "awaitility", "hamcrest", "jspecify")
                            .anyMatch(entry::contains)
                    || Files.isDirectory(Path.of(entry));
            if (needed && Files.exists(Path.of(entry))) {
                Path target = directory.resolve("cp" + copies.size() + (entry.endsWith(".jar") ? ".jar" : ""));
                copy(Path.of(entry), target);
                copies.add(target.toString());
            }
        }
        return String.join(File.pathSeparator, copies);
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.toList()) {
                Path target = file.equals(from)
                        ? to
                        : to.resolve(from.relativize(file).toString());
                Files.copy(file, target);
                Files.setAttribute(target, "unix:mode", Files.isDirectory(file) ? 0755 : 0644);
            }
        }
    }

    static void delete(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }

    @Override
    public void close() throws IOException {
        delete(directory);
    }
}
