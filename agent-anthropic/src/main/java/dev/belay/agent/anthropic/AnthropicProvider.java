package dev.belay.agent.anthropic;

import com.anthropic.client.AnthropicClient;
import com.anthropic.client.okhttp.AnthropicOkHttpClient;
import com.anthropic.core.Timeout;
import dev.belay.agent.model.ModelProvider;
import dev.belay.agent.model.catalogue.Endpoint;
import dev.belay.agent.model.catalogue.PricedModel;
import dev.belay.agent.model.wire.WireClient;
import dev.belay.agent.model.wire.WireProvider;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Anthropic, or an endpoint that speaks as it does. The vendor's client is made with the first call, for all of its models. */
public final class AnthropicProvider {
    private static final Duration CONNECT = Duration.ofSeconds(30);

    private final Endpoint endpoint;
    private @Nullable AnthropicClient client;

    private AnthropicProvider(Endpoint endpoint) {
        this.endpoint = endpoint;
    }

    /**
     * The provider at an endpoint.
     *
     * @param endpoint its base URL with or without a last {@code /v1}
     * @param prices what is known of a model of this provider
     */
    public static ModelProvider at(
            Endpoint endpoint,
            Optional<String> defaultModel,
            Function<String, PricedModel> prices,
            InstantSource clock) {
        AnthropicProvider provider = new AnthropicProvider(endpoint);
        return new WireProvider(endpoint, defaultModel, name -> {
            PricedModel model = prices.apply(name);
            return new WireClient(endpoint, model, clock, new MessagesWire(provider::connected, model));
        });
    }

    private synchronized AnthropicClient connected() {
        if (client == null) {
            String url = endpoint.baseUrl();
            client = AnthropicOkHttpClient.builder()
                    .baseUrl(url.endsWith("/v1") ? url.substring(0, url.length() - "/v1".length()) : url)
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
