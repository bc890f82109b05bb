package dev.belay.server.cloudagent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.belay.server.Api;
import dev.belay.server.Lines;
import dev.belay.server.RunningServer;
import dev.belay.tenancy.Workspace;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** A request that is sent again starts nothing again. */
class IdempotencyTest {
    private static final String BODY = "{\"prompt\": \"hi\", \"model\": \"scripted\"}";

    private static RunningServer server;
    private static Api api;

    @BeforeAll
    static void start(@TempDir Path data) {
        server = RunningServer.start(data);
        api = server.api();
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Test
    void theSameKeyAndBodyGiveTheSameStreamAgain() {
        Lines first = api.with("Idempotency-Key", "again").run(BODY);
        Lines second = api.with("Idempotency-Key", "again").run(BODY);

        assertThat(second.session()).isEqualTo(first.session());
        assertThat(second.durable()).isEqualTo(first.durable());
        second.result();
    }

    @Test
    void theSameKeyWithAnotherBodyIsRefused() {
        api.with("Idempotency-Key", "other").run(BODY);

        Api.Answer refused = api.with("Idempotency-Key", "other").post("/agent/run", BODY.replace("hi", "ho"));

        assertThat(refused.status()).isEqualTo(422);
        assertThat(refused.errorCode()).isEqualTo("idempotency_mismatch");
    }

    @Test
    void withoutAKeyEveryRequestIsARunOfItsOwn() {
        assertThat(api.run(BODY).session()).isNotEqualTo(api.run(BODY).session());
    }

    @Test
    void aRepeatJoinsARunThatIsStillGoingOnFromItsStart() {
        server.script("slow", """
            {"steps": [{"text": "First.", "tool_calls": [{"tool": "Bash", "input": {"command": "sleep 2"}}]}, {"text": "Last."}]}""");
        String body = "{\"prompt\": \"go\", \"model\": \"scripted:slow\"}";
        Api keyed = api.with("Idempotency-Key", "join");
        try (Api.Stream first = keyed.stream("POST", "/agent/run", body)) {
            first.next("tool_use");
            try (Api.Stream second = keyed.stream("POST", "/agent/run", body)) {
                JsonNode start = second.next();
                assertThat(start.get("message").asString()).isEqualTo("starting");
                JsonNode secondResult = second.next("result");

                assertThat(first.next("result")).isEqualTo(secondResult);
            }
        }
    }

    @Test
    void aKeyCountsInItsWorkspaceOnly() {
        Workspace other = server.workspace(server.organisation("Elsewhere"), "one");
        Api elsewhere = server.api(server.key(other, "elsewhere"));

        String here = api.with("Idempotency-Key", "shared").run(BODY).session();
        String there = elsewhere.with("Idempotency-Key", "shared").run(BODY).session();

        assertThat(there).isNotEqualTo(here);
    }

    @Test
    void aStreamThatCannotBeReadAnyMoreSaysSoAndWhereToGoOn() {
        Api keyed = api.with("Idempotency-Key", "damaged");
        String session = keyed.run(BODY).session();
        server.server()
                .belay()
                .database()
                .write(tx -> tx.update(
                        "UPDATE event SET body = '{' WHERE kind = 'message.text' AND stream ="
                                + " (SELECT id FROM stream WHERE ref = ?)",
                        session));

        Api.Answer again = keyed.post("/agent/run", BODY);

        assertThat(again.status()).isEqualTo(200);
        assertThat(again.text()).contains("the events cannot be read now", "resume_after");
    }
}
