package dev.belay.agent.permission;

import dev.belay.agent.permission.PermissionPolicy.Decision;
import dev.belay.agent.tool.Tool;
import dev.belay.agent.tool.ToolContext;
import dev.belay.agent.tool.ToolInput;
import dev.belay.agent.tool.ToolInputCodec;
import dev.belay.agent.tool.ToolOutcome;
import dev.belay.api.BelayException;
import dev.belay.api.JsonText;
import dev.belay.api.Scope;
import dev.belay.api.event.Denial;
import dev.belay.api.event.StreamId;
import dev.belay.api.event.ToolEvent;
import dev.belay.api.event.ToolEvent.Asked;
import dev.belay.api.event.ToolEvent.Decided;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Where the calls of a turn pass before they are made: lets them through, refuses them, or waits for somebody's answer. Safe for many threads. */
public final class PermissionGate {
    private static final Logger LOG = LoggerFactory.getLogger(PermissionGate.class);
    private static final ToolInputCodec INPUTS = new ToolInputCodec();

    private final TurnPermissions permissions;
    private final Scope scope;
    private final StreamId stream;
    private final TurnEvents events;
    private final BooleanSupplier suspended;

    /**
     * @param suspended whether the turn is stopped for another process to go on, which then waits for the same asks
     */
    public PermissionGate(
            TurnPermissions permissions, Scope scope, StreamId stream, TurnEvents events, BooleanSupplier suspended) {
        this.permissions = permissions;
        this.scope = scope;
        this.stream = stream;
        this.events = events;
        this.suspended = suspended;
    }

    /** What becomes of a call. */
    public sealed interface Passage {
        /** It is made, with this input. */
        record Made(ToolInput input) implements Passage {}

        /** It is not made; this is its result. */
        record Settled(ToolOutcome outcome) implements Passage {}

        /** It is not made; this is its result, and the turn ends. */
        record Ended(ToolOutcome outcome) implements Passage {}
    }

    /**
     * Decides about a call, waiting for an answer if one is needed.
     *
     * @param input of {@code call}, as the tool takes it
     * @throws InterruptedException if the turn ends while it waits; the ask is closed then
     */
    public Passage pass(ToolEvent.Call call, Tool tool, ToolInput input, ToolContext context)
            throws InterruptedException {
        AskHistory.Left left = permissions.history().take(call.id());
        if (left.decided().isPresent()) {
            return settled(left.decided().get(), call, tool, input, context);
        }
        if (tool instanceof AskUser) {
            return answered(ask(Asked.Kind.QUESTION, call, tool, context, "", left.asked()));
        }
        return switch (permissions.policy().decide(tool, input, context)) {
            case Decision.Allow _ -> new Passage.Made(input);
            case Decision.Deny(String message) -> refused(byRule(call, message));
            case Decision.Ask(String reason) -> {
                Decided decided = ask(Asked.Kind.PERMISSION, call, tool, context, reason, left.asked());
                permissions.history().decided(call, decided);
                yield settled(decided, call, tool, input, context);
            }
        };
    }

    /** Whether a call that an earlier process left without a result has certainly not been made. */
    public boolean notMade(String call) {
        return permissions.history().notMade(call);
    }

    /** The calls of the turn that were not permitted. */
    public List<Denial> denials() {
        return permissions.history().denials();
    }

    private Passage settled(Decided decided, ToolEvent.Call call, Tool tool, ToolInput input, ToolContext context) {
        if (tool instanceof AskUser) {
            return answered(decided);
        }
        if (!decided.allowed()) {
            return refused(decided);
        }
        if (decided.updatedInput().isEmpty()) {
            return new Passage.Made(input);
        }
        // Leave to make a call is no leave to do what a rule forbids.
        return switch (INPUTS.parse(tool, decided.updatedInput().get())) {
            case ToolInputCodec.Parsed.Invalid(String text) -> new Passage.Settled(ToolOutcome.error(text));
            case ToolInputCodec.Parsed.Valid(var updated) ->
                permissions.policy().decide(tool, updated, context) instanceof Decision.Deny(String message)
                        ? refused(byRule(call, message))
                        : new Passage.Made(updated);
        };
    }

