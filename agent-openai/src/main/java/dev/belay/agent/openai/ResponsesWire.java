package dev.belay.agent.openai;

import com.openai.client.OpenAIClient;
import com.openai.core.http.StreamResponse;
import com.openai.models.responses.ResponseStreamEvent;
import dev.belay.agent.model.ModelRequest;
import dev.belay.agent.model.catalogue.PricedModel;
import dev.belay.agent.model.wire.StreamedAnswer;
import dev.belay.agent.model.wire.Wire;
import java.util.Iterator;
import java.util.function.Supplier;

/** OpenAI Responses, of which the provider is to store nothing. */
final class ResponsesWire implements Wire {
    private final Supplier<OpenAIClient> client;
    private final PricedModel model;

    ResponsesWire(Supplier<OpenAIClient> client, PricedModel model) {
        this.client = client;
        this.model = model;
    }

    @Override
    public void ask(ModelRequest request, StreamedAnswer answer) throws Failed {
        ResponseReader reader = new ResponseReader(answer);
        try (StreamResponse<ResponseStreamEvent> stream =
                client.get().responses().createStreaming(ResponsesCodec.params(request, model))) {
            Iterator<ResponseStreamEvent> events = stream.stream().iterator();
            while (!reader.complete() && events.hasNext()) {
                reader.read(events.next());
            }
        } catch (RuntimeException e) {
            throw VendorErrors.failed(e);
        }
    }
}
