package dev.belay.agent.openai;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.Timeout;
import dev.belay.agent.model.ModelProvider;
import dev.belay.agent.model.catalogue.Endpoint;
import dev.belay.agent.model.catalogue.PricedModel;
import dev.belay.agent.model.wire.Rehearsal;
import dev.belay.agent.model.wire.Wire;
import dev.belay.agent.model.wire.WireClient;
import dev.belay.agent.model.wire.WireProvider;
import dev.belay.api.Secret;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** OpenAI, or an endpoint that speaks as it does. The vendor's client is made with the first call, for all of its models. */
public final class OpenAiProvider {
    private static final Duration CONNECT = Duration.ofSeconds(30);

    /** An answer as Chat Completions carries it. */
    private static final String CHAT_REHEARSAL = """
        data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,\
        "delta":{"content":"Hello."},"finish_reason":null}]}

        data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{},\
        "finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}}

        data: [DONE]

        """;

    /** An answer as Responses carries it. */
    private static final String RESPONSES_REHEARSAL = """
        event: response.output_text.delta
        data: {"type":"response.output_text.delta","sequence_number":0,"item_id":"m","output_index":0,"content_index":0,\
        "logprobs":[],"delta":"Hello."}

        event: response.completed
        data: {"type":"response.completed","sequence_number":1,"response":{"id":"r","object":"response","created_at":1,\
        "status":"completed","model":"m","output":[],"usage":{"input_tokens":1,"input_tokens_details":{"cached_tokens":0},\
        "output_tokens":1,"output_tokens_details":{"reasoning_tokens":0},"total_tokens":2}}}

        """;

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
        return new WireProvider(
                endpoint,
                defaultModel,
                (name, key) -> {
                    PricedModel model = prices.apply(name);
                    Wire wire = responses.test(name)
                            ? new ResponsesWire(() -> provider.connected(key), model)
                            : new ChatWire(() -> provider.connected(key), model);
                    return new WireClient(endpoint, model, clock, wire);
                },
                () -> rehearse(endpoint, responses.test(defaultModel.orElse("")), clock));
    }

    /** Over the wire on which its default model is asked. */
    private static void rehearse(Endpoint endpoint, boolean responses, InstantSource clock) {
        Rehearsal.play(
                endpoint.provider(),
                stage -> at(stage, _ -> responses, Optional.empty(), _ -> PricedModel.UNKNOWN, clock),
                "rehearsal",
                responses ? RESPONSES_REHEARSAL : CHAT_REHEARSAL);
    }

    /** Another key shares the connections, and nothing else. */
    private OpenAIClient connected(Secret key) {
        OpenAIClient own = connected();
        return key.equals(endpoint.key()) ? own : own.withOptions(options -> options.apiKey(key.value()));
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
