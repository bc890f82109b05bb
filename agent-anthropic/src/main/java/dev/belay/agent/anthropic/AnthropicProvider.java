package dev.belay.agent.anthropic;

import com.anthropic.client.AnthropicClient;
import com.anthropic.client.okhttp.AnthropicOkHttpClient;
import com.anthropic.core.Timeout;
import dev.belay.agent.model.ModelProvider;
import dev.belay.agent.model.catalogue.Endpoint;
import dev.belay.agent.model.catalogue.PricedModel;
import dev.belay.agent.model.wire.Rehearsal;
import dev.belay.agent.model.wire.WireClient;
import dev.belay.agent.model.wire.WireProvider;
import dev.belay.api.Secret;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Anthropic, or an endpoint that speaks as it does. The vendor's client is made with the first call, for all of its models. */
public final class AnthropicProvider {
    private static final Duration CONNECT = Duration.ofSeconds(30);

    /** An answer as this wire carries it. */
    private static final String REHEARSAL = """
        event: message_start
        data: {"type":"message_start","message":{"id":"m","type":"message","role":"assistant","model":"m","content":[],\
        "stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":1,"output_tokens":1}}}

        event: content_block_start
        data: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}

        event: content_block_delta
        data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hello."}}

        event: content_block_stop
        data: {"type":"content_block_stop","index":0}

        event: message_delta
        data: {"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":1}}

        event: message_stop
        data: {"type":"message_stop"}

        """;

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
        return new WireProvider(
                endpoint,
                defaultModel,
                (name, key) -> {
                    PricedModel model = prices.apply(name);
                    return new WireClient(
                            endpoint, model, clock, new MessagesWire(() -> provider.connected(key), model));
                },
                () -> Rehearsal.play(
                        endpoint.provider(),
                        stage -> at(stage, defaultModel, _ -> PricedModel.UNKNOWN, clock),
                        "rehearsal",
                        REHEARSAL));
    }

    /** Another key shares the connections, and nothing else. */
    private AnthropicClient connected(Secret key) {
        AnthropicClient own = connected();
        return key.equals(endpoint.key())
                ? own
                : own.withOptions(options -> options.replaceHeaders("X-Api-Key", key.value()));
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
