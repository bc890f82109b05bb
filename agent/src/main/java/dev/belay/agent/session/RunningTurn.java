package dev.belay.agent.session;

import dev.belay.agent.output.OutputSchema;
import dev.belay.agent.permission.Approvals;
import dev.belay.agent.permission.AskHistory;
import dev.belay.agent.permission.PermissionPolicy;
import dev.belay.agent.permission.TurnPermissions;
import dev.belay.agent.tool.ToolContext;
import dev.belay.agent.tool.Toolbox;
import dev.belay.agent.turn.Turn;
import dev.belay.agent.turn.TurnControl;
import dev.belay.agent.turn.TurnSetup;
import dev.belay.api.BelayException;
import dev.belay.api.Cost;
import dev.belay.api.InvalidRequestException;
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
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A turn on its own virtual thread, from its first step to the event that ends it. */
final class RunningTurn {
    private static final Logger LOG = LoggerFactory.getLogger(RunningTurn.class);
    private static final Duration TAKE_DOWN_AFTER = Duration.ofMillis(100);
    private static final Duration STORE_AGAIN = Duration.ofSeconds(1);
    /** In characters, where the whole does not fit into an event; escaped, each can be six. */
    private static final int LONGEST_LAST_WORDS = 200_000;

    private final Work work;
    private final Sessions.Parts parts;
    private final SessionLimits limits;
    private final Watcher watcher;
    private final TurnControl control = new TurnControl();
    private final ToolContext context;
    private final CountDownLatch closing = new CountDownLatch(1);
    private final CountDownLatch over = new CountDownLatch(1);
    /** What the turn left to be stored with its end. */
    private Optional<EventLog.Append> before = Optional.empty();

    private volatile SessionStatus.@Nullable SandboxView sandbox;
    private volatile TurnEvent.@Nullable Finished unrecorded;

    /** What the turn is about. */
    record Work(
            Scope scope,
            SessionId session,
            TurnId turn,
            RunRequest request,
            RunModels models,
            Toolbox toolbox,
            Optional<OutputSchema> output,
            WorkingDirectory directory) {}

    /** Is told how far a turn is. */
    interface Watcher {
        /** It asks no model and runs no tool any more; nobody has been told of its end yet. */
        void played();

        /** Its end is stored, or is left to the next start. */
        void finished(TurnEvent.Finished end);

        /** Nothing of it is left. */
        void gone(RunningTurn turn);
    }

    RunningTurn(Work work, Sessions.Parts parts, SessionLimits limits, Watcher watcher) {
        this.work = work;
        this.parts = parts;
        this.limits = limits;
        this.watcher = watcher;
        this.context = new ToolContext(this::openSandbox, work.directory().inside());
    }

