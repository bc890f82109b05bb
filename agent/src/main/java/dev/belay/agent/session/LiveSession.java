package dev.belay.agent.session;

import dev.belay.agent.change.FilePicture;
import dev.belay.agent.mcp.McpServers;
import dev.belay.agent.tool.ToolContext;
import dev.belay.api.BelayException;
import dev.belay.api.SandboxException;
import dev.belay.api.SandboxId;
import dev.belay.api.Scope;
import dev.belay.api.SessionId;
import dev.belay.sandbox.ExecResult;
import dev.belay.sandbox.ExecSpec;
import dev.belay.sandbox.Sandbox;
import dev.belay.sandbox.SandboxFiles;
import dev.belay.sandbox.SandboxLimits;
import dev.belay.sandbox.disk.FileTrees;
import dev.belay.sandbox.registry.KeptSandbox;
import dev.belay.sandbox.registry.SandboxRequest;
import dev.belay.sandbox.registry.SandboxState;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A session of which this process holds something: its sandbox, its shells, what its agent has seen. It is made when a turn or somebody who
 * wants its files needs it, and given up when it was idle for too long. {@link LiveSessions} counts its users.
 */
final class LiveSession {
    private static final Logger LOG = LoggerFactory.getLogger(LiveSession.class);

    private final SessionId id;
    private final Scope scope;
    private final Sessions.Parts parts;
    private final Place place;
    private final ToolContext context;
    private final Optional<McpServers> mcp;
    private volatile @Nullable Sandbox sandbox;
    private volatile long openedMicros;
    /** Whether the agent has not used a tool, so that what is there is not its doing. */
    private volatile boolean untouched;

    int users;
    long idleSinceMicros;

    /**
     * Where the session works, and in what.
     *
     * @param own whether the directory is one of this host that its caller named; then the sandbox goes with the turn
     * @param keptIdle how long the files outlive their last use; empty for as long as the session
     * @param isNew whether the session is being made, so that no sandbox of it can be there
     */
    record Place(
            WorkingDirectory directory,
            boolean own,
            SandboxLimits limits,
            Optional<Duration> keptIdle,
            boolean isNew) {}

    LiveSession(SessionId id, Scope scope, Sessions.Parts parts, Place place) {
        this.id = id;
        this.scope = scope;
        this.parts = parts;
        this.place = place;
        this.context = new ToolContext(this::open, place.directory().inside());
        this.mcp = parts.mcp().of(id);
    }

    SessionId id() {
        return id;
    }

    Scope scope() {
        return scope;
    }

    ToolContext context() {
        return context;
    }

    /** Its MCP servers; empty if it has none, or none that this process knows. */
    Optional<McpServers> mcp() {
        return mcp;
    }

    /** Its files, if there can be any: where nobody has put any, no sandbox is started to find none. */
    Optional<Supplier<SandboxFiles>> files() {
        boolean some = place.directory().mounted().isPresent() || sandbox != null || known().isPresent();
        return some ? Optional.of(() -> context.sandbox().files()) : Optional.empty();
    }

    /** Whether nothing of it is kept when its turn has ended. */
    boolean temporary() {
        return place.own();
    }

    /** Whether its files go when it was idle for too long. */
    boolean ephemeral() {
        return place.keptIdle().isPresent();
    }

    /** The sandbox, if it runs. */
    Optional<Sandbox> sandbox() {
        return Optional.ofNullable(sandbox);
    }

    /** Since when it runs, in epoch microseconds; empty if it does not. */
    OptionalLong openedMicros() {
        return sandbox == null ? OptionalLong.empty() : OptionalLong.of(openedMicros);
    }

    /** Where the session's own files, or its project's, begin; absolute, inside the sandbox. */
    String root() {
        return place.directory().root();
    }

    /** Where it is kept on this host how the files were when the agent first used a tool. */
    Path picture() {
        return parts.directory().resolve(id.value());
    }

    /** A turn begins, and in none before it the agent has used a tool: what is there when it may is kept for comparison. */
    void beginsUntouched() {
        if (place.own()) {
            return;
        }
        untouched = true;
        Sandbox open = sandbox;
        if (open != null) {
            takePicture(open);
        }
    }

    private synchronized void takePicture(Sandbox opened) {
        if (!untouched) {
            return;
        }
        untouched = false;
        try {
            FilePicture.take(opened.files(), root(), picture());
        } catch (BelayException | IOException e) {
            LOG.warn("the files of session {} could not be looked at before its first turn: {}", id, e.toString());
        }
    }

    private Sandbox open() {
        KeptSandbox known = place.own() ? null : known().orElse(null);
        boolean empty = known == null && place.directory().mounted().isEmpty();
        Sandbox opened = place.own() ? ofItsOwn() : kept(known);
        openedMicros = parts.nowMicros();
        sandbox = opened;
        try {
            if (untouched && !empty) {
                takePicture(opened);
            }
            if (!place.directory().isRoot()) {
                makeWorkingDirectory(opened);
            }
            return opened;
        } catch (RuntimeException | Error e) {
            opened.close();
            throw e;
        }
    }

    /** The sandbox that an earlier holder of the session made: every other is made by {@link #open}. */
    private Optional<KeptSandbox> known() {
        return place.isNew() ? Optional.empty() : parts.lifecycle().of(scope, id);
    }

    private Sandbox ofItsOwn() {
        return parts.sandboxes()
                .create(scope, place.directory().mounted().stream().toList(), place.limits());
    }

    private Sandbox kept(@Nullable KeptSandbox known) {
        SandboxId kept = known == null
                ? parts.lifecycle().createFor(id, scope, request()).id()
                : known.id();
        if (known != null && known.state() != SandboxState.RUNNING) {
            parts.lifecycle().start(scope, kept);
        }
        return parts.lifecycle().useUnawaited(scope, kept);
    }

    private SandboxRequest request() {
        return new SandboxRequest(
                Optional.empty(),
                Optional.empty(),
                Map.of(),
                place.limits(),
                place.directory().mounted().stream()
                        .map(mounted -> mounted.name())
                        .toList(),
                Optional.empty(),
                place.keptIdle());
    }

    private void makeWorkingDirectory(Sandbox opened) {
        try {
            ExecResult made = opened.run(
                    ExecSpec.of("mkdir", "-p", "--", place.directory().inside()));
            if (!made.succeeded()) {
                throw new SandboxException("cannot make the working directory: "
                        + made.stderr().text().strip());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new SandboxException("interrupted while the working directory was made", e);
        }
    }

    /** Ends its processes; the files stay unless they go with it. */
    void release() {
        mcp.ifPresent(McpServers::close);
        context.close();
        Sandbox running = sandbox;
        sandbox = null;
        if (running != null && !place.own()) {
            if (ephemeral()) {
                parts.lifecycle().destroy(scope, running.id());
                FileTrees.delete(picture());
            } else {
                parts.lifecycle().stop(scope, running.id());
            }
        }
    }

    /** Lets go of the sandbox and leaves it as it is. */
    void letGo() {
        mcp.ifPresent(McpServers::close);
        context.close();
        sandbox = null;
    }

    /** Its sandbox goes, files and all. */
    void destroy() {
        letGo();
        if (!place.own()) {
            parts.lifecycle().of(scope, id).ifPresent(left -> parts.lifecycle().destroy(scope, left.id()));
        }
    }
}