    private static Passage refused(Decided decided) {
        String text = switch (decided.by()) {
            case RULE -> decided.message();
            case DEADLINE ->
                "The call of " + decided.tool() + " needs leave, and nobody gave it in time. Go on without it.";
            case TURN_END ->
                "The call of " + decided.tool() + " was not made: the turn ended before somebody gave leave.";
            case PRINCIPAL ->
                "The user does not allow this call of " + decided.tool()
                        + (decided.message().isBlank() ? "." : ": " + decided.message());
        };
        ToolOutcome outcome = ToolOutcome.error(text);
        return decided.interrupts() ? new Passage.Ended(outcome) : new Passage.Settled(outcome);
    }

    private static Passage answered(Decided decided) {
        if (decided.allowed()) {
            return new Passage.Settled(ToolOutcome.of(decided.message()));
        }
        ToolOutcome none = ToolOutcome.error(
                decided.by() == Decided.By.DEADLINE
                        ? "Nobody answered in time. Decide yourself, and say what you decided."
                        : "The user does not answer this"
                                + (decided.message().isBlank() ? "." : ": " + decided.message()));
        return decided.interrupts() ? new Passage.Ended(none) : new Passage.Settled(none);
    }

    private Decided byRule(ToolEvent.Call call, String message) {
        Decided decided = (Decided) events.append(new Decided(
                Optional.empty(), call.id(), call.tool(), false, message, Decided.By.RULE, false, Optional.empty()));
        permissions.history().decided(call, decided);
        return decided;
    }

    /** Asks, or goes on to wait for what an earlier process asked. */
    private Decided ask(
            Asked.Kind kind,
            ToolEvent.Call call,
            Tool tool,
            ToolContext context,
            String reason,
            Optional<Asked> earlier)
            throws InterruptedException {
        Approvals approvals = permissions.approvals();
        String hash = InputHashCodec.of(call.input());
        Optional<Asked> same = earlier.filter(
                asked -> asked.kind() == kind && asked.inputHash().equals(hash));
        Asked asked = same.orElseGet(() -> new Asked(
                approvals.newId(),
                kind,
                call.id(),
                call.tool(),
                call.input(),
                hash,
                approvals.deadlineMicros(),
                reason));
        OpenAsk open = new OpenAsk(asked, stream, scope, events, updated -> problems(tool, updated, context));
        permissions.watcher().waits();
        try {
            // Whoever reads of it may answer it at once.
            approvals.opened(open);
            Asked stored = same.isEmpty() ? (Asked) events.append(asked) : asked;
            return open.await(approvals.left(stored), closed(stored, Decided.By.DEADLINE));
        } catch (InterruptedException e) {
            if (!suspended.getAsBoolean()) {
                takeBack(open);
            }
            throw e;
        } finally {
            approvals.closed(open);
            permissions.watcher().goesOn();
        }
    }

    private void takeBack(OpenAsk open) {
        try {
            open.decide(scope, closed(open.asked(), Decided.By.TURN_END));
        } catch (BelayException notStored) {
            LOG.warn("the ask {} was not closed: {}", open.asked().ask(), notStored.text());
        }
    }

    /** A decision that nobody made. */
    static Decided closed(Asked asked, Decided.By by) {
        return new Decided(Optional.of(asked.ask()), asked.id(), asked.tool(), false, "", by, false, Optional.empty());
    }

    private Optional<String> problems(Tool tool, JsonText updated, ToolContext context) {
        return switch (INPUTS.parse(tool, updated)) {
            case ToolInputCodec.Parsed.Invalid(String text) -> Optional.of(text);
            case ToolInputCodec.Parsed.Valid(var input) ->
                permissions.policy().decide(tool, input, context) instanceof Decision.Deny(String message)
                        ? Optional.of(message)
                        : Optional.empty();
        };
    }
}
