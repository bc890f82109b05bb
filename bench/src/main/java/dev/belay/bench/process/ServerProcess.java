package dev.belay.bench.process;

import java.io.BufferedReader;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A server in a process of its own, on a free loopback port and a data directory of its own. */
public final class ServerProcess implements AutoCloseable {
    private static final String READY = "Belay is ready on ";

    private final Process process;
    private final String url;
    private final long readyMillis;

    private ServerProcess(Process process, String url, long readyMillis) {
        this.process = process;
        this.url = url;
        this.readyMillis = readyMillis;
    }

    /** Starts it with this process's own Java, flags and class path, and waits until it accepts requests. */
    public static ServerProcess start(Path data) throws IOException {
        return start(data, Map.of());
    }

    /** The same with further environment variables. */
    public static ServerProcess start(Path data, Map<String, String> environment) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        command.addAll(List.of(
                "-cp",
                System.getProperty("java.class.path"),
                "dev.belay.cli.Main",
                "serve",
                "--dev",
                "--port",
                "0",
                "--data",
                data.toString()));
        Files.createDirectories(data);
        long began = System.nanoTime();
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectError(data.resolve("server.log").toFile());
        builder.environment().putAll(environment);
        Process process = builder.start();
        BufferedReader lines = process.inputReader(StandardCharsets.UTF_8);
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            if (line.startsWith(READY)) {
                return new ServerProcess(
                        process,
                        line.substring(READY.length()).strip(),
                        TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began));
            }
        }
        throw new IOException("the server did not start: " + Files.readString(data.resolve("server.log")));
    }

    public String url() {
        return url;
    }

    /** From the start of the process until it accepted requests. */
    public long readyMillis() {
        return readyMillis;
    }

    /** Resident memory now, in MiB. */
    public long residentMiB() throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc", Long.toString(process.pid()), "status"))) {
            if (line.startsWith("VmRSS:")) {
                return Long.parseLong(line.replaceAll("\\D", "")) / 1024;
            }
        }
        throw new IOException("no VmRSS of process " + process.pid());
    }

    /** Kills it at once, as {@code kill -9} does, and waits until it is gone. */
    public void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(20, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
