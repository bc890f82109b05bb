package dev.belay.agent.turn;

import dev.belay.agent.budget.Budget.Outcome.Granted;
import dev.belay.agent.budget.Budget.Outcome.Refused;
import dev.belay.agent.budget.Reservation;
import dev.belay.agent.compaction.Summarizer;
import dev.belay.agent.context.Conversation;
import dev.belay.agent.model.Message;
import dev.belay.agent.model.ModelAnswer;
import dev.belay.agent.model.ModelException;
import dev.belay.agent.model.ModelRequest;
import dev.belay.agent.model.Models.Model;
import dev.belay.agent.output.OutputSchema;
import dev.belay.api.Cost;
import dev.belay.api.Money;
import dev.belay.api.Usage;
import dev.belay.api.event.ModelEvent;
import dev.belay.api.event.TurnError;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** Asks the model for one answer, as often as it takes: retries are the engine's, so that each is an event. When the
 * model cannot be had, the turn goes on with another, if there is one. For one turn. */
final class ModelCaller {
    private static final int MAX_ATTEMPTS = 5;
    private static final Duration FIRST_DELAY = Duration.ofMillis(500);
    private static final Duration LONGEST_DELAY = Duration.ofSeconds(30);

    private final TurnSetup setup;
    private final TurnLog log;
    private final InstantSource clock;
    private final RandomGenerator random;
    private Model model;
    private Optional<Model> fallback;
    private final Conversation conversation;
    private int attempts;
    private Usage usage;
    private @Nullable Reservation reservation;

    ModelCaller(TurnSetup setup, TurnLog log, InstantSource clock, RandomGenerator random) {
        this.setup = setup;
        this.log = log;
        this.clock = clock;
        this.random = random;
        this.model = setup.model();
        this.fallback = setup.fallback();
        this.conversation = setup.conversation();
        this.attempts = conversation.attempts();
        this.usage = setup.progress().usage();
    }

    /** The next call does not fit into the budget. */
    static final class TooDearException extends Exception {
        private static final long serialVersionUID = 1;
        private final transient Refused refused;

        TooDearException(Refused refused) {
            super(refused.why());
            this.refused = refused;
        }

        Refused refused() {
            return refused;
        }
    }

    /** What the model said, and why it stopped. */
    record Answer(List<Message.Block> blocks, String stopReason) {}

    /** Reserves what the next call can cost at most; why that is not possible, if it is not. */
    Optional<Refused> reserve() throws InterruptedException {
        return reserve(request());
    }

    private Optional<Refused> reserve(ModelRequest request) throws InterruptedException {
        Optional<Money> worstCase = model.client().worstCase(request);
        while (true) {
            switch (setup.budget().reserve(worstCase)) {
                case Granted(Reservation granted) -> {
                    reservation = granted;
                    return Optional.empty();
                }
                case Refused refused -> {
                    // Sub-agents beside each other take turns where their worst cases do not fit together.
                    if (setup.lineage().isEmpty() || refused.crowded().isEmpty()) {
                        return Optional.of(refused);
                    }
                    refused.crowded().get().awaitRoom(worstCase);
                }
            }
        }
    }

    /** The call was made, or will not be. */
    private void settle(Cost cost) {
        if (reservation != null) {
            reservation.settle(cost);
            reservation = null;
        }
    }

    Usage usage() {
        return usage;
    }

    /** The name of the model that is asked now. */
    String modelName() {
        return model.name();
    }

    /**
     * Asks for one answer to the conversation; the call is {@link #reserve}d.
     *
     * @throws TooDearException if an attempt failed and the next does not fit into the budget
     */
    Answer ask() throws InterruptedException, TooDearException {
        try {
            return tryToAsk();
        } finally {
            settle(Cost.NONE);
        }
    }

    private Answer tryToAsk() throws InterruptedException, TooDearException {
        for (int tries = 1; ; tries++) {
            AnswerRecorder recorder = new AnswerRecorder(log, setup.turn(), setup.deltas(), model.source());
            try {
                return attempt(request(), recorder);
            } catch (InterruptedException e) {
                giveUp(recorder);
                throw e;
            } catch (ModelException e) {
                giveUp(recorder);
                if (e.retryable() && tries < MAX_ATTEMPTS) {
                    Duration delay = e.retryAfter().orElse(backoff(tries));
                    log.append(new ModelEvent.Retried(model.name(), attempts, told(e), delay.toMillis()));
                    Thread.sleep(delay);
                } else {
                    fallBack(e);
                    tries = 0;
                }
                settle(Cost.NONE);
                Optional<Refused> refused = reserve();
                if (refused.isPresent()) {
                    throw new TooDearException(refused.get());
                }
            }
        }
    }

