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
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A server in a process of its own, on a free loopback port and a data directory of its own. */
public final class ServerProcess implements AutoCloseable {
    private static final String READY = "Belay is ready on ";
    private static final Pattern KEY = Pattern.compile("blk_\\S+");
    private static final String LOG = "server.log";

    private final Process process;
    private final Path data;
    private final String url;
    private final long readyMillis;

    private ServerProcess(Process process, Path data, String url, long readyMillis) {
        this.process = process;
        this.data = data;
        this.url = url;
        this.readyMillis = readyMillis;
    }

    /** Starts one that needs no key, with this process's own Java, flags and class path, and waits until it accepts requests. */
    public static ServerProcess start(Path data) throws IOException {
        return start(data, Map.of());
    }

    /** The same with further environment variables. */
    public static ServerProcess start(Path data, Map<String, String> environment) throws IOException {
        long began = System.nanoTime();
        return ready(launch(data, environment, "--dev"), data, began);
    }

    /** The same for one that needs a key; if the data directory is new, {@link #key} has the administrator's. */
    public static ServerProcess startWithKeys(Path data) throws IOException {
        long began = System.nanoTime();
        return ready(launch(data, Map.of()), data, began);
    }

    /** Starts the process and does not wait for it; it may be killed before it is ready. */
    public static Process launch(Path data, Map<String, String> environment, String... flags) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        command.addAll(List.of(
                "-cp",
                System.getProperty("java.class.path"),
                "dev.belay.cli.Main",
                "serve",
                "--port",
                "0",
                "--data",
                data.toString()));
        command.addAll(List.of(flags));
        Files.createDirectories(data);
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectError(data.resolve(LOG).toFile());
        builder.environment().putAll(environment);
        return builder.start();
    }

    private static ServerProcess ready(Process process, Path data, long began) throws IOException {
        BufferedReader lines = process.inputReader(StandardCharsets.UTF_8);
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            if (line.startsWith(READY)) {
                return new ServerProcess(
                        process,
                        data,
                        line.substring(READY.length()).strip(),
                        TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began));
            }
        }
        throw new IOException("the server did not start: " + Files.readString(data.resolve(LOG)));
    }

    /** The administrator's key, which a first start with keys prints. */
    public String key() throws IOException {
        Matcher key = KEY.matcher(Files.readString(data.resolve(LOG)));
        if (!key.find()) {
            throw new IOException("this start printed no key");
        }
        return key.group();
    }

    public String url() {
        return url;
    }

    public long pid() {
        return process.pid();
    }

    /** From the start of the process until it accepted requests. */
    public long readyMillis() {
        return readyMillis;
    }

    /** Resident memory now, in MiB. */
    public long residentMiB() throws IOException {
        return memoryMiB("VmRSS:");
    }

    /** The most resident memory that it ever had, in MiB. */
    public long peakResidentMiB() throws IOException {
        return memoryMiB("VmHWM:");
    }

    private long memoryMiB(String field) throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc", Long.toString(process.pid()), "status"))) {
            if (line.startsWith(field)) {
                return Long.parseLong(line.replaceAll("\\D", "")) / 1024;
            }
        }
        throw new IOException("no " + field + " of process " + process.pid());
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
