package dev.belay.agent.session;

import dev.belay.agent.tool.ToolContext;
import dev.belay.api.SandboxException;
import dev.belay.api.Scope;
import dev.belay.api.SessionId;
import dev.belay.sandbox.ExecResult;
import dev.belay.sandbox.ExecSpec;
import dev.belay.sandbox.Sandbox;
import dev.belay.sandbox.SandboxFiles;
import dev.belay.sandbox.SandboxLimits;
import dev.belay.sandbox.registry.KeptSandbox;
import dev.belay.sandbox.registry.SandboxRequest;
import dev.belay.sandbox.registry.SandboxState;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A session of which this process holds something: its sandbox, its shells, what its agent has seen. It is made when a turn or somebody who
 * wants its files needs it, and given up when it was idle for too long. {@link LiveSessions} counts its users.
 */
final class LiveSession {
    private final SessionId id;
    private final Scope scope;
    private final Sessions.Parts parts;
    private final Place place;
    private final ToolContext context;
    private volatile SessionStatus.@Nullable SandboxView sandbox;
    private volatile @Nullable RunningTurn turn;
    int users;
    long idleSinceMicros;

    /**
     * Where the session works, and in what.
     *
     * @param own whether the directory is one of this host that its caller named; then the sandbox goes with the turn
     * @param keptIdle how long the files outlive their last use; empty for as long as the session
     */
    record Place(WorkingDirectory directory, boolean own, SandboxLimits limits, Optional<Duration> keptIdle) {}

    LiveSession(SessionId id, Scope scope, Sessions.Parts parts, Place place) {
        this.id = id;
        this.scope = scope;
        this.parts = parts;
        this.place = place;
        this.context = new ToolContext(this::open, place.directory().inside());
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

    /** Its files, if there can be any: where nobody has put any, no sandbox is started to find none. */
    Optional<Supplier<SandboxFiles>> files() {
        boolean some = place.directory().mounted().isPresent()
                || parts.lifecycle().of(scope, id).isPresent();
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
    Optional<SessionStatus.SandboxView> sandbox() {
        return Optional.ofNullable(sandbox);
    }

    Optional<RunningTurn> turn() {
        return Optional.ofNullable(turn);
    }

    void turn(@Nullable RunningTurn newTurn) {
        turn = newTurn;
    }

    private Sandbox open() {
        Sandbox opened = place.own() ? ofItsOwn() : kept();
        sandbox = new SessionStatus.SandboxView(
                opened.id(), opened.isolation().level().word());
        try {
            if (!place.directory().isRoot()) {
                makeWorkingDirectory(opened);
            }
            return opened;
        } catch (RuntimeException | Error e) {
            opened.close();
            throw e;
        }
    }

    private Sandbox ofItsOwn() {
        return parts.sandboxes()
                .create(scope, place.directory().mounted().stream().toList(), place.limits());
    }

    private Sandbox kept() {
        KeptSandbox known = parts.lifecycle().of(scope, id).orElse(null);
        if (known == null) {
            known = parts.lifecycle().createFor(id, scope, request());
        } else if (known.state() != SandboxState.RUNNING) {
            known = parts.lifecycle().start(scope, known.id());
        }
        return parts.lifecycle().useUnawaited(scope, known.id());
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
        context.close();
        SessionStatus.SandboxView running = sandbox;
        sandbox = null;
        if (running != null && !place.own()) {
            if (ephemeral()) {
                parts.lifecycle().destroy(scope, running.id());
            } else {
                parts.lifecycle().stop(scope, running.id());
            }
        }
    }

    /** Lets go of the sandbox and leaves it as it is. */
    void letGo() {
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
