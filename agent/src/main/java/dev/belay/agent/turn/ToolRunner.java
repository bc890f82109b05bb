package dev.belay.agent.turn;

import dev.belay.agent.model.Message;
import dev.belay.agent.model.Message.Block;
import dev.belay.agent.output.OutputSchema;
import dev.belay.agent.permission.PermissionGate;
import dev.belay.agent.permission.PermissionGate.Passage;
import dev.belay.agent.subagent.Task;
import dev.belay.agent.tool.Tool;
import dev.belay.agent.tool.ToolInput;
import dev.belay.agent.tool.ToolInputCodec;
import dev.belay.agent.tool.ToolOutcome;
import dev.belay.api.BelayException;
import dev.belay.api.StorageException;
import dev.belay.api.event.EventDraft;
import dev.belay.api.event.ToolEvent;
import dev.belay.api.event.TurnStatus;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs the tool calls of one answer: those beside each other that may run at once, all others in order. Each result is an event,
 * durable before the next call or the next answer. */
final class ToolRunner {
    private static final Logger LOG = LoggerFactory.getLogger(ToolRunner.class);
    /** What the model is told of one result at most, in characters; tools cut their own output well below. */
    private static final int MAX_OUTPUT = 512 << 10;

    private static final String UNKNOWN =
            "The server stopped before the result was recorded; what the call did is unknown. Look before you do it again.";
    private static final String NOT_MADE_BY_DEAD = "The call was not made: the server stopped before it.";
    private static final String NOT_MADE = "The call was not made: the turn was stopped before it.";
    private static final ToolInputCodec INPUTS = new ToolInputCodec();

    private final TurnSetup setup;
    private final Optional<RequiredOutput> output;
    private final TurnLog log;
    private final InstantSource clock;
    private final PermissionGate gate;
    private final TurnControl control;
    private final SubagentRunner subagents;

    /** @param output the answer that the model has to give as if it called a tool */
    ToolRunner(
            TurnSetup setup,
            Optional<RequiredOutput> output,
            TurnLog log,
            InstantSource clock,
            PermissionGate gate,
            TurnControl control,
            SubagentRunner subagents) {
        this.gate = gate;
        this.subagents = subagents;
        this.control = control;
        this.setup = setup;
        this.output = output;
        this.log = log;
        this.clock = clock;
    }

    /**
     * The results in the order of the calls. A stop in the middle still leaves one result event for each call, except where the next process
     * goes on with them.
     */
    List<Message.ToolResult> run(List<Block.ToolUse> calls) throws InterruptedException {
        List<Message.ToolResult> results = new ArrayList<>(calls.size());
        int next = 0;
        while (next < calls.size()) {
            int end = next + 1;
            while (end < calls.size() && together(calls.get(end - 1), calls.get(end))) {
                end++;
            }
            try {
                results.addAll(
                        end - next == 1
                                ? List.of(runOne(calls.get(next), end == calls.size()))
                                : runTogether(calls.subList(next, end)));
            } catch (InterruptedException e) {
                if (control.suspended()) {
                    throw e;
                }
                long now = clock.millis();
                calls.subList(end, calls.size()).forEach(call -> record(call, ToolOutcome.error(NOT_MADE), now, false));
                throw e;
            }
            next = end;
        }
        return results;
    }

    /**
     * The results of calls that an earlier process may have begun. One that changes things and has no recorded result was perhaps made, so it
     * is not made again, unless it still waited for leave. Those that run at once with it may have been begun, too; those after them were not,
     * and what asked for them counted on it.
     *
     * @param known the results that are recorded, by the call's id
     */
    List<Message.ToolResult> finish(List<Block.ToolUse> calls, Map<String, Message.ToolResult> known)
            throws InterruptedException {
        List<Message.ToolResult> results = new ArrayList<>(calls.size());
        boolean lost = false;
        boolean begun = true;
        for (int i = 0; i < calls.size(); i++) {
            Block.ToolUse call = calls.get(i);
            begun &= !lost || together(calls.get(i - 1), call);
            Message.ToolResult recorded = known.get(call.id());
            if (recorded != null) {
                results.add(recorded);
            } else if (!begun) {
                results.add(record(call, ToolOutcome.error(NOT_MADE_BY_DEAD), clock.millis(), false));
            } else if (readsOnly(call) || gate.notMade(call.id())) {
                results.add(runOne(call, false));
            } else {
                lost = true;
                results.add(record(call, ToolOutcome.error(UNKNOWN), clock.millis(), false));
            }
        }
        return results;
    }

    private boolean readsOnly(Block.ToolUse call) {
        return setup.toolbox().find(call.tool()).map(Tool::readsOnly).orElse(true);
    }

    /** Whether two calls that follow each other run at once. */
    private boolean together(Block.ToolUse one, Block.ToolUse next) {
        return parallel(one) && parallel(next);
    }

    private boolean parallel(Block.ToolUse call) {
        return setup.toolbox().find(call.tool()).map(Tool::parallel).orElse(true);
    }

