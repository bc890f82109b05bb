package dev.belay.agent.openai;

import com.openai.client.OpenAIClient;
import com.openai.core.http.StreamResponse;
import com.openai.models.chat.completions.ChatCompletionChunk;
import dev.belay.agent.model.ModelRequest;
import dev.belay.agent.model.catalogue.PricedModel;
import dev.belay.agent.model.wire.StreamedAnswer;
import dev.belay.agent.model.wire.Wire;
import java.util.function.Supplier;

/** OpenAI Chat Completions. */
final class ChatWire implements Wire {
    private final Supplier<OpenAIClient> client;
    private final PricedModel model;

    ChatWire(Supplier<OpenAIClient> client, PricedModel model) {
        this.client = client;
        this.model = model;
    }

    /** Reads to the end of the stream: the counts come after the reason to stop. */
    @Override
    public void ask(ModelRequest request, StreamedAnswer answer) throws Failed {
        ChunkReader reader = new ChunkReader(answer);
        try (StreamResponse<ChatCompletionChunk> stream =
                client.get().chat().completions().createStreaming(ChatCodec.params(request, model))) {
            stream.stream().forEach(reader::read);
        } catch (RuntimeException e) {
            throw VendorErrors.failed(e);
        }
    }
}
