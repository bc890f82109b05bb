package dev.belay.sandbox.registry;

import dev.belay.api.ConflictException;
import dev.belay.api.SandboxId;
import dev.belay.api.Scope;
import dev.belay.api.event.SandboxEvent;
import dev.belay.eventlog.EventLog;
import dev.belay.store.Tx;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/**
 * The ways of kept sandboxes from state to state: compare-and-set in the database, so that each has one winner. A state in the middle of a
 * transition that nobody works on any more was left by one that broke off. Safe for many threads.
 */
final class Transitions {
    private final Sandboxes sandboxes;
    private final Set<SandboxId> moving = ConcurrentHashMap.newKeySet();

    Transitions(Sandboxes sandboxes) {
        this.sandboxes = sandboxes;
    }

    /**
     * Wins the right to bring a sandbox from one of these states to another.
     *
     * @param verb completes the sentence "the sandbox cannot be …"
     * @throws ConflictException if somebody else has it, or it is in another state
     */
    Move begin(KeptSandbox sandbox, Set<SandboxState> from, SandboxState through, String verb) {
        SandboxId id = sandbox.id();
        if (!sandbox.kept()) {
            throw notRunning(sandbox);
        }
        if (!moving.add(id)) {
            throw new ConflictException(
                    "sandbox_busy",
                    "the sandbox " + id + " cannot be " + verb + " now: another request changes its state; try again");
        }
        try {
            if (!sandboxes.database().write(tx -> SandboxStore.move(tx, id, from, through))) {
                SandboxState now = sandboxes
                        .database()
                        .read(view -> SandboxStore.find(view, sandbox.scope(), id))
                        .map(KeptSandbox::state)
                        .orElse(SandboxState.DESTROYED);
                throw new ConflictException(
                        now == SandboxState.RUNNING ? "sandbox_running" : "sandbox_not_running",
                        "the sandbox " + id + " is " + now.word() + " and cannot be " + verb);
            }
            return new Move(id);
        } catch (RuntimeException | Error e) {
            moving.remove(id);
            throw e;
        }
    }

    static ConflictException notRunning(KeptSandbox sandbox) {
        String what = sandbox.kept() ? "is " + sandbox.state().word() : "belongs to a session";
        String advice = sandbox.state() == SandboxState.STOPPED ? "; start it first" : "";
        return new ConflictException("sandbox_not_running", "the sandbox " + sandbox.id() + " " + what + advice);
    }

    /** A transition under way; closing it without an end leaves it to the next one. */
    final class Move implements AutoCloseable {
        private final SandboxId id;

        private Move(SandboxId id) {
            this.id = id;
        }

        /** The new state and its event, in one unit. */
        void end(Scope scope, SandboxEvent event, Consumer<Tx> change) {
            EventLog.Append append = sandboxes.prepare(scope, id, event);
            sandboxes.database().write(tx -> {
                change.accept(tx);
                return append.in(tx);
            });
        }

        @Override
        public void close() {
            moving.remove(id);
        }
    }
}
