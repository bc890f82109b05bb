package dev.belay.agent.turn;

import dev.belay.agent.budget.Budget.Outcome.Refused;
import dev.belay.agent.context.Conversation;
import dev.belay.agent.model.Message.Block;
import dev.belay.agent.model.ModelException;
import dev.belay.agent.permission.PermissionGate;
import dev.belay.api.BelayException;
import dev.belay.api.event.MessageEvent;
import dev.belay.api.event.TurnError;
import dev.belay.api.event.TurnEvent;
import dev.belay.api.event.TurnStatus;
import dev.belay.eventlog.EventLog;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One turn: asks the model, runs the tools it asks for, and again, until it stops or a limit does. Every answer and every result is durable
 * before the next step. For one thread, which a stop interrupts.
 */
public final class Turn {
    /** What is told of a failure that is ours. */
    public static final TurnError INTERNAL =
            new TurnError("internal", "the turn failed for a reason inside of Belay; it is in the server's log");

    private static final Logger LOG = LoggerFactory.getLogger(Turn.class);

    private final TurnSetup setup;
    private final TurnControl control;
    private final InstantSource clock;
    private final ModelCaller model;
    private final Optional<RequiredOutput> output;
    private final PermissionGate gate;
    private final ToolRunner tools;
    private final SubagentRunner subagents;
    private final TurnLog log;
    private final Conversation conversation;
    private int modelCalls;
    private String lastText;
    private String stopReason = "";

    public Turn(TurnSetup setup, TurnControl control, EventLog log, InstantSource clock, RandomGenerator random) {
        this.setup = setup;
        this.control = control;
        this.clock = clock;
        this.log = new TurnLog(log, setup);
        this.conversation = setup.conversation();
        this.modelCalls = setup.progress().modelCalls();
        this.lastText = setup.progress().text();
        this.model = new ModelCaller(setup, this.log, clock, random);
        this.output = setup.output().map(RequiredOutput::new);
        this.gate =
                new PermissionGate(setup.permissions(), setup.scope(), setup.stream(), this.log, control::suspended);
        this.subagents = new SubagentRunner(setup, control, log, clock, random);
        this.tools = new ToolRunner(setup, output, this.log, clock, gate, control, subagents);
    }

    /** Runs to the end and says how it ended; the caller makes that the turn's last event. Never throws what belongs into that event. */
    public TurnEvent.Finished run() {
        long started = clock.millis();
        control.begin();
        Ending ending;
        try {
            ending = loop();
        } catch (InterruptedException e) {
            ending = new Ending(control.stopped().orElse(TurnStatus.INTERRUPTED), Optional.empty());
        } catch (ModelException e) {
            ending = failed(new TurnError(e.code(), e.text(), e.httpStatus()));
        } catch (BelayException e) {
            ending = failed(new TurnError(e.code(), e.text()));
        } catch (RuntimeException | Error e) {
            LOG.error("the turn {} failed", setup.turn(), e);
            ending = failed(INTERNAL);
        } finally {
            control.end();
        }
        return new TurnEvent.Finished(
                ending.status(),
                lastText,
                modelCalls,
                setup.budget().spent(),
                model.usage().plus(subagents.usage()),
                setup.progress().elapsedMillis() + clock.millis() - started,
                model.modelName(),
                stopReason,
                ending.error(),
                output.flatMap(RequiredOutput::accepted),
                gate.denials(),
                setup.progress().subagentCalls() + subagents.modelCalls());
    }

    /** What is to be stored before the turn's last event, in one unit with it. */
    public Optional<EventLog.Append> last() {
        return log.held();
    }

    private record Ending(TurnStatus status, Optional<TurnError> error) {}

    private static Ending failed(TurnError error) {
        return new Ending(TurnStatus.ERROR, Optional.of(error));
    }

    private Ending loop() throws InterruptedException {
        finishOpenCalls();
        new RoomMaker(setup, log, model).make();
        while (true) {
            if (control.stopped().isPresent()) {
                throw new InterruptedException();
            }
            if (modelCalls == setup.maxModelCalls()) {
                return limited(
                        TurnStatus.MAX_TURNS,
                        "the model was called " + modelCalls
                                + " times, as often as max_turns allows, and did not come to an end");
            }
            deliverSteers();
            Optional<Refused> refused = model.reserve();
            if (refused.isPresent()) {
                return tooDear(refused.get());
            }
            modelCalls++;
            Optional<Ending> ending;
            try {
                ending = goOn(model.ask());
            } catch (ModelCaller.TooDearException e) {
                return tooDear(e.refused());
            }
            if (ending.isPresent() && (ending.get().status() != TurnStatus.SUCCESS || control.endListening())) {
                return ending.get();
            }
        }
    }

    /** An earlier process may have ended between the calls of an answer and their results. */
    private void finishOpenCalls() throws InterruptedException {
        List<Block.ToolUse> open = conversation.openCalls();
        if (!open.isEmpty()) {
            conversation.resulted(tools.finish(open, conversation.knownResults()));
        }
    }

    private void deliverSteers() {
        List<String> steers = control.takeSteers();
        if (!steers.isEmpty()) {
            log.append(new MessageEvent.Steered(steers.size()));
            steers.forEach(conversation::told);
        }
    }

    /** Does what the model asks for; empty if it is to be asked again. */
    private Optional<Ending> goOn(ModelCaller.Answer answer) throws InterruptedException {
        stopReason = answer.stopReason();
        conversation.answered(answer.blocks());
        List<Block.ToolUse> calls = new ArrayList<>();
        String said = "";
        for (Block block : answer.blocks()) {
            switch (block) {
                case Block.Text(String text) -> said = text;
                case Block.ToolUse use -> calls.add(use);
                case Block.Thinking _ -> {}
            }
        }
        lastText = said.isEmpty() ? lastText : said;
        if (!calls.isEmpty()) {
            conversation.resulted(tools.run(calls));
        } else if (stoppedShort().isPresent()) {
            return stoppedShort().map(Turn::failed);
        } else {
            Optional<String> reminder = remind(said);
            if (reminder.isEmpty()) {
                return Optional.of(new Ending(TurnStatus.SUCCESS, Optional.empty()));
            }
            conversation.told(reminder.get());
        }
        if (output.flatMap(RequiredOutput::accepted).isPresent()) {
            return Optional.of(new Ending(TurnStatus.SUCCESS, Optional.empty()));
        }
        return output.flatMap(RequiredOutput::failed).map(Turn::failed);
    }

    /** Why a last answer is none, though it came to its end. */
    private Optional<TurnError> stoppedShort() {
        return switch (stopReason) {
            case "max_tokens" ->
                Optional.of(new TurnError(
                        "max_tokens",
                        "the model's answer is as long as it may be and was cut there; what came is kept"));
            case "refusal" -> Optional.of(new TurnError("refusal", "the model refused to answer"));
            default -> Optional.empty();
        };
    }

    /** What the model is told that ended without the answer it has to give; an event before it leaves, like all it is told. */
    private Optional<String> remind(String said) {
        return output.flatMap(required -> required.reminder(said)).map(reminder -> {
            log.append(new MessageEvent.Reminder(reminder));
            return reminder;
        });
    }

    private static Ending tooDear(Refused refused) {
        return refused.unpriced()
                ? failed(new TurnError("no_price", refused.why()))
                : limited(TurnStatus.BUDGET_EXCEEDED, refused.why());
    }

    private static Ending limited(TurnStatus status, String text) {
        return new Ending(status, Optional.of(new TurnError(status.word(), text)));
    }
}
