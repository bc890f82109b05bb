package dev.belay.agent.openai;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.Timeout;
import dev.belay.agent.model.ModelProvider;
import dev.belay.agent.model.catalogue.Endpoint;
import dev.belay.agent.model.catalogue.PricedModel;
import dev.belay.agent.model.wire.Wire;
import dev.belay.agent.model.wire.WireClient;
import dev.belay.agent.model.wire.WireProvider;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** OpenAI, or an endpoint that speaks as it does. The vendor's client is made with the first call, for all of its models. */
public final class OpenAiProvider {
    private static final Duration CONNECT = Duration.ofSeconds(30);

    private final Endpoint endpoint;
    private @Nullable OpenAIClient client;

    private OpenAiProvider(Endpoint endpoint) {
        this.endpoint = endpoint;
    }

    /**
     * The provider at an endpoint.
     *
     * @param endpoint its base URL up to, and without, {@code /chat/completions} or {@code /responses}
     * @param responses which of its models are asked over Responses, by name; all others are over Chat Completions
     * @param prices what is known of a model of this provider
     */
    public static ModelProvider at(
            Endpoint endpoint,
            Predicate<String> responses,
            Optional<String> defaultModel,
            Function<String, PricedModel> prices,
            InstantSource clock) {
        OpenAiProvider provider = new OpenAiProvider(endpoint);
        return new WireProvider(endpoint, defaultModel, name -> {
            PricedModel model = prices.apply(name);
            Wire wire = responses.test(name)
                    ? new ResponsesWire(provider::connected, model)
                    : new ChatWire(provider::connected, model);
            return new WireClient(endpoint, model, clock, wire);
        });
    }

    private synchronized OpenAIClient connected() {
        if (client == null) {
            client = OpenAIOkHttpClient.builder()
                    .baseUrl(endpoint.baseUrl())
                    .apiKey(endpoint.keyOrNone())
                    .maxRetries(0)
                    .timeout(Timeout.builder()
                            .connect(CONNECT)
                            .read(endpoint.idle())
                            .write(endpoint.idle())
                            .request(endpoint.total())
                            .build())
                    .build();
        }
        return client;
    }
}
