package dev.belay.agent.anthropic;

import com.anthropic.client.AnthropicClient;
import com.anthropic.core.http.StreamResponse;
import com.anthropic.errors.AnthropicException;
import com.anthropic.errors.AnthropicServiceException;
import com.anthropic.models.messages.RawMessageStreamEvent;
import dev.belay.agent.model.ModelAnswer;
import dev.belay.agent.model.ModelClient;
import dev.belay.agent.model.ModelException;
import dev.belay.agent.model.ModelListener;
import dev.belay.agent.model.ModelRequest;
import dev.belay.agent.model.ProviderFailure;
import dev.belay.agent.model.StreamedAnswer;
import dev.belay.agent.model.catalogue.Endpoint;
import dev.belay.agent.model.catalogue.PricedModel;
import dev.belay.api.Money;
import java.io.UncheckedIOException;
import java.time.InstantSource;
import java.util.Iterator;
import java.util.Optional;
import java.util.function.Supplier;

/** Calls one model. The reading happens in the calling thread; interrupting that closes the connection. */
final class MessagesClient implements ModelClient {
    private final Supplier<AnthropicClient> client;
    private final Endpoint endpoint;
    private final PricedModel model;
    private final InstantSource clock;

    MessagesClient(Supplier<AnthropicClient> client, Endpoint endpoint, PricedModel model, InstantSource clock) {
        this.client = client;
        this.endpoint = endpoint;
        this.model = model;
        this.clock = clock;
    }

    @Override
    public ModelAnswer ask(ModelRequest request, ModelListener listener) throws ModelException, InterruptedException {
        StreamedAnswer answer = new StreamedAnswer(listener);
        MessageReader reader = new MessageReader(answer);
        Optional<RuntimeException> failure = read(request, reader);
        if (Thread.interrupted()) {
            answer.abandon();
            throw new InterruptedException();
        }
        if (!reader.complete()) {
            answer.abandon();
            throw failure.map(e -> failure(e, reader)).orElseGet(() -> ProviderFailure.incomplete(endpoint.provider()));
        }
        answer.complete();
        return new ModelAnswer(reader.usage(), model.cost(reader.countedUsage()), reader.stopReason());
    }

    private Optional<RuntimeException> read(ModelRequest request, MessageReader reader) {
        try (StreamResponse<RawMessageStreamEvent> stream =
                client.get().messages().createStreaming(MessagesCodec.params(request, model.maxOutputTokens()))) {
            Iterator<RawMessageStreamEvent> events = stream.stream().iterator();
            while (!reader.complete() && events.hasNext()) {
                reader.read(events.next());
            }
            return Optional.empty();
        } catch (AnthropicException | UncheckedIOException | IllegalStateException e) {
            return Optional.of(e);
        }
    }

    private ModelException failure(RuntimeException e, MessageReader reader) {
        if (e instanceof AnthropicServiceException refused) {
            int status = refused.statusCode() < 400 ? MessagesCodec.status(refused.body()) : refused.statusCode();
            return ProviderFailure.refused(
                    endpoint.provider(),
                    status,
                    MessagesCodec.message(refused.body()),
                    refused.headers().values("retry-after").stream().findFirst(),
                    clock.instant());
        }
        return ProviderFailure.broken(endpoint.provider(), e, reader.begun(), endpoint.idle(), endpoint.total());
    }

    @Override
    public Optional<Money> worstCase(ModelRequest request) {
        return model.worstCase(request);
    }
}
