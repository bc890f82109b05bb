package dev.belay.agent.anthropic;

import com.anthropic.client.AnthropicClient;
import com.anthropic.client.okhttp.AnthropicOkHttpClient;
import com.anthropic.core.Timeout;
import dev.belay.agent.model.ModelClient;
import dev.belay.agent.model.ModelProvider;
import dev.belay.agent.model.catalogue.Endpoint;
import dev.belay.agent.model.catalogue.PricedModel;
import dev.belay.api.InvalidRequestException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Anthropic, or an endpoint that speaks as it does. The vendor's client is made with the first call, for all of its models. */
public final class AnthropicProvider implements ModelProvider {
    private static final Duration CONNECT = Duration.ofSeconds(30);

    private final Endpoint endpoint;
    private final Optional<String> defaultModel;
    private final Function<String, PricedModel> prices;
    private final InstantSource clock;
    private @Nullable AnthropicClient client;

    /**
     * @param endpoint its base URL with or without a last {@code /v1}
     * @param prices what is known of a model of this provider
     */
    public AnthropicProvider(
            Endpoint endpoint,
            Optional<String> defaultModel,
            Function<String, PricedModel> prices,
            InstantSource clock) {
        this.endpoint = endpoint;
        this.defaultModel = defaultModel;
        this.prices = prices;
        this.clock = clock;
    }

    @Override
    public String name() {
        return endpoint.provider();
    }

    @Override
    public String source() {
        return endpoint.provider();
    }

    @Override
    public Optional<String> defaultModel() {
        return defaultModel;
    }

    @Override
    public ModelClient client(String model) {
        if (model.isBlank()) {
            throw new InvalidRequestException("model", "name a model, as " + name() + ":MODEL");
        }
        return new MessagesClient(this::connected, endpoint, prices.apply(model), clock);
    }

    private synchronized AnthropicClient connected() {
        if (client == null) {
            client = AnthropicOkHttpClient.builder()
                    .baseUrl(
                            endpoint.baseUrl().endsWith("/v1")
                                    ? endpoint.baseUrl()
                                            .substring(0, endpoint.baseUrl().length() - "/v1".length())
                                    : endpoint.baseUrl())
                    .apiKey(
                            endpoint.key().value().isEmpty()
                                    ? "none"
                                    : endpoint.key().value())
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
