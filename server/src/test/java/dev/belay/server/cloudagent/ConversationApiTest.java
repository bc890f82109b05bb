package dev.belay.server.cloudagent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.belay.server.Api;
import dev.belay.server.Lines;
import dev.belay.server.RunningServer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Conversations over HTTP: forks, rewinds, a way out and back in, and erasing. */
class ConversationApiTest {
    private static RunningServer server;
    private static Api api;

    @BeforeAll
    static void start(@TempDir Path data) {
        server = RunningServer.start(data);
        api = server.api();
        server.script("talks", """
            {"steps": [{"text": "One."}, {"text": "Two."}, {"text": "Three."}, {"text": "Four."}]}\
            """);
        server.script("works", """
            {"steps": [
              {"tool_calls": [{"tool": "Bash", "input": {"command": "mkdir -p d; echo agent > d/made; ln -s d l"}}]},
              {"text": "Done."}, {"expect": "agent", "text": "Seen."}]}\
            """);
        server.script("waits", """
            {"steps": [{"text": "Wait.", "tool_calls": [{"tool": "Bash", "input": {"command": "sleep 600"}}]},
              {"text": "On."}]}\
            """);
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static String session(String script, String name) {
        Api.Answer made = api.post(
                "/agent/session",
                "{\"session_name\": \"" + name + "\", \"options\": {\"model\": \"scripted:" + script + "\"}}");
        assertThat(made.status()).as(made.text()).isEqualTo(200);
        return made.json().get("session_id").asString();
    }

    private static String at(String session, String rest) {
        return "/agent/session/" + session + rest;
    }

    private static Lines say(String session, String prompt) {
        try (Api.Stream stream = api.stream("POST", at(session, "/message"), "{\"prompt\": \"" + prompt + "\"}")) {
            return stream.toEnd();
        }
    }

    private static JsonNode ok(Api.Answer answer) {
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        return answer.json();
    }

    private static List<String> answers(JsonNode status) {
        return status.get("history")
                .valueStream()
                .map(turn -> turn.get("summary").asString())
                .toList();
    }

    @Test
    void aForkGoesOnFromAnEarlierTurnAndTheOriginalStays() {
        String session = session("talks", "original");
        say(session, "first");
        say(session, "second");
        long end = api.status(session).at("/history/0/events_to_seq").asLong();

        JsonNode fork = ok(api.post(at(session, "/fork"), "{\"after_seq\": " + end + ", \"session_name\": \"fork\"}"));
        String forked = fork.get("session_id").asString();

        assertThat(fork.get("files").asString()).isEqualTo("none");
        assertThat(answers(api.status(forked))).containsExactly("One.");
        assertThat(say(forked, "other").result().get("result").asString()).isEqualTo("Two.");
        assertThat(answers(api.status(session))).containsExactly("One.", "Two.");
        assertThat(api.events(forked, "").of("status"))
                .filteredOn(line -> line.get("message").asString().equals("forked"))
                .singleElement()
                .satisfies(
                        line -> assertThat(line.get("forked_from").asString()).isEqualTo(session));
        assertThat(api.events(forked, "").all().getFirst().get("ts"))
                .isEqualTo(api.events(session, "").all().getFirst().get("ts"));
        assertThat(api.post(at(session, "/fork"), "{\"session_name\": \"fork\"}")
                        .errorCode())
                .isEqualTo("name_taken");
        assertThat(api.post(at(session, "/fork"), "{\"after_seq\": 100000}").errorField())
                .isEqualTo("after_seq");
    }

    @Test
    void aForkAtTheEndHasACopyOfTheFiles() {
        String session = session("works", "with files");
        api.call("PUT", at(session, "/files/mine.txt"), "client".getBytes(StandardCharsets.UTF_8));
        say(session, "go");

        JsonNode fork = ok(api.post(at(session, "/fork"), ""));
        String forked = fork.get("session_id").asString();

        assertThat(fork.get("files").asString()).isEqualTo("copied");
        assertThat(fork.get("files_complete").asBoolean()).as("the link").isFalse();
        assertThat(api.get(at(forked, "/files/d/made")).text()).isEqualTo("agent\n");
        assertThat(api.get(at(forked, "/diff")).json().get("files"))
                .extracting(file -> file.get("path").asString())
                .containsExactly("d/made");
        api.call("PUT", at(forked, "/files/d/made"), "changed".getBytes(StandardCharsets.UTF_8));
        assertThat(api.get(at(session, "/files/d/made")).text()).isEqualTo("agent\n");
    }

    @Test
    void aForkInTheMiddleOfATurnEndsItThereAndWhatWaitsForIt() {
        String session = session("waits", "busy");
        try (Api.Stream turn = api.stream("POST", at(session, "/message"), "{\"prompt\": \"go\"}")) {
            turn.next("tool_use");
            Api.Stream second = api.stream("POST", at(session, "/message"), "{\"prompt\": \"then\", \"queue\": true}");
            long waits = second.next("status").get("seq").asLong();

            JsonNode fork = ok(api.post(at(session, "/fork"), "{\"after_seq\": " + waits + "}"));
            String forked = fork.get("session_id").asString();

            assertThat(fork.get("files").asString()).isEqualTo("none");
            Lines copy = api.events(forked, "");
            assertThat(copy.of("tool_result").getFirst().get("is_error").asBoolean())
                    .isTrue();
            assertThat(copy.of("result")).hasSize(2).allSatisfy(result -> {
                assertThat(result.get("status").asString()).isEqualTo("interrupted");
                assertThat(result.at("/error/code").asString()).isEqualTo("forked");
            });
            assertThat(say(forked, "go on").result().get("status").asString()).isEqualTo("success");
            assertThat(api.post(at(session, "/rewind"), "{\"to_seq\": 0}").errorCode())
                    .isEqualTo("session_busy");
            api.post(at(session, "/interrupt"), "");
            turn.next("result");
            assertThat(second.toEnd().result().get("status").asString()).isEqualTo("success");
        }
    }

    @Test
    void whatWasRewoundIsReadButNotToldAndCanBeBroughtBack() {
        String session = session("talks", "rewound");
        say(session, "first");
        say(session, "second");
        JsonNode before = api.status(session);
        long first = before.at("/history/0/events_to_seq").asLong();
        long second = before.at("/history/1/events_to_seq").asLong();

        assertThat(ok(api.post(at(session, "/rewind"), "{\"to_seq\": " + first + "}"))
                        .get("files")
                        .asString())
                .isEqualTo("unchanged");
        say(session, "third");

        assertThat(api.status(session)
                        .get("history")
                        .valueStream()
                        .map(turn -> turn.get("rewound").asBoolean()))
                .containsExactly(false, true, false);
        ok(api.post(at(session, "/rewind"), "{\"to_seq\": " + second + "}"));
        assertThat(api.status(session)
                        .get("history")
                        .valueStream()
                        .map(turn -> turn.get("rewound").asBoolean()))
                .containsExactly(false, false, true);
        for (String wrong : List.of("1", "" + (second - 1), "99999")) {
            assertThat(api.post(at(session, "/rewind"), "{\"to_seq\": " + wrong + "}")
                            .errorField())
                    .isEqualTo("to_seq");
        }
        for (int i = 0; i < 40; i++) {
            // Each could be read twice as often as the one before.
            ok(api.post(at(session, "/rewind"), "{\"to_seq\": " + second + "}"));
        }
        assertThat(say(session, "fourth").result().get("result").asString()).isEqualTo("Four.");
    }

    @Test
    void anExportComesBackAsAnotherSession() {
        String session = session("works", "exported");
        say(session, "go");
        Api.Answer export = api.get(at(session, "/export"));
        assertThat(export.contentType()).hasValue("application/x-ndjson");

        JsonNode made = ok(imported(export.text(), "imported"));
        String copy = made.get("session_id").asString();

        assertThat(made.get("events").asLong()).isEqualTo(export.text().lines().count());
        assertThat(answers(api.status(copy))).isEqualTo(answers(api.status(session)));
        assertThat(api.status(copy).at("/history/0/started_at"))
                .isEqualTo(api.status(session).at("/history/0/started_at"));
        assertThat(api.status(copy).at("/history/0/turn_id"))
                .isNotEqualTo(api.status(session).at("/history/0/turn_id"));
        assertThat(api.events(copy, "").of("thinking").getFirst().get("source").asString())
                .isEqualTo("import:scripted");
        assertThat(api.get(at(copy, "/export")).text().replaceAll("\"(source|turn|principal)\":\"[^\"]*\"", ""))
                .isEqualTo(export.text().replaceAll("\"(source|turn|principal)\":\"[^\"]*\"", ""));
        assertThat(say(copy, "what has the agent made").result().get("status").asString())
                .isEqualTo("success");
    }

    private static Api.Answer imported(String lines, String name) {
        return api.call("POST", "/agent/sessions/import?session_name=" + name, lines.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void anImportThatIsWrongIsRefusedAndLeavesNothing() {
        String session = session("talks", "to be spoilt");
        say(session, "first");
        List<String> lines = api.get(at(session, "/export")).text().lines().toList();
        int finished = lines.size() - 1;

        assertThat(refused(lines, 1, line -> line.put("seq", 7))).isEqualTo("seq");
        assertThat(refused(lines, 0, line -> line.put("kind", "message.text"))).isEqualTo("kind");
        assertThat(refused(lines, 1, line -> line.put("time", "2999-01-01T00:00:00Z")))
                .isEqualTo("time");
        assertThat(refused(lines, 2, line -> line.put("parent", 9))).isEqualTo("parent");
        assertThat(refused(lines, 2, line -> line.putObject("body"))).isEqualTo("body");
        assertThat(refused(lines, finished, line -> {
                    line.put("kind", "turn.rewound").putNull("turn");
                    line.putObject("body").put("toSeq", 99);
                }))
                .isEqualTo("toSeq");
        assertThat(imported("", "spoilt").errorField()).isEqualTo("body");
        assertThat(imported("no json\n", "spoilt").status()).isEqualTo(400);
        assertThat(ok(api.get("/agent/sessions?name=spoilt")).get("sessions")).isEmpty();
        ok(imported(String.join("\n", lines), "spoilt"));
        String open = String.join("\n", lines.subList(0, finished));
        String cut = ok(imported(open, "open")).get("session_id").asString();
        assertThat(api.status(cut).at("/history/0/status").asString()).isEqualTo("interrupted");
    }

    private interface Spoil {
        void spoil(ObjectNode line);
    }

    private static String refused(List<String> lines, int which, Spoil spoil) {
        ObjectNode line = (ObjectNode) JsonMapper.shared().readTree(lines.get(which));
        spoil.spoil(line);
        List<String> spoilt = new java.util.ArrayList<>(lines);
        spoilt.set(which, line.toString());
        Api.Answer answer = imported(String.join("\n", spoilt), "spoilt");
        assertThat(answer.status()).as(answer.text()).isEqualTo(422);
        return answer.errorField();
    }

    @Test
    void whatIsErasedIsGoneAndItsForkIsNot() {
        String session = session("works", "erased");
        say(session, "go");
        String fork = ok(api.post(at(session, "/fork"), "")).get("session_id").asString();

        Api.Answer erased = api.call("DELETE", at(session, "?erase=true"), new byte[0]);

        assertThat(ok(erased).get("status").asString()).isEqualTo("erased");
        assertThat(api.call("DELETE", at(session, "?erase=true"), new byte[0]).status())
                .isEqualTo(404);
        for (String path : List.of("/status", "/events", "/export", "/files")) {
            assertThat(api.get(at(session, path)).status()).as(path).isEqualTo(404);
        }
        var database = server.server().belay().database();
        await().untilAsserted(() -> assertThat(database.<Integer>read(view -> (int) view.number(
                        "SELECT (SELECT count(*) FROM stream WHERE ref = ?) + (SELECT count(*) FROM session"
                                + " WHERE id = ?) + (SELECT count(*) FROM sandbox WHERE session = ?)",
                        session,
                        session,
                        session)))
                .isZero());
        assertThat(session("talks", "erased")).isNotEqualTo(session);
        assertThat(answers(api.status(fork))).containsExactly("Done.");
        assertThat(api.get(at(fork, "/files/d/made")).text()).isEqualTo("agent\n");
    }
}
