package dev.belay.agent.model.wire;

import dev.belay.agent.model.ModelAnswer;
import dev.belay.agent.model.ModelClient;
import dev.belay.agent.model.ModelException;
import dev.belay.agent.model.ModelListener;
import dev.belay.agent.model.ModelRequest;
import dev.belay.agent.model.catalogue.Endpoint;
import dev.belay.agent.model.catalogue.PricedModel;
import dev.belay.api.Money;
import dev.belay.api.Usage;
import java.time.InstantSource;
import java.util.Optional;
import java.util.OptionalInt;

/** Calls one model over a wire. An answer without its end is an error; what had come of it is kept as text. */
public final class WireClient implements ModelClient {
    private final Endpoint endpoint;
    private final PricedModel model;
    private final InstantSource clock;
    private final Wire wire;

    public WireClient(Endpoint endpoint, PricedModel model, InstantSource clock, Wire wire) {
        this.endpoint = endpoint;
        this.model = model;
        this.clock = clock;
        this.wire = wire;
    }

    @Override
    public ModelAnswer ask(ModelRequest request, ModelListener listener) throws ModelException, InterruptedException {
        StreamedAnswer answer = new StreamedAnswer(listener);
        Optional<Wire.Failed> failure = read(request, answer);
        if (Thread.interrupted()) {
            answer.abandon();
            count(answer, failure, listener);
            throw new InterruptedException();
        }
        if (answer.stopReason().isEmpty()) {
            answer.abandon();
            count(answer, failure, listener);
            throw failure.map(failed -> told(failed, answer))
                    .orElseGet(() -> ProviderFailure.incomplete(endpoint.provider()));
        }
        // What fails after the reason to stop takes nothing away but the counts.
        answer.complete();
        return new ModelAnswer(
                answer.usage().orElse(Usage.NONE),
                model.cost(answer.usage()),
                answer.stopReason().get());
    }

    /** What an answer cost that did not come to its end: providers bill what they did of it, and some say at the beginning what they read. */
    private void count(StreamedAnswer answer, Optional<Wire.Failed> failure, ModelListener listener) {
        if (answer.usage().isPresent()) {
            listener.counted(
                    answer.usage().get(), model.costSoFar(answer.usage().get(), true));
        } else if (answer.begun() || failure.map(Wire.Failed::mayHaveBeenHeard).orElse(true)) {
            listener.counted(answer.countedAtFirst(), model.costSoFar(answer.countedAtFirst(), false));
        }
    }

    private Optional<Wire.Failed> read(ModelRequest request, StreamedAnswer answer) {
        try {
            wire.ask(request, answer);
            return Optional.empty();
        } catch (Wire.Failed e) {
            return Optional.of(e);
        }
    }

    private ModelException told(Wire.Failed failed, StreamedAnswer answer) {
        return failed.refusal()
                .map(refusal -> ProviderFailure.refused(
                        endpoint.provider(),
                        refusal.status(),
                        refusal.message(),
                        refusal.retryAfter(),
                        clock.instant()))
                .orElseGet(() -> ProviderFailure.broken(
                        endpoint.provider(), failed, answer.begun(), endpoint.idle(), endpoint.total()));
    }

    @Override
    public Optional<Money> worstCase(ModelRequest request) {
        return model.worstCase(request);
    }

    @Override
    public OptionalInt contextTokens() {
        return model.contextTokens();
    }
}
