package dev.belay.agent.openai;

import com.openai.client.OpenAIClient;
import com.openai.core.http.StreamResponse;
import com.openai.errors.OpenAIException;
import com.openai.errors.OpenAIServiceException;
import com.openai.models.chat.completions.ChatCompletionChunk;
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
import dev.belay.api.Usage;
import java.io.UncheckedIOException;
import java.time.InstantSource;
import java.util.Iterator;
import java.util.Optional;
import java.util.function.Supplier;

/** Calls one model. The reading happens in the calling thread; interrupting that closes the connection. */
final class ChatClient implements ModelClient {
    private final Supplier<OpenAIClient> client;
    private final Endpoint endpoint;
    private final PricedModel model;
    private final InstantSource clock;

    ChatClient(Supplier<OpenAIClient> client, Endpoint endpoint, PricedModel model, InstantSource clock) {
        this.client = client;
        this.endpoint = endpoint;
        this.model = model;
        this.clock = clock;
    }

    @Override
    public ModelAnswer ask(ModelRequest request, ModelListener listener) throws ModelException, InterruptedException {
        StreamedAnswer answer = new StreamedAnswer(listener);
        ChunkReader reader = new ChunkReader(answer);
        Optional<RuntimeException> failure = read(request, reader);
        if (Thread.interrupted()) {
            answer.abandon();
            throw new InterruptedException();
        }
        if (!reader.complete()) {
            answer.abandon();
            throw failure.map(e -> failure(e, reader)).orElseGet(() -> ProviderFailure.incomplete(endpoint.provider()));
        }
        // What fails after the reason to stop takes nothing away but the counts.
        answer.complete();
        return new ModelAnswer(reader.usage().orElse(Usage.NONE), model.cost(reader.usage()), reader.stopReason());
    }

    private Optional<RuntimeException> read(ModelRequest request, ChunkReader reader) {
        try (StreamResponse<ChatCompletionChunk> stream =
                client.get().chat().completions().createStreaming(ChatCodec.params(request, model.maxOutputTokens()))) {
            Iterator<ChatCompletionChunk> chunks = stream.stream().iterator();
            while (chunks.hasNext()) {
                reader.read(chunks.next());
            }
            return Optional.empty();
        } catch (OpenAIException | UncheckedIOException | IllegalStateException e) {
            return Optional.of(e);
        }
    }

    private ModelException failure(RuntimeException e, ChunkReader reader) {
        if (e instanceof OpenAIServiceException refused) {
            int status = refused.statusCode() < 400 ? ChatCodec.status(refused.body()) : refused.statusCode();
            return ProviderFailure.refused(
                    endpoint.provider(),
                    status,
                    ChatCodec.message(refused.body()),
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