    /** How much the model that is asked now can be told at once, if that is known. */
    OptionalInt contextTokens() {
        return model.client().contextTokens();
    }

    /** Asks for a summary, once; empty if the model fails or the call does not fit into the budget. */
    Optional<String> summarize(Summarizer.Task task) throws InterruptedException {
        ModelRequest request = new ModelRequest(
                model.providersName(),
                task.instructions(),
                List.of(),
                List.of(new Message.User(task.transcript())),
                attempts);
        if (reserve(request).isPresent()) {
            return Optional.empty();
        }
        attempts++;
        log.announce(new ModelEvent.Requested(model.name(), attempts, 1));
        long started = clock.millis();
        SaidText said = new SaidText();
        try {
            ModelAnswer answer = model.client().ask(request, said);
            usage = usage.plus(answer.usage());
            settle(answer.cost());
            log.append(
                    new ModelEvent.Summarised(model.name(), answer.usage(), answer.cost(), clock.millis() - started));
            return Optional.of(said.text());
        } catch (ModelException e) {
            count(said.counted());
            return Optional.empty();
        } catch (InterruptedException e) {
            count(said.counted());
            throw e;
        } finally {
            settle(Cost.NONE);
        }
    }

    private Answer attempt(ModelRequest request, AnswerRecorder recorder) throws InterruptedException {
        attempts++;
        log.announce(new ModelEvent.Requested(
                model.name(), attempts, request.messages().size()));
        long started = clock.millis();
        ModelAnswer answer = model.client().ask(request, recorder);
        usage = usage.plus(answer.usage());
        settle(answer.cost());
        List<Message.Block> blocks = recorder.end(new ModelEvent.Answered(
                model.name(), answer.usage(), answer.cost(), answer.stopReason(), clock.millis() - started));
        return new Answer(blocks, answer.stopReason());
    }

    /** Keeps what came of an attempt that failed, and counts what its provider bills for it. */
    private void giveUp(AnswerRecorder recorder) {
        recorder.abandon();
        count(recorder.counted());
    }

    private void count(AnswerRecorder.Counted counted) {
        if (!counted.equals(AnswerRecorder.Counted.NOTHING)) {
            usage = usage.plus(counted.usage());
            settle(counted.cost());
            log.hold(List.of(
                    log.draft(new ModelEvent.Unfinished(model.name(), attempts, counted.usage(), counted.cost()))));
        }
    }

    /** Goes on with the other model, if there is one that was not asked yet and the first cannot be had; else throws what happened. */
    private void fallBack(ModelException e) {
        boolean unavailable = e.retryable() || e.code().equals(ModelException.MODEL_NOT_FOUND);
        if (fallback.isEmpty() || !unavailable) {
            throw e;
        }
        Model next = fallback.get();
        log.append(new ModelEvent.FellBack(model.name(), next.name(), told(e)));
        model = next;
        fallback = Optional.empty();
        conversation.asks(next.name());
    }

    private static TurnError told(ModelException e) {
        return new TurnError(e.code(), e.text(), e.httpStatus());
    }

    private Duration backoff(int tries) {
        long ceiling = Math.min(LONGEST_DELAY.toMillis(), FIRST_DELAY.toMillis() << (tries - 1));
        return Duration.ofMillis(ceiling / 2 + random.nextLong(ceiling / 2 + 1));
    }

    private ModelRequest request() {
        List<ModelRequest.ToolDefinition> tools =
                new ArrayList<>(setup.toolbox().definitions());
        setup.output().map(OutputSchema::definition).ifPresent(tools::add);
        return new ModelRequest(
                model.providersName(),
                setup.system(),
                tools,
                conversation.messages(),
                setup.lineage()
                        .map(lineage -> lineage.session(setup.stream().id()))
                        .orElse(setup.stream().id()),
                attempts);
    }
}
