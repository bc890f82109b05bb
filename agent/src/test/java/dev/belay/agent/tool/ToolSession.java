package dev.belay.agent.tool;

import dev.belay.agent.tool.ToolInputCodec.Parsed.Invalid;
import dev.belay.agent.tool.ToolInputCodec.Parsed.Valid;
import dev.belay.agent.tool.builtin.BuiltinTools;
import dev.belay.api.BelayException;
import dev.belay.api.IdSource;
import dev.belay.api.JsonText;
import dev.belay.api.SandboxId;
import dev.belay.sandbox.Sandbox;
import dev.belay.sandbox.SandboxLimits;
import dev.belay.sandbox.SandboxProvider;
import dev.belay.sandbox.SandboxSpec;
import dev.belay.store.StoredJson;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;

/** The tools of a session over a real sandbox, called the way a model calls them. */
public final class ToolSession implements AutoCloseable {
    private static final SandboxLimits LIMITS = new SandboxLimits(512L << 20, 64, 2, 1024, 64L << 20);

    private final Toolbox toolbox = BuiltinTools.toolbox();
    private final ToolInputCodec codec = new ToolInputCodec();
    private final ToolContext context;

    ToolSession(SandboxProvider provider, Path state) {
        IdSource ids = new IdSource(InstantSource.system(), new SecureRandom());
        context = new ToolContext(
                () -> provider.create(new SandboxId(ids.next()), new SandboxSpec(state, List.of(), LIMITS)),
                "/workspace");
    }

    /** Calls a tool with arguments of the types that JSON has. */
    public ToolOutcome call(String tool, Map<String, ?> arguments) throws InterruptedException {
        Tool called = toolbox.find(tool).orElseThrow();
        return switch (codec.parse(called, new JsonText(StoredJson.encode(arguments)))) {
            case Invalid(String text) -> ToolOutcome.error(text);
            case Valid(ToolInput input) -> {
                try {
                    yield called.call(input, context);
                } catch (BelayException e) {
                    yield ToolOutcome.error(e.text());
                }
            }
        };
    }

    public ToolOutcome bash(String command) throws InterruptedException {
        return call("Bash", Map.of("command", command));
    }

    public ToolOutcome read(String path) throws InterruptedException {
        return call("Read", Map.of("file_path", path));
    }

    public ToolOutcome write(String path, String content) throws InterruptedException {
        return call("Write", Map.of("file_path", path, "content", content));
    }

    public ToolOutcome edit(String path, String oldText, String newText) throws InterruptedException {
        return call("Edit", Map.of("file_path", path, "old_string", oldText, "new_string", newText));
    }

    /** Puts a file there without the agent knowing it. */
    public void put(String path, String content) {
        put(path, content.getBytes(StandardCharsets.UTF_8));
    }

    public void put(String path, byte[] content) {
        sandbox().files().write(path, content);
    }

    /** What a file holds, without the agent having read it. */
    public String content(String path) {
        return new String(sandbox().files().read(path, 64 << 20).bytes(), StandardCharsets.UTF_8);
    }

    public Sandbox sandbox() {
        return context.sandbox();
    }

    public ToolContext context() {
        return context;
    }

    @Override
    public void close() {
        context.close();
    }
}
