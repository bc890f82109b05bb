package dev.belay.agent.turn;

import dev.belay.agent.budget.TurnBudget;
import dev.belay.agent.model.Message;
import dev.belay.agent.model.ModelAnswer;
import dev.belay.agent.model.ModelException;
import dev.belay.agent.model.ModelRequest;
import dev.belay.api.Usage;
import dev.belay.api.event.ModelEvent;
import dev.belay.api.event.TurnError;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.random.RandomGenerator;

/** Asks the model for one answer, as often as it takes: retries are the engine's, so that each is an event. For one turn. */
final class ModelCaller {
    private static final int MAX_ATTEMPTS = 5;
    private static final Duration FIRST_DELAY = Duration.ofMillis(500);
    private static final Duration LONGEST_DELAY = Duration.ofSeconds(30);

    private final TurnSetup setup;
    private final TurnLog log;
    private final TurnBudget budget;
    private final InstantSource clock;
    private final RandomGenerator random;
    private int attempts;
    private Usage usage = Usage.NONE;

    ModelCaller(TurnSetup setup, TurnLog log, TurnBudget budget, InstantSource clock, RandomGenerator random) {
        this.setup = setup;
        this.log = log;
        this.budget = budget;
        this.clock = clock;
        this.random = random;
    }

    /** What the model said, and why it stopped. */
    record Answer(List<Message.Block> blocks, String stopReason) {}

    /** Whether the next call still fits into the budget. */
    boolean affordable(List<Message> messages) {
        return budget.allows(setup.model().client().worstCase(request(messages)));
    }

    Usage usage() {
        return usage;
    }

    Answer ask(List<Message> messages) throws InterruptedException {
        for (int tries = 1; ; tries++) {
            ModelRequest request = request(messages);
            attempts++;
            log.announce(new ModelEvent.Requested(setup.model().name(), attempts, messages.size()));
            long started = clock.millis();
            AnswerRecorder recorder = new AnswerRecorder(
                    log, setup.turn(), setup.deltas(), setup.model().source());
            try {
                ModelAnswer answer = setup.model().client().ask(request, recorder);
                usage = usage.plus(answer.usage());
                budget.settle(answer.cost());
                List<Message.Block> blocks = recorder.end(new ModelEvent.Answered(
                        setup.model().name(),
                        answer.usage(),
                        answer.cost(),
                        answer.stopReason(),
                        clock.millis() - started));
                return new Answer(blocks, answer.stopReason());
            } catch (InterruptedException e) {
                recorder.abandon();
                throw e;
            } catch (ModelException e) {
                recorder.abandon();
                if (!e.retryable() || tries == MAX_ATTEMPTS) {
                    throw e;
                }
                Duration delay = e.retryAfter().orElse(backoff(tries));
                log.append(new ModelEvent.Retried(
                        setup.model().name(),
                        attempts,
                        new TurnError(e.code(), e.text(), e.httpStatus()),
                        delay.toMillis()));
                Thread.sleep(delay);
            }
        }
    }

    private Duration backoff(int tries) {
        long ceiling = Math.min(LONGEST_DELAY.toMillis(), FIRST_DELAY.toMillis() << (tries - 1));
        return Duration.ofMillis(ceiling / 2 + random.nextLong(ceiling / 2 + 1));
    }

    private ModelRequest request(List<Message> messages) {
        return new ModelRequest(
                setup.model().providersName(), setup.system(), setup.toolbox().definitions(), messages, attempts);
    }
}
