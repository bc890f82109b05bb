package dev.belay.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** The {@code belay} command as a process of its own, with all that it keeps in a directory of the test's. */
public final class CommandProcess implements AutoCloseable {
    private static final int PATIENCE_SECONDS = 60;
    /** Tests that a shell runs in the background are deaf for Ctrl-C, and so would be what they start. */
    private static final List<String> HEARING = List.of("env", "--default-signal=HUP,INT,TERM");

    private final Process process;
    private final Path err;
    private final BufferedReader out;

    private CommandProcess(Process process, Path err) {
        this.process = process;
        this.err = err;
        this.out = process.inputReader();
    }

    /** The command line that starts Belay. */
    public static List<String> line(String... arguments) {
        List<String> line = new ArrayList<>(List.of(
                ProcessHandle.current().info().command().orElseThrow(),
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                "dev.belay.cli.Main"));
        line.addAll(List.of(arguments));
        return line;
    }

    /** What a user has who keeps everything in {@code home}. */
    public static Map<String, String> environment(Path home) {
        return Map.of("PATH", System.getenv("PATH"), "HOME", home.toString(), "TERM", "xterm", "LC_ALL", "C.UTF-8");
    }

    /** Starts the command for the user whose home that is. */
    public static CommandProcess start(Path home, String... arguments) throws IOException {
        return start(environment(home), line(arguments));
    }

    /** As {@link #start(Path, String...)}, on a terminal of its own, which echoes what is typed. */
    public static CommandProcess startOnTerminal(Path home, String... arguments) throws IOException {
        String quoted = line(arguments).stream()
                .map(word -> "'" + word.replace("'", "'\\''") + "'")
                .collect(Collectors.joining(" "));
        return start(environment(home), List.of("script", "-qfec", "exec " + quoted, "/dev/null"));
    }

    public static CommandProcess start(Map<String, String> environment, List<String> line) throws IOException {
        Path err = Files.createTempFile(Path.of(environment.get("HOME")), "stderr", "");
        List<String> command = new ArrayList<>(HEARING);
        command.addAll(line);
        ProcessBuilder builder = new ProcessBuilder(command).redirectError(err.toFile());
        builder.environment().clear();
        builder.environment().putAll(environment);
        return new CommandProcess(builder.start(), err);
    }

    /** Runs the command to its end. */
    public static Result run(Path home, String... arguments) throws Exception {
        try (CommandProcess command = start(home, arguments)) {
            return command.await();
        }
    }

    /** How a command ended and what it said (what was read before is not part of {@code out}). */
    public record Result(int code, String out, String err) {}

    public Result await() throws Exception {
        String rest = String.join("\n", out.lines().toList());
        return new Result(exitCode(), rest, err());
    }

    /** The exit code of the command, which ends soon. */
    public int exitCode() throws InterruptedException {
        assertThat(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS))
                .as("ended")
                .isTrue();
        return process.exitValue();
    }

    /** The next line of stdout. */
    public String readLine() throws IOException {
        return String.valueOf(out.readLine());
    }

    /** Reads stdout up to the line that holds that text, and returns it. */
    public String readUntil(String text) throws IOException {
        String line;
        do {
            line = out.readLine();
            assertThat(line)
                    .as("before \"" + text + "\" came; stderr: " + err())
                    .isNotNull();
        } while (!line.contains(text));
        return line;
    }

    /** Reads stdout just past that text, which need not end a line. */
    public void readPast(String text) throws IOException {
        StringBuilder read = new StringBuilder();
        while (read.indexOf(text, Math.max(0, read.length() - text.length())) < 0) {
            int c = out.read();
            assertThat(c)
                    .as("before \"" + text + "\" came after " + read + "; stderr: " + err())
                    .isNotNegative();
            read.append((char) c);
        }
    }

    /** Gives it input, or, on a terminal, presses these keys. */
    public void type(String text) throws IOException {
        process.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
        process.getOutputStream().flush();
    }

    /** Nobody reads stdout any more. */
    public void stopReading() throws IOException {
        out.close();
    }

    public String err() throws IOException {
        return Files.readString(err);
    }

    public long pid() {
        return process.pid();
    }

    /** Sends a signal, for example {@code INT}. */
    public void signal(String name) throws Exception {
        new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                .start()
                .waitFor();
    }

    @Override
    public void close() {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
    }
}
