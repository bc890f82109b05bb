package dev.belay.bench.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** One session, and all that was ever acknowledged about it, over the servers that come and go. */
final class SessionLife {
    private static final JsonMapper JSON = JsonMapper.shared();

    private enum State {
        ALIVE,
        /** Somebody asked for its end, and the server died before it answered. */
        PERHAPS_DELETED,
        DELETED
    }

    private final String id;
    /** The events up to this one are copies of another session's. */
    private final long copiedTo;

    private final Map<Long, String> seen = new ConcurrentSkipListMap<>();
    private final Map<String, String> answers = new ConcurrentHashMap<>();
    /** What a client put where; what may or may not have been put is not in it. */
    private final Map<String, Optional<String>> files = new ConcurrentHashMap<>();

    private int compactions;
    private volatile State state = State.ALIVE;

    SessionLife(String id, long copiedTo) {
        this.id = id;
        this.copiedTo = copiedTo;
    }

    String id() {
        return id;
    }

    String path() {
        return "/agent/session/" + id;
    }

    @Override
    public String toString() {
        return copiedTo == 0 ? id : id + ", a copy of another up to " + copiedTo;
    }

    boolean alive() {
        return state == State.ALIVE;
    }

    int eventsSeen() {
        return seen.size();
    }

    /** Reads a stream until it ends or its server does. What came is acknowledged. */
    void follow(HttpResponse<InputStream> response) {
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                saw(line);
            }
        } catch (IOException e) {
            // The server was killed. A line that it did not finish is not one that it told.
        }
    }

    private void saw(String line) {
        JsonNode json = JSON.readTree(line);
        if (json.has("seq")) {
            String before = seen.put(json.get("seq").asLong(), line);
            assertThat(before == null || before.equals(line))
                    .as("%s was told as %s", before, line)
                    .isTrue();
        }
    }

    private List<JsonNode> events() {
        return seen.values().stream()
                .map(line -> (JsonNode) JSON.readTree(line))
                .toList();
    }

    /** The asks of which no decision was told. */
    List<JsonNode> openAsks() {
        Map<String, JsonNode> open = new HashMap<>();
        for (JsonNode event : events()) {
            switch (event.get("type").asString()) {
                case "permission_request" -> open.put(event.get("id").asString(), event);
                case "permission_decision" -> open.remove(event.path("id").asString(""));
                default -> {}
            }
        }
        return List.copyOf(open.values());
    }

    /** Whether a turn of which something was told has not ended as far as was told. */
    boolean turnIsOpen() {
        return !openTurns().isEmpty();
    }

    private Set<String> openTurns() {
        Set<String> open = new HashSet<>();
        for (JsonNode event : events()) {
            if (event.get("seq").asLong() > copiedTo && event.has("turn_id")) {
                open.add(event.get("turn_id").asString());
            }
        }
        events().stream()
                .filter(event -> Client.isOf(event, "result"))
                .forEach(event -> open.remove(event.get("turn_id").asString()));
        return open;
    }

    void answered(String ask, String behavior) {
        answers.put(ask, behavior);
    }

    void compacted() {
        compactions++;
    }

    /** From now on nobody knows what the file holds. */
    void fileMayChange(String name) {
        files.remove(name);
    }

    void fileIs(String name, Optional<String> content) {
        files.put(name, content);
    }

    void deletionBegins() {
        state = State.PERHAPS_DELETED;
    }

    void deleted() {
        state = State.DELETED;
    }

    /** All that was acknowledged is there. */
    void assertKept(Client client) throws Exception {
        int status = client.send("GET", path() + "/status?history=none", "").statusCode();
        if (state == State.PERHAPS_DELETED) {
            state = status == 200 ? State.ALIVE : State.DELETED;
        }
        if (state == State.DELETED) {
            assertThat(status)
                    .as("the status of session %s, which was deleted", id)
                    .isEqualTo(404);
            return;
        }
        assertThat(status).as("the status of session %s", id).isEqualTo(200);
        catchUp(client);
        List<JsonNode> events = events();
        answers.forEach((ask, behavior) -> assertThat(events)
                .as("the answer to ask %s", ask)
                .anyMatch(event -> Client.isOf(event, "permission_decision")
                        && event.path("id").asString("").equals(ask)
                        && event.get("behavior").asString().equals(behavior)));
        assertThat(events.stream()
                        .filter(event -> event.path("message").asString("").equals("compacted"))
                        .count())
                .as("compactions of session %s", id)
                .isGreaterThanOrEqualTo(compactions);
        for (Map.Entry<String, Optional<String>> file : files.entrySet()) {
            HttpResponse<String> now = client.send("GET", path() + "/files/" + file.getKey(), "");
            assertThat(now.statusCode() == 200 ? Optional.of(now.body()) : Optional.empty())
                    .as("the file %s of session %s: %s", file.getKey(), id, now.body())
                    .isEqualTo(file.getValue());
        }
    }

    /** What is stored now: all that was told before is among it, byte by byte. */
    private void catchUp(Client client) throws Exception {
        Map<Long, String> before = Map.copyOf(seen);
        String stored = client.getText(path() + "/events?follow=false");
        stored.lines().forEach(this::saw);
        Set<String> lines = stored.lines().collect(Collectors.toSet());
        assertThat(lines).as("the events of session %s", id).containsAll(before.values());
    }

    /** Answers what is asked for, until nothing runs and nothing waits: no turn is silent. */
    void awaitQuiet(Client client) throws Exception {
        long end = System.nanoTime() + 90_000_000_000L;
        while (true) {
            JsonNode status = client.get(path() + "/status?history=none");
            boolean busy = List.of("running", "interrupting")
                            .contains(status.get("status").asString())
                    || status.get("queue_depth").asInt() > 0;
            if (!busy) {
                return;
            }
            assertThat(System.nanoTime())
                    .as("session %s comes to rest: %s", id, status)
                    .isLessThan(end);
            catchUp(client);
            for (JsonNode ask : openAsks()) {
                client.send("POST", path() + "/permissions/" + ask.get("id").asString(), "{\"behavior\": \"deny\"}");
            }
            Thread.sleep(50);
        }
    }

    /** After it came to rest: each turn has one end, each call one result, and none was made twice. */
    void assertWhole(Client client) throws Exception {
        catchUp(client);
        assertThat(openTurns()).as("turns of session %s that nobody ended", id).isEmpty();
        Map<String, Integer> ends = new HashMap<>();
        Map<String, JsonNode> calls = new HashMap<>();
        Map<String, JsonNode> results = new HashMap<>();
        for (JsonNode event : events()) {
            String type = event.get("type").asString();
            if (type.equals("result")) {
                ends.merge(event.get("turn_id").asString(), 1, Integer::sum);
            } else if (type.equals("tool_use")) {
                assertThat(calls.put(event.get("id").asString(), event)).isNull();
            } else if (type.equals("tool_result")) {
                assertThat(results.put(event.get("id").asString(), event)).isNull();
            }
        }
        assertThat(ends.values()).as("ends of each turn of session %s", id).allMatch(count -> count == 1);
        assertThat(results.keySet()).as("results in session %s", id).isEqualTo(calls.keySet());
        HttpResponse<String> ledger = client.send("GET", path() + "/files/" + LifeScript.LEDGER, "");
        List<String> entries =
                ledger.statusCode() == 200 ? ledger.body().lines().toList() : new ArrayList<>();
        assertThat(entries)
                .as(
                        "what the calls of session %s wrote, whose events are\n%s\n",
                        this, String.join("\n", seen.values()))
                .doesNotHaveDuplicates();
        calls.forEach((call, event) -> {
            String entry = LifeScript.entry(event);
            boolean made = event.get("seq").asLong() > copiedTo
                    && !results.get(call).get("is_error").asBoolean();
            if (made && !entry.isEmpty()) {
                assertThat(entries)
                        .as("what call %s of session %s did", call, id)
                        .contains(entry);
            }
        });
    }
}
