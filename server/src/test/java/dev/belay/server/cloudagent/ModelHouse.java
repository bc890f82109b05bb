package dev.belay.server.cloudagent;

import dev.belay.modeldouble.ModelServer;
import dev.belay.modeldouble.Reply;
import dev.belay.modeldouble.Style;
import dev.belay.server.Api;
import dev.belay.server.RunningServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A server whose providers are a model server that the test plays. */
final class ModelHouse implements AutoCloseable {
    static final String KEY = "key-of-the-server-4711";

    /** Short, for a client that leaves a silent stream is noticed by it. */
    private static final Duration HEARTBEAT = Duration.ofMillis(500);

    final ModelServer models;
    final RunningServer server;

    ModelHouse(Path data, Map<String, String> settings) {
        this(data, settings, Map.of("ANTHROPIC_API_KEY", KEY, "OPENAI_API_KEY", KEY));
    }

    /** @param environment besides the addresses */
    ModelHouse(Path data, Map<String, String> settings, Map<String, String> environment) {
        this(data, settings, environment, new ModelServer());
    }

    /** @param choice what the providers answer to a request */
    ModelHouse(Path data, Map<String, String> settings, Function<ModelServer.Received, Reply> choice) {
        this(data, settings, Map.of("ANTHROPIC_API_KEY", KEY, "OPENAI_API_KEY", KEY), new ModelServer(choice));
    }

    private ModelHouse(Path data, Map<String, String> settings, Map<String, String> environment, ModelServer models) {
        this.models = models;
        Map<String, String> all = new HashMap<>(environment);
        all.put("ANTHROPIC_BASE_URL", models.url());
        all.put("OPENAI_BASE_URL", models.url() + "/v1");
        Map<String, String> own = new HashMap<>(settings);
        own.putIfAbsent("agent.model", "");
        price(data);
        server = RunningServer.start(data, own, all, HEARTBEAT);
    }

    /** Two dollars for a million tokens in, ten for a million out, at most 1,000 of them: the same for all models of these tests. */
    private static void price(Path data) {
        String price =
                "{\"input\":2,\"output\":10,\"cache_read\":0.1,\"cache_creation\":2.5,\"max_output_tokens\":1000}";
        try {
            Files.writeString(
                    data.resolve("prices.json"),
                    Stream.of(Style.values())
                            .map(style -> "\"" + model(style) + "\":" + price)
                            .collect(Collectors.joining(",", "{\"models\":{", "}}")));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The model of these tests that is asked in that style. */
    static String model(Style style) {
        return switch (style) {
            case MESSAGES -> "anthropic:claude-sonnet-5-5";
            case CHAT -> "openai:gpt-4.1";
            case RESPONSES -> "openai:gpt-5.4";
        };
    }

    /** An answer that says to come again at once. */
    static Reply overloaded() {
        return Reply.error(529, "{\"error\":{\"type\":\"overloaded_error\",\"message\":\"busy\"}}", "Retry-After: 0");
    }

    /** A client with a key of its own, also for a server that was started on a directory that had keys. */
    Api api() {
        return server.api(server.key(server.defaultWorkspace(), "test-" + System.nanoTime()));
    }

    /** The key that a request was made with. */
    static String keyOf(ModelServer.Received request) {
        return request.headers()
                .getOrDefault("x-api-key", request.headers().getOrDefault("authorization", ""))
                .replace("Bearer ", "");
    }

    @Override
    public void close() {
        server.close();
        models.close();
    }
}