    private List<Message.ToolResult> runTogether(List<Block.ToolUse> calls) throws InterruptedException {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Message.ToolResult>> running = new ArrayList<>();
            for (Block.ToolUse call : calls) {
                running.add(threads.submit(() -> runOne(call, false)));
            }
            List<Message.ToolResult> results = new ArrayList<>();
            try {
                for (Future<Message.ToolResult> one : running) {
                    results.add(one.get());
                }
            } catch (InterruptedException e) {
                threads.shutdownNow();
                throw e;
            } catch (ExecutionException e) {
                threads.shutdownNow();
                switch (e.getCause()) {
                    case RuntimeException cause -> throw cause;
                    case InterruptedException cause -> throw cause;
                    case null, default -> throw new IllegalStateException(e);
                }
            }
            return results;
        }
    }

    /** @param last whether no call comes after it: then its result is stored with whatever does */
    private Message.ToolResult runOne(Block.ToolUse call, boolean last) throws InterruptedException {
        Optional<Tool> tool = setup.toolbox().find(call.tool());
        return switch (stoppedBefore(call, last, () -> tool.isEmpty() ? unknown(call) : passage(call, tool.get()))) {
            case Passage.Settled(ToolOutcome outcome) -> record(call, outcome, clock.millis(), last);
            case Passage.Ended(ToolOutcome outcome) -> {
                record(call, outcome, clock.millis(), last);
                // Also what runs beside this call.
                control.stop(TurnStatus.INTERRUPTED);
                throw new InterruptedException("the answer to an ask ends the turn");
            }
            case Passage.Made(ToolInput input) -> make(call, tool.orElseThrow(), input, last);
        };
    }

    private interface Step<T> {
        T take() throws InterruptedException;
    }

    private Passage stoppedBefore(Block.ToolUse call, boolean last, Step<Passage> step) throws InterruptedException {
        try {
            return guarded(call, step, Passage.Settled::new);
        } catch (InterruptedException e) {
            if (!control.suspended()) {
                record(call, ToolOutcome.error(NOT_MADE), clock.millis(), last);
            }
            throw e;
        }
    }

    /** Whether the call may be made. */
    private Passage passage(Block.ToolUse call, Tool tool) throws InterruptedException {
        return switch (INPUTS.parse(tool, call.input())) {
            case ToolInputCodec.Parsed.Invalid(String text) -> new Passage.Settled(ToolOutcome.error(text));
            case ToolInputCodec.Parsed.Valid(var input) ->
                gate.pass(new ToolEvent.Call(call.id(), call.tool(), call.input()), tool, input, setup.context());
        };
    }

    private Passage unknown(Block.ToolUse call) {
        return new Passage.Settled(
                output.isPresent() && call.tool().equals(OutputSchema.TOOL)
                        ? output.get().take(call.input())
                        : ToolOutcome.error("There is no tool \"" + call.tool() + "\" here. The tools are: "
                                + String.join(", ", setup.toolbox().names()) + "."));
    }

    private Message.ToolResult make(Block.ToolUse call, Tool tool, ToolInput input, boolean last)
            throws InterruptedException {
        long started = clock.millis();
        ToolOutcome outcome;
        try {
            outcome = guarded(
                    call,
                    () -> tool instanceof Task ? subagents.run(call.id(), input) : tool.call(input, setup.context()),
                    made -> made);
        } catch (InterruptedException e) {
            record(
                    call,
                    ToolOutcome.error("The call was interrupted before it finished; what it did so far is unknown."),
                    started,
                    last);
            throw e;
        }
        return record(call, outcome, started, last);
    }

    /** @param told makes a failure that the model is told of what the step would have given */
    private <T> T guarded(Block.ToolUse call, Step<T> step, Function<ToolOutcome, T> told) throws InterruptedException {
        try {
            return step.take();
        } catch (StorageException e) {
            throw e;
        } catch (BelayException e) {
            if (Thread.interrupted()) {
                // What was under way when the stop came has failed because of it.
                throw new InterruptedException();
            }
            return told.apply(ToolOutcome.error(e.text()));
        } catch (RuntimeException | StackOverflowError e) {
            LOG.error("the tool {} failed", call.tool(), e);
            return told.apply(ToolOutcome.error(
                    "The tool failed for a reason inside of Belay; it is in the server's log. Try another way."));
        }
    }

    private Message.ToolResult record(Block.ToolUse call, ToolOutcome outcome, long started, boolean hold) {
        String output = outcome.output();
        long cut = outcome.truncatedBytes();
        if (output.length() > MAX_OUTPUT) {
            cut += output.length() - MAX_OUTPUT;
            int end = Character.isHighSurrogate(output.charAt(MAX_OUTPUT - 1)) ? MAX_OUTPUT - 1 : MAX_OUTPUT;
            output = output.substring(0, end) + "\n[... " + (output.length() - end) + " characters cut ...]";
        }
        List<EventDraft> result = List.of(log.draft(new ToolEvent.Result(
                call.id(),
                call.tool(),
                output,
                outcome.error(),
                clock.millis() - started,
                cut,
                outcome.attachments())));
        var stored = (ToolEvent.Result) (hold ? log.hold(result) : log.append(result)).getFirst();
        return new Message.ToolResult(stored.id(), stored.output(), stored.error(), stored.attachments());
    }
}
