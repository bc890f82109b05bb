package dev.belay.agent.anthropic;

import com.anthropic.client.AnthropicClient;
import com.anthropic.core.http.StreamResponse;
import com.anthropic.errors.AnthropicException;
import com.anthropic.errors.AnthropicServiceException;
import com.anthropic.models.messages.RawMessageStreamEvent;
import dev.belay.agent.model.ModelRequest;
import dev.belay.agent.model.catalogue.PricedModel;
import dev.belay.agent.model.wire.StreamedAnswer;
import dev.belay.agent.model.wire.Wire;
import java.io.UncheckedIOException;
import java.util.Iterator;
import java.util.function.Supplier;

/** Anthropic Messages. */
final class MessagesWire implements Wire {
    private final Supplier<AnthropicClient> client;
    private final PricedModel model;

    MessagesWire(Supplier<AnthropicClient> client, PricedModel model) {
        this.client = client;
        this.model = model;
    }

    @Override
    public void ask(ModelRequest request, StreamedAnswer answer) throws Failed {
        MessageReader reader = new MessageReader(answer);
        try (StreamResponse<RawMessageStreamEvent> stream =
                client.get().messages().createStreaming(MessagesCodec.params(request, model))) {
            Iterator<RawMessageStreamEvent> events = stream.stream().iterator();
            while (!reader.complete() && events.hasNext()) {
                reader.read(events.next());
            }
        } catch (AnthropicServiceException e) {
            throw Failed.refused(
                    new Refusal(
                            e.statusCode() < 400 ? MessagesCodec.status(e.body()) : e.statusCode(),
                            MessagesCodec.message(e.body()),
                            e.headers().values("retry-after").stream().findFirst()),
                    e);
        } catch (AnthropicException | UncheckedIOException | IllegalStateException e) {
            throw Failed.broken(e);
        }
    }
}
