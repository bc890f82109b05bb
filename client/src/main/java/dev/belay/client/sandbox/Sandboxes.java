package dev.belay.client.sandbox;

import dev.belay.client.http.ServerRefusedException;
import dev.belay.client.http.Wire;
import java.net.http.HttpRequest.BodyPublishers;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.node.ObjectNode;

/**
 * The sandboxes of a workspace. An id that is unknown is a {@link ServerRefusedException} with status 404, a state that does not allow what
 * is asked one with 409.
 */
public final class Sandboxes {
    private static final String ALL = "/v1/sandboxes";
    /** How much longer than the command itself its answer may take. */
    private static final Duration BEYOND_TIMEOUT = Duration.ofSeconds(60);

    private final Wire wire;

    /** @param wire of {@link dev.belay.client.BelayClient}, which makes these */
    public Sandboxes(Wire wire) {
        this.wire = wire;
    }

    static String path(String id) {
        return ALL + "/" + Wire.escaped(id);
    }

    /** Makes a sandbox and starts it. */
    public Sandbox create(SandboxRequest request) {
        return SandboxCodec.sandbox(wire.call("POST", ALL, SandboxCodec.body(request), Wire.PATIENCE));
    }

    public Sandbox get(String id) {
        return SandboxCodec.sandbox(wire.call("GET", path(id)));
    }

    /** All but the destroyed, oldest first. */
    public List<Sandbox> list() {
        return wire.call("GET", ALL).valueStream().map(SandboxCodec::sandbox).toList();
    }

    /** Ends all that runs in it and keeps its files. */
    public Sandbox stop(String id) {
        return SandboxCodec.sandbox(wire.call("POST", path(id) + "/stop"));
    }

    /** Runs it again over its files. */
    public Sandbox start(String id) {
        return SandboxCodec.sandbox(wire.call("POST", path(id) + "/start"));
    }

    /** Ends all that runs in it and deletes its files. */
    public void destroy(String id) {
        wire.call("DELETE", path(id));
    }

    public Inspection inspect(String id) {
        return SandboxCodec.inspection(wire.call("GET", path(id) + "/inspect"));
    }

    /** Runs a command to its end. The exit code is part of the result, whatever it is. */
    public ExecResult exec(String id, Command command) {
        return SandboxCodec.result(wire.call(
                "POST",
                path(id) + "/exec",
                SandboxCodec.body(command),
                command.timeout().plus(BEYOND_TIMEOUT)));
    }

    /** Runs a command whose output is read while it runs; the caller closes it. It ends when it is closed. */
    public RunningCommand stream(String id, Command command) {
        return stream(id, SandboxCodec.body(command));
    }

    /** As {@link #stream(String, Command)}, with input to come by {@link RunningCommand#write}. */
    public RunningCommand streamWithInput(String id, Command command) {
        return stream(id, SandboxCodec.body(command).put("stdin", true));
    }

    /** As {@link #streamWithInput}, on a terminal: all output is one, and what is written is typed. */
    public RunningCommand streamOnTerminal(String id, Command command, TerminalSize size) {
        ObjectNode body = SandboxCodec.body(command);
        body.set("terminal", SandboxCodec.body(size));
        return stream(id, body);
    }

    private RunningCommand stream(String id, ObjectNode body) {
        return new RunningCommand(
                wire, path(id), wire.stream("POST", path(id) + "/exec-stream", Wire.bytes(body), Wire.NDJSON));
    }

    /** Starts a command and does not wait for it. */
    public BackgroundExec execAsync(String id, Command command) {
        return SandboxCodec.background(
                wire.call("POST", path(id) + "/exec", SandboxCodec.body(command).put("async", true), Wire.PATIENCE));
    }

    /** What became of a command that {@link #execAsync} started; the server knows the last ones, and since its start only. */
    public BackgroundExec backgroundExec(String id, String execId) {
        return SandboxCodec.background(wire.call("GET", path(id) + "/exec/" + Wire.escaped(execId)));
    }

    /** Its files; nothing is asked of the server yet. */
    public SandboxFiles files(String id) {
        return new SandboxFiles(wire, id);
    }

    /**
     * What was done with it.
     *
     * @param after the last {@code seq} that was read; 0 for all
     * @param follow whether to wait for what comes after the recorded ones
     */
    public SandboxEvents events(String id, long after, boolean follow) {
        return new SandboxEvents(
                wire,
                wire.stream(
                        "GET",
                        Wire.path(
                                path(id) + "/events",
                                Map.of("after_seq", Long.toString(after), "follow", Boolean.toString(follow))),
                        BodyPublishers.noBody(),
                        Wire.NDJSON));
    }
}
