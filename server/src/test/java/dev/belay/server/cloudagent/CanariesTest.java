package dev.belay.server.cloudagent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.belay.modeldouble.ModelServer;
import dev.belay.server.RunningServer;
import dev.belay.server.ServerOptions;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Many sessions at once, each with a word of its own, which their agents leave wherever an agent can. No session ever sees another's: not in
 * what its tools print, in its files, its processes, its variables, its events, nor in what its model is told.
 */
@Tag("canaries")
class CanariesTest {
    private static final int CALLS = "full".equals(System.getProperty("belay.suite")) ? 100_000 : 2_000;
    private static final int SESSIONS_AT_ONCE = 16;
    private static final int TURNS = 2;
    /** Of one turn. */
    private static final int CALLS_AT_MOST = 90;

    private static final HttpClient HTTP =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private final CanaryModel model = new CanaryModel();
    private final AtomicInteger calls = new AtomicInteger();
    private final AtomicInteger wordsSeen = new AtomicInteger();

    @Test
    void noSessionEverSeesTheWordOfAnother(@TempDir Path data) throws Exception {
        int seed = Optional.ofNullable(System.getenv("BELAY_SEED"))
                .map(Integer::parseInt)
                .orElseGet(() -> new Random().nextInt(1 << 30));
        System.out.println("suite canaries: seed " + seed);
        Random random = new Random(seed);
        int sessions = 0;
        try (ModelServer models = new ModelServer(model::answer);
                RunningServer server = RunningServer.start(
                        data,
                        Map.of("agent.model", "anthropic:claude-sonnet-5-5", "sandbox.memory_bytes", "268435456"),
                        Map.of("ANTHROPIC_API_KEY", "key-of-the-server", "ANTHROPIC_BASE_URL", models.url()),
                        ServerOptions.HEARTBEAT);
                ExecutorService threads = Executors.newFixedThreadPool(SESSIONS_AT_ONCE)) {
            List<Future<?>> running = new ArrayList<>();
            for (int planned = 0; planned < CALLS; sessions++) {
                int[] turns = random.ints(TURNS, 1, CALLS_AT_MOST).toArray();
                String word = "canary-" + HexFormat.of().toHexDigits(random.nextLong());
                long own = random.nextLong();
                planned += turns[0] + turns[1];
                running.add(threads.submit(() -> {
                    live(server, word, own, turns);
                    return word;
                }));
            }
            for (Future<?> one : running) {
                one.get();
            }
        }
        assertThat(model.leaks()).isEmpty();
        assertThat(calls.get()).isGreaterThanOrEqualTo(CALLS);
        System.out.println("result: `canaries`, seed " + seed + ": " + calls + " calls in " + sessions + " sessions, "
                + SESSIONS_AT_ONCE + " at once, " + wordsSeen + " times a session's own word, 0 times another's");
    }

    /** One session from its making to its end. */
    private void live(RunningServer server, String word, long seed, int[] turns) throws Exception {
        String id = JSON.readTree(text(server, "POST", "/agent/session", "{}"))
                .get("session_id")
                .asString();
        String session = "/agent/session/" + id;
        own(word, text(server, "PUT", session + "/files/handed-in", word));
        for (int count : turns) {
            model.enlist(word, seed, count);
            own(word, text(server, "POST", session + "/message", "{\"prompt\": \"Your word is " + word + ".\"}"));
        }
        String events = own(word, text(server, "GET", session + "/events?follow=false", ""));
        check(word, events, turns[0] + turns[1]);
        own(word, text(server, "GET", session + "/export", ""));
        own(word, text(server, "GET", session + "/status?history=events", ""));
        own(word, text(server, "GET", session + "/archive?format=tar", ""));
        own(word, text(server, "GET", session + "/archive?format=tar&path=/tmp", ""));
        own(word, text(server, "GET", session + "/diff", ""));
        own(word, text(server, "GET", session + "/diff?format=patch", ""));
        String files = text(server, "GET", session + "/files?depth=9", "");
        for (JsonNode file : JSON.readTree(files).get("entries")) {
            own(word, text(server, "GET", session + "/files/" + file.get("path").asString(), ""));
        }
        text(server, "DELETE", session, "");
    }

    private static final JsonMapper JSON = JsonMapper.shared();

    /** Each call has its result, and what has to hold the word does: otherwise nothing would have been looked at. */
    private void check(String word, String events, int expected) {
        int results = 0;
        for (String line : events.lines().toList()) {
            JsonNode event = JSON.readTree(line);
            switch (event.get("type").asString()) {
                case "tool_result" -> {
                    results++;
                    if (event.get("id").asString().startsWith("told")) {
                        assertThat(line).contains(word);
                    }
                }
                case "result" ->
                    assertThat(event.get("status").asString()).as(line).isEqualTo("success");
                default -> {}
            }
        }
        assertThat(results).isEqualTo(expected);
        calls.addAndGet(results);
    }

    private String own(String word, String text) {
        Set<String> words = CanaryModel.words(text);
        assertThat(words).as("what a session with %s was told: %s", word, text).isSubsetOf(word);
        wordsSeen.addAndGet(words.size());
        return text;
    }

    private static String text(RunningServer server, String method, String path, String body) throws Exception {
        HttpResponse<String> answer = HTTP.send(
                HttpRequest.newBuilder(URI.create(server.url() + path))
                        .header("X-API-Key", server.key())
                        .method(method, BodyPublishers.ofString(body))
                        .build(),
                BodyHandlers.ofString(StandardCharsets.ISO_8859_1));
        assertThat(answer.statusCode())
                .as("%s %s: %s", method, path, answer.body())
                .isEqualTo(200);
        return answer.body();
    }
}
