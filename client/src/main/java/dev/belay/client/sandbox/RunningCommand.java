package dev.belay.client.sandbox;

import dev.belay.client.http.ServerUnreachableException;
import dev.belay.client.http.Wire;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A command whose output comes while it runs. One thread reads; others may write, resize and close. A program waits for a reader that does
 * not read, as it would for a pipe.
 */
public final class RunningCommand implements AutoCloseable {
    private static final Duration LONGEST_WAIT = Duration.ofHours(12);

    private final Wire wire;
    private final String path;
    private final InputStream in;
    private final BufferedReader lines;
    private final String execId;
    private Optional<ExecResult> result = Optional.empty();

    RunningCommand(Wire wire, String sandboxPath, InputStream in) {
        this.wire = wire;
        this.in = in;
        this.lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
        this.execId = line().path("execId").asString("");
        this.path = sandboxPath + "/exec/" + Wire.escaped(execId);
    }

    /**
     * A piece of output.
     *
     * @param error whether it came on standard error; on a terminal nothing does
     */
    public record Output(boolean error, byte[] bytes) {}

    /** Its id, as the sandbox's events have it. */
    public String execId() {
        return execId;
    }

    /**
     * The next piece of output, which is waited for; empty when the command has ended, and {@link #result} tells how.
     *
     * @throws ServerUnreachableException if the connection broke off, with which the command ends, too
     */
    public Optional<Output> next() {
        while (result.isEmpty()) {
            JsonNode line = line();
            switch (line.path("type").asString("")) {
                case "stdout" -> {
                    return Optional.of(new Output(false, data(line)));
                }
                case "stderr" -> {
                    return Optional.of(new Output(true, data(line)));
                }
                case "ended" -> result = Optional.of(SandboxCodec.result(line));
                default -> {
                    // A heartbeat, or what a newer server says.
                }
            }
        }
        return Optional.empty();
    }

    private static byte[] data(JsonNode line) {
        return Base64.getDecoder().decode(line.path("data").asString(""));
    }

    private JsonNode line() {
        try {
            String line = lines.readLine();
            if (line == null) {
                throw new IOException("the output ended before the command did");
            }
            return JsonMapper.shared().readTree(line);
        } catch (IOException | JacksonException e) {
            throw wire.broken(e);
        }
    }

    /** How it ended, without its output; empty until {@link #next} was. */
    public Optional<ExecResult> result() {
        return result;
    }

    /** Gives it input and waits until it has room for it. What comes after its end is refused with 404. */
    public void write(byte[] bytes) {
        wire.json("POST", path + "/input", BodyPublishers.ofByteArray(bytes), Wire.BYTES, LONGEST_WAIT);
    }

    /** Ends its input; on a terminal, as Ctrl-D does. */
    public void endInput() {
        wire.json(
                "POST",
                Wire.path(path + "/input", Map.of("end", "true")),
                BodyPublishers.noBody(),
                Wire.BYTES,
                LONGEST_WAIT);
    }

    /** Tells it that its terminal has another size. */
    public void resize(TerminalSize size) {
        wire.call("POST", path + "/resize", SandboxCodec.body(size), Wire.PATIENCE);
    }

    /** Ends it if it runs. */
    @Override
    public void close() {
        try {
            in.close();
        } catch (IOException e) {
            throw wire.broken(e);
        }
    }
}
