package dev.belay.server.cloudagent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.belay.api.Permission;
import dev.belay.server.Api;
import dev.belay.server.Lines;
import dev.belay.server.RunningServer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Rows of the contract (Cloud Agent 5) about sessions: create, message, history, names, busy session, interrupt, delete, disconnect. */
class SessionApiTest {
    private static RunningServer server;
    private static Api api;

    @BeforeAll
    static void start(@TempDir Path data) {
        server = RunningServer.start(data);
        api = server.api();
        server.script("talks", """
                {"steps": [
                  {"text": "Noted.", "tool_calls": [{"tool": "Write", "input": {"file_path": "a.txt", "content": "7"}}]},
                  {"text": "First."},
                  {"expect": "what", "tool_calls": [{"tool": "Bash", "input": {"command": "cat a.txt"}}]},
                  {"expect": "7", "text": "Seven."}]}""");
        server.script("waits", """
                {"steps": [
                  {"tool_calls": [{"tool": "Bash", "input": {"command": "sleep 600"}}]},
                  {"text": "On."}, {"text": "Again."}]}""");
        server.script("pauses", """
                {"steps": [
                  {"tool_calls": [{"tool": "Bash", "input": {"command": "sleep 1"}}]}, {"text": "One."}, {"text": "Two."}]}""");
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static String session(String script) {
        Api.Answer made = api.post("/agent/session", "{\"options\": {\"model\": \"scripted:" + script + "\"}}");
        assertThat(made.status()).as(made.text()).isEqualTo(200);
        assertThat(made.json().get("status").asString()).isEqualTo("created");
        return made.json().get("session_id").asString();
    }

    private static String path(String session, String verb) {
        return "/agent/session/" + session + verb;
    }

    private static Lines say(String session, String body) {
        try (Api.Stream stream = api.stream("POST", path(session, "/message"), body)) {
            return stream.toEnd();
        }
    }

    private static Api.Answer delete(String session) {
        return api.call("DELETE", path(session, ""), new byte[0]);
    }

    @Test
    void aSessionRemembersWhatWasSaidAndWritten() {
        String session = session("talks");
        assertThat(api.status(session).get("status").asString()).isEqualTo("created");

        Lines first = say(session, "{\"prompt\": \"seven\"}");
        Lines second = say(session, "{\"prompt\": \"what was it\"}");

        assertThat(first.result().get("result").asString()).isEqualTo("First.");
        assertThat(second.result().get("result").asString()).isEqualTo("Seven.");
        JsonNode status = api.status(session);
        assertThat(status.get("turns").asInt()).isEqualTo(2);
        assertThat(status.get("status").asString()).isEqualTo("idle");
        List<String> both = new java.util.ArrayList<>(first.durable());
        both.addAll(second.durable());
        assertThat(api.events(session, "").texts()).isEqualTo(both);
    }

    @Test
    void namesAreKeptFoundAndTaken() {
        String body = "{\"session_name\": \"alpha\", \"model\": \"scripted\"}";
        String session =
                api.post("/agent/session", body).json().get("session_id").asString();

        Api.Answer again = api.post("/agent/session", body);
        assertThat(again.status()).isEqualTo(409);
        assertThat(again.errorCode()).isEqualTo("name_taken");
        JsonNode found = api.get("/agent/sessions?name=alpha").json().get("sessions");
        assertThat(found).hasSize(1);
        assertThat(found.get(0).get("session_id").asString()).isEqualTo(session);
        assertThat(api.call("PATCH", path(session, ""), "{\"session_name\": \"beta\"}".getBytes())
                        .json()
                        .get("session_name")
                        .asString())
                .isEqualTo("beta");
        assertThat(api.post("/agent/session", body).status()).isEqualTo(200);
        assertThat(api.post("/agent/session", "{\"session_name\": \"\"}").errorField())
                .isEqualTo("session_name");
    }

    @Test
    void aBusySessionRefusesASecondMessageOrQueuesIt() {
        String session = session("pauses");
        try (Api.Stream first = api.stream("POST", path(session, "/message"), "{\"prompt\": \"go\"}")) {
            first.next("tool_use");

            Api.Answer refused = api.post(path(session, "/message"), "{\"prompt\": \"me too\"}");
            assertThat(refused.status()).isEqualTo(409);
            assertThat(refused.errorCode()).isEqualTo("session_busy");
            Lines queued = say(session, "{\"prompt\": \"then me\", \"queue\": true}");

            JsonNode end = first.next("result");
            assertThat(end.get("result").asString()).isEqualTo("One.");
            assertThat(queued.result().get("result").asString()).isEqualTo("Two.");
            assertThat(queued.result().get("turn_id")).isNotEqualTo(end.get("turn_id"));
            assertThat(queued.types()).doesNotContain("tool_use");
        }
    }

    @Test
    void anInterruptEndsTheTurnAndTheSessionGoesOn() {
        String session = session("waits");
        try (Api.Stream first = api.stream("POST", path(session, "/message"), "{\"prompt\": \"go\"}")) {
            first.next("tool_use");

            assertThat(api.post(path(session, "/interrupt"), "")
                            .json()
                            .get("status")
                            .asString())
                    .isEqualTo("interrupting");

            assertThat(first.next("result").get("status").asString()).isEqualTo("interrupted");
        }
        await().until(() -> api.post(path(session, "/interrupt"), "")
                .json()
                .get("status")
                .asString()
                .equals("idle"));
        assertThat(say(session, "{\"prompt\": \"on\"}").result().get("result").asString())
                .isEqualTo("On.");
    }

    @Test
    void aDeletedSessionIsGoneAndItsStreamEnds() {
        String session = session("waits");
        try (Api.Stream first = api.stream("POST", path(session, "/message"), "{\"prompt\": \"go\"}")) {
            first.next("tool_use");

            assertThat(delete(session).json().get("status").asString()).isEqualTo("deleted");

            assertThat(first.next("result").get("status").asString()).isEqualTo("cancelled");
        }
        assertThat(delete(session).status()).isEqualTo(404);
        assertThat(api.get(path(session, "/status")).status()).isEqualTo(404);
        assertThat(api.post(path(session, "/message"), "{\"prompt\": \"x\"}").status())
                .isEqualTo(404);
    }

    @Test
    void aTurnGoesOnWhenItsClientLeaves() {
        String session = session("pauses");
        try (Api.Stream first = api.stream("POST", path(session, "/message"), "{\"prompt\": \"go\"}")) {
            first.next("tool_use");
        }

        await().atMost(Duration.ofSeconds(20))
                .until(() -> api.status(session).get("status").asString().equals("idle"));
        assertThat(api.events(session, "").result().get("result").asString()).isEqualTo("One.");
    }

    @Test
    void aMessageTakesOnlyWhatIsItsOwn() {
        String session = session("talks");

        assertThat(api.post(path(session, "/message"), "{\"prompt\": \"x\", \"system_prompt\": \"y\"}")
                        .status())
                .isEqualTo(422);
        assertThat(api.post(path(session, "/message"), "{\"prompt\": \"x\", \"queue\": true, \"steer\": true}")
                        .errorField())
                .isEqualTo("steer");
        assertThat(api.post("/agent/session", "{\"detach\": true}").status()).isEqualTo(422);
    }

    @Test
    void aMessageThatComesTwiceIsOneTurn() {
        String session = session("pauses");
        Api keyed = api.with("Idempotency-Key", "once");
        Lines first;
        Lines second;
        try (Api.Stream one = keyed.stream("POST", path(session, "/message"), "{\"prompt\": \"go\"}");
                Api.Stream two = keyed.stream("POST", path(session, "/message"), "{\"prompt\": \"go\"}")) {
            first = one.toEnd();
            second = two.toEnd();
        }

        assertThat(second.durable()).isEqualTo(first.durable());
        assertThat(api.status(session).get("turns").asInt()).isEqualTo(1);
    }

    @Test
    void anotherWorkspaceAndAKeyWithoutThePermissionGetNothing() {
        String session = session("talks");
        Api stranger = server.api(server.key(
                server.workspace(server.organisation("others"), "elsewhere"),
                "s",
                Set.of(Permission.RUN, Permission.READ)));
        Api reader = server.api(server.key(server.defaultWorkspace(), "reader", Set.of(Permission.READ)));

        assertThat(stranger.post(path(session, "/message"), "{\"prompt\": \"x\"}")
                        .status())
                .isEqualTo(404);
        assertThat(stranger.post(path(session, "/interrupt"), "").status()).isEqualTo(404);
        assertThat(stranger.call("DELETE", path(session, ""), new byte[0]).status())
                .isEqualTo(404);
        assertThat(stranger.get("/agent/sessions").json().get("sessions")).isEmpty();
        assertThat(reader.post(path(session, "/interrupt"), "").status()).isEqualTo(403);
    }

    @Test
    void sessionsAreListedInPages() {
        Api other = server.api(server.key(
                server.workspace(server.organisation("pages"), "many"), "p", Set.of(Permission.RUN, Permission.READ)));
        for (int i = 0; i < 5; i++) {
            other.post("/agent/session", "{\"session_name\": \"s" + i + "\", \"model\": \"scripted\"}");
        }
        JsonNode first = other.get("/agent/sessions?limit=3").json();
        JsonNode second = other.get("/agent/sessions?limit=3&cursor="
                        + first.get("next_cursor").asString())
                .json();

        assertThat(first.get("sessions")).hasSize(3);
        assertThat(second.get("sessions")).hasSize(2);
        assertThat(second.get("next_cursor").isNull()).isTrue();
        assertThat(second.get("sessions").get(1).get("session_name").asString()).isEqualTo("s0");
    }
}