    SessionId session() {
        return work.session();
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

    /** The turn will not begin: what it should be could not be stored. */
    void abandon() {
        work.models().close();
        over.countDown();
    }

    /** Asks it to end as interrupted; if that cannot be stored now, it is left to the next start. */
    void close() {
        control.stop(TurnStatus.INTERRUPTED);
        closing.countDown();
    }

    /** @param prompt as it is stored: the model is told nothing that the log does not hold */
    void begin(String prompt) {
        Thread.ofVirtual().name("turn-" + work.turn()).start(() -> run(prompt));
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

    private void run(String prompt) {
        try {
            TurnEvent.Finished played = play(prompt);
            sandbox = null;
            watcher.played();
            watcher.finished(finish(played));
        } finally {
            // No process of a tool is left by now; the walls come down when the readers have their result and perhaps
            // sent their next request.
            try {
                awaitClosing(TAKE_DOWN_AFTER);
                closeSandbox();
            } finally {
                work.models().close();
                watcher.gone(this);
                over.countDown();
            }
        }
    }

    private TurnEvent.Finished play(String prompt) {
        if (work.models().first().isEmpty()) {
            return notBegun(new TurnError(
                    "no_model",
                    "no model is named in the request and none is configured; set a provider's key, for example"
                            + " ANTHROPIC_API_KEY, or agent.model in belay.toml, or send \"model\" (\"scripted\" answers"
                            + " with the prompt)"));
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
                    work.models().first().get(),
                    work.models().fallback(),
                    systemPrompt(options),
                    work.toolbox(),
                    context,
                    new TurnPermissions(
                            PermissionPolicy.OPEN,
                            new Approvals(parts.log(), parts.ids(), parts.clock(), Duration.ofMinutes(5)),
                            new AskHistory()),
                    options.maxTurns().orElse(parts.agent().maxModelCalls()),
                    options.maxBudget(),
                    work.output(),
                    options.streamDeltas());
            Turn turn = new Turn(setup, control, parts.log(), parts.clock(), parts.random());
            TurnEvent.Finished finished = turn.run(prompt);
            before = turn.last();
            return finished;
        } catch (RuntimeException | Error e) {
            LOG.error("the turn {} did not begin", work.turn(), e);
            return notBegun(Turn.INTERNAL);
        } finally {
            timer.interrupt();
        }
    }

    private String systemPrompt(RunOptions options) {
        String prompt = parts.agent()
                .systemPrompt(
                        work.directory().inside(), options.systemPrompt().orElse(""), options.replaceSystemPrompt());
        return work.output().isEmpty() ? prompt : prompt + "\n\n" + OutputSchema.INSTRUCTION;
    }

    private static TurnEvent.Finished notBegun(TurnError error) {
        return new TurnEvent.Finished(
                TurnStatus.ERROR, "", 0, Cost.NONE, Usage.NONE, 0, "none", "", Optional.of(error), Optional.empty());
    }

    private Sandbox openSandbox() {
        List<MountedDirectory> mounted = work.directory().mounted().stream().toList();
        Sandbox opened = parts.sandboxes()
                .create(
                        work.scope(),
                        mounted,
                        work.request().options().sandboxSize().over(limits.sandbox()));
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
    }

    /**
     * Stores how the turn ended. While the store refuses, readers are told by {@link #unrecorded()}, and it is tried again until this process
     * closes; what is not stored then ends as interrupted at the next start.
     */
    private TurnEvent.Finished finish(TurnEvent.Finished played) {
        TurnEvent.Finished finished = played;
        while (true) {
            try {
                EventLog.Append end = prepared(finished);
                EventLog.Append append =
                        before.map(earlier -> earlier.followedBy(end)).orElse(end);
                parts.database()
                        .write(tx -> SessionStore.idle(tx, work.session(), work.turn(), parts.nowMicros())
                                ? append.in(tx)
                                : List.of());
                unrecorded = null;
                return finished;
            } catch (RuntimeException e) {
                if (unrecorded == null) {
                    LOG.error("the end of turn {} cannot be stored: {}", work.turn(), e.getMessage());
                    finished = notStored(finished, e);
                    unrecorded = finished;
                    // What is in it may be what fills the disk.
                    closeSandbox();
                }
                if (e instanceof StorageException storage && storage.code().equals("storage_closed")) {
                    return finished;
                }
            }
            if (awaitClosing(STORE_AGAIN)) {
                return finished;
            }
        }
    }

    /** Waits for so long; true, and at once, if this process closes. */
    private boolean awaitClosing(Duration time) {
        try {
            return closing.await(time.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            return true;
        }
    }

    /** A success whose last answer is not stored is none: readers are told so now, and so will the log. */
    private static TurnEvent.Finished notStored(TurnEvent.Finished finished, RuntimeException why) {
        if (finished.status() != TurnStatus.SUCCESS) {
            return finished;
        }
        TurnError error = why instanceof BelayException told ? new TurnError(told.code(), told.text()) : Turn.INTERNAL;
        return finished.told(TurnStatus.ERROR, finished.summary(), Optional.of(error));
    }

    private EventLog.Append prepared(TurnEvent.Finished finished) {
        try {
            return prepare(finished);
        } catch (InvalidRequestException tooLarge) {
            // The last text fits into an event of its own, but not with all else that is said at the end.
            return prepare(finished.told(
                    finished.status(),
                    ShownText.of(finished.summary(), LONGEST_LAST_WORDS),
                    finished.error()
                            .map(error -> new TurnError(
                                    error.code(),
                                    ShownText.of(error.message(), LONGEST_LAST_WORDS),
                                    error.httpStatus()))));
        }
    }

    private EventLog.Append prepare(TurnEvent.Finished finished) {
        return parts.log()
                .prepare(work.scope(), StreamId.of(work.session()), List.of(EventDraft.of(work.turn(), finished)));
    }
}
