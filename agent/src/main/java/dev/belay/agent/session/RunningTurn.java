package dev.belay.agent.session;

import dev.belay.agent.model.Models;
import dev.belay.agent.tool.ToolContext;
import dev.belay.agent.tool.Toolbox;
import dev.belay.agent.turn.Turn;
import dev.belay.agent.turn.TurnControl;
import dev.belay.agent.turn.TurnSetup;
import dev.belay.api.BelayException;
import dev.belay.api.Cost;
import dev.belay.api.SandboxException;
import dev.belay.api.Scope;
import dev.belay.api.SessionId;
import dev.belay.api.StorageException;
import dev.belay.api.TurnId;
import dev.belay.api.Usage;
import dev.belay.api.event.EventDraft;
import dev.belay.api.event.StreamId;
import dev.belay.api.event.TurnError;
import dev.belay.api.event.TurnEvent;
import dev.belay.api.event.TurnStatus;
import dev.belay.eventlog.EventLog;
import dev.belay.sandbox.ExecResult;
import dev.belay.sandbox.ExecSpec;
import dev.belay.sandbox.MountedDirectory;
import dev.belay.sandbox.Sandbox;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A turn on its own virtual thread, from its first step to the event that ends it. */
final class RunningTurn {
    private static final Logger LOG = LoggerFactory.getLogger(RunningTurn.class);
    private static final Duration STORE_AGAIN = Duration.ofSeconds(1);

    private final Work work;
    private final Sessions.Parts parts;
    private final SessionLimits limits;
    private final Consumer<TurnEvent.Finished> onFinished;
    private final Consumer<SessionId> onEnd;
    private final TurnControl control = new TurnControl();
    private final ToolContext context;
    private final CountDownLatch over = new CountDownLatch(1);
    private volatile SessionStatus.@Nullable SandboxView sandbox;
    private volatile TurnEvent.@Nullable Finished unrecorded;

    /** What the turn is about. */
    record Work(
            Scope scope,
            SessionId session,
            TurnId turn,
            RunRequest request,
            Optional<Models.Model> model,
            Toolbox toolbox,
            WorkingDirectory directory) {}

    RunningTurn(
            Work work,
            Sessions.Parts parts,
            SessionLimits limits,
            Consumer<TurnEvent.Finished> onFinished,
            Consumer<SessionId> onEnd) {
        this.work = work;
        this.parts = parts;
        this.limits = limits;
        this.onFinished = onFinished;
        this.onEnd = onEnd;
        this.context = new ToolContext(this::openSandbox, work.directory().inside());
    }

    TurnControl control() {
        return control;
    }

    Optional<SessionStatus.SandboxView> sandbox() {
        return Optional.ofNullable(sandbox);
    }

    /** How the turn ended, while that cannot be stored. */
    Optional<TurnEvent.Finished> unrecorded() {
        return Optional.ofNullable(unrecorded);
    }

    void begin() {
        Thread.ofVirtual().name("turn-" + work.turn()).start(this::run);
    }

    void awaitEnd() {
        boolean interrupted = false;
        while (true) {
            try {
                over.await();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        try {
            TurnEvent.Finished finished = play();
            finish(finished);
            onFinished.accept(finished);
        } finally {
            // No process of a tool is left by now; the walls come down when the readers have their result.
            closeSandbox();
            onEnd.accept(work.session());
            over.countDown();
        }
    }

    private TurnEvent.Finished play() {
        if (work.model().isEmpty()) {
            return noModel();
        }
        RunOptions options = work.request().options();
        Duration timeout = options.timeout()
                .filter(asked -> asked.compareTo(limits.longestTurn()) < 0)
                .orElse(limits.longestTurn());
        Thread timer = Thread.ofVirtual().start(() -> {
            try {
                Thread.sleep(timeout);
                control.stop(TurnStatus.TIMEOUT);
            } catch (InterruptedException e) {
                // The turn ended in time.
            }
        });
        try {
            TurnSetup setup = new TurnSetup(
                    work.scope(),
                    StreamId.of(work.session()),
                    work.turn(),
                    work.model().get(),
                    parts.agent()
                            .systemPrompt(
                                    work.directory().inside(),
                                    options.systemPrompt().orElse(""),
                                    options.replaceSystemPrompt()),
                    work.toolbox(),
                    context,
                    options.maxTurns().orElse(parts.agent().maxModelCalls()),
                    options.maxBudget(),
                    options.streamDeltas());
            return new Turn(setup, control, parts.log(), parts.clock(), parts.random())
                    .run(work.request().prompt());
        } finally {
            timer.interrupt();
        }
    }

    private TurnEvent.Finished noModel() {
        return new TurnEvent.Finished(
                TurnStatus.ERROR,
                "",
                0,
                Cost.NONE,
                Usage.NONE,
                0,
                "none",
                "",
                Optional.of(new TurnError(
                        "no_model",
                        "no model is named in the request and none is configured; set agent.model in belay.toml, or send"
                                + " \"model\" (\"scripted\" answers with the prompt)")));
    }

    private Sandbox openSandbox() {
        List<MountedDirectory> mounted = work.directory().mounted().stream().toList();
        Sandbox opened = parts.sandboxes().create(work.scope(), mounted, limits.sandbox());
        sandbox = new SessionStatus.SandboxView(
                opened.id(), opened.isolation().level().word());
        try {
            if (!work.directory().isRoot()) {
                makeWorkingDirectory(opened);
            }
            return opened;
        } catch (RuntimeException | Error e) {
            opened.close();
            throw e;
        }
    }

    private void makeWorkingDirectory(Sandbox opened) {
        try {
            ExecResult made =
                    opened.run(ExecSpec.of("mkdir", "-p", "--", work.directory().inside()));
            if (!made.succeeded()) {
                throw new SandboxException("cannot make the working directory: "
                        + made.stderr().text().strip());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new SandboxException("interrupted while the working directory was made", e);
        }
    }

    private void closeSandbox() {
        try {
            context.close();
        } catch (BelayException e) {
            LOG.warn("the sandbox of session {} could not be taken down: {}", work.session(), e.text());
        }
        sandbox = null;
    }

    /** Stores how the turn ended. While the store refuses, readers are told by {@link #unrecorded()}, and it is tried again. */
    private void finish(TurnEvent.Finished finished) {
        EventLog.Append append = parts.log()
                .prepare(work.scope(), StreamId.of(work.session()), List.of(EventDraft.of(work.turn(), finished)));
        while (true) {
            try {
                parts.database().write(tx -> {
                    SessionStore.idle(tx, work.session(), parts.nowMicros());
                    return append.in(tx);
                });
                return;
            } catch (StorageException e) {
                unrecorded = finished;
                LOG.error("the end of turn {} cannot be stored: {}", work.turn(), e.text());
                if (e.code().equals("storage_closed")) {
                    return;
                }
                try {
                    Thread.sleep(STORE_AGAIN);
                } catch (InterruptedException interrupted) {
                    return;
                }
            }
        }
    }
}
