package dev.belay.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.belay.api.ConfigurationException;
import dev.belay.testpostgres.PostgresServer;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A server whose store is PostgreSQL, also while that is away. */
@Tag("postgres")
class PostgresStoreTest {
    private static final String HI = "{\"prompt\": \"hi\", \"model\": \"scripted\"}";
    private static final String WORK = "{\"prompt\": \"go\", \"model\": \"scripted:work\"}";
    private static final int KILLS = "full".equals(System.getProperty("belay.suite")) ? 100 : 2;

    @TempDir
    private Path data;

    private static Map<String, String> store(String url) {
        return Map.of("store.url", url, "sandbox.ahead", "0");
    }

    @Test
    void aRunIsTheSameAfterARestartAndTheDatabaseHasOneServer(@TempDir Path other) {
        Map<String, String> settings = store(PostgresServer.shared().newDatabase());
        Lines before;
        String key;
        try (RunningServer server = RunningServer.start(data, settings)) {
            before = server.api().run(HI);
            key = server.key();
            assertThat(before.result().get("status").asString()).isEqualTo("success");
            assertThat(server.anonymous().get("/health/ready").status()).isEqualTo(200);
            assertThatThrownBy(() -> RunningServer.start(other, settings))
                    .isInstanceOf(ConfigurationException.class)
                    .hasMessageContaining("is in use by belay, process");
        }
        try (RunningServer server = RunningServer.start(data, settings)) {
            Api api = server.anonymous().with("X-API-Key", key);

            assertThat(api.events(before.session(), "").texts()).isEqualTo(before.durable());
            assertThat(api.run(HI).result().get("status").asString()).isEqualTo("success");
        }
        assertThat(data.resolve("belay.db")).doesNotExist();
    }

    @Test
    void whilePostgresIsAwayRunsEndAndAreRefusedWithWordsAndThenItGoesOnByItself() throws IOException {
        try (PostgresServer postgres = PostgresServer.start(data.resolve("postgres"));
                RunningServer server = RunningServer.start(data.resolve("belay"), store(postgres.newDatabase()))) {
            server.script("waits", """
                {"steps": [{"text": "One.", "tool_calls": [{"tool": "Bash", "input": {"command": "sleep 1"}}]},
                           {"text": "Two."}]}\
                """);
            List<String> told = new ArrayList<>();
            String session;
            try (Api.Stream run =
                    server.api().stream("POST", "/agent/run", "{\"prompt\": \"go\", \"model\": \"scripted:waits\"}")) {
                session = readUntil(run, "tool_use", told);
                postgres.kill();

                Api.Answer refused = server.api().post("/agent/run", HI);
                JsonNode result = run.next("result");

                assertThat(refused.status()).as(refused.text()).isEqualTo(503);
                assertThat(refused.errorCode()).isEqualTo("storage_unavailable");
                assertThat(refused.http().headers().firstValue("Retry-After")).isPresent();
                assertThat(refused.text()).contains("PostgreSQL at postgresql://localhost:" + postgres.port());
                assertThat(result.get("status").asString()).isEqualTo("error");
                assertThat(result.at("/error/code").asString()).isEqualTo("storage_unavailable");
                assertThat(server.anonymous().get("/health/ready").status()).isEqualTo(503);
            }

            postgres.startAgain();

            await().atMost(Duration.ofSeconds(30))
                    .until(() -> server.anonymous().get("/health/ready").status() == 200);
            assertThat(server.api().run(HI).result().get("status").asString()).isEqualTo("success");
            await().atMost(Duration.ofSeconds(10))
                    .until(() -> server.api()
                            .status(session)
                            .get("status")
                            .asString()
                            .equals("idle"));
            assertThatItIsWhole(server, session, told, "error");
        }
    }

    @Test
    void turnsGoOnOverEveryKillThatIsShortAndNoEventIsLostOrTwice() throws Exception {
        try (PostgresServer postgres = PostgresServer.start(data.resolve("postgres"));
                RunningServer server = RunningServer.start(data.resolve("belay"), store(postgres.newDatabase()))) {
            StringBuilder steps = new StringBuilder();
            for (int i = 0; i < 40; i++) {
                steps.append("{\"text\": \"Step ")
                        .append(i)
                        .append(".\", \"delay_ms\": 30, \"tool_calls\": [{\"tool\": \"TodoWrite\", \"input\":"
                                + " {\"todos\": []}}]},");
            }
            server.script("work", "{\"steps\": [" + steps + "{\"text\": \"Done.\"}]}");
            RandomGenerator random = RandomGenerator.of("L64X128MixRandom");
            for (int kill = 0; kill < KILLS; kill++) {
                List<String> told = new ArrayList<>();
                try (Api.Stream run = server.api().stream("POST", "/agent/run", WORK)) {
                    String session = readUntil(run, "tool_use", told);
                    Thread killer = Thread.ofVirtual().start(() -> {
                        try {
                            Thread.sleep(random.nextInt(1500));
                        } catch (InterruptedException e) {
                            throw new AssertionError(e);
                        }
                        postgres.kill();
                        postgres.startAgain();
                    });
                    String end = readToEnd(run, told);
                    killer.join();
                    await().atMost(Duration.ofSeconds(30))
                            .until(() -> server.anonymous().get("/health/ready").status() == 200);
                    await().atMost(Duration.ofSeconds(10))
                            .until(() -> server.api()
                                    .status(session)
                                    .get("status")
                                    .asString()
                                    .equals("idle"));
                    assertThatItIsWhole(server, session, told, end);
                }
            }
        }
    }

    /** Reads on to an event of that type, and returns the session. */
    private static String readUntil(Api.Stream run, String type, List<String> told) {
        while (true) {
            String line = run.nextText().orElseThrow();
            JsonNode json = JsonMapper.shared().readTree(line);
            told.add(line);
            if (json.get("type").asString().equals(type)) {
                return json.get("session_id").asString();
            }
        }
    }

    /** Reads to the end, and returns how the run ended. */
    private static String readToEnd(Api.Stream run, List<String> told) {
        for (Optional<String> line = run.nextText(); line.isPresent(); line = run.nextText()) {
            told.add(line.get());
        }
        JsonNode last = JsonMapper.shared().readTree(told.getLast());
        assertThat(last.get("type").asString()).as(last.toString()).isEqualTo("result");
        return last.get("status").asString();
    }

    /** Every event that was told with a {@code seq} is there, {@code seq} has no gap, and there is one result. */
    private static void assertThatItIsWhole(RunningServer server, String session, List<String> told, String end) {
        Lines stored = server.api().events(session, "");
        List<String> acknowledged = told.stream()
                .filter(line -> JsonMapper.shared().readTree(line).has("seq"))
                .toList();
        assertThat(stored.texts()).containsAll(acknowledged);
        assertThat(stored.of("result")).hasSize(1);
        assertThat(stored.result().get("status").asString()).isEqualTo(end);
        List<Long> seqs =
                server.server().belay().database().read(view -> view.list("""
                    SELECT seq FROM event JOIN stream ON stream.id = event.stream
                    WHERE ref = ? ORDER BY seq\
                    """, row -> row.getLong(1), session));
        assertThat(seqs)
                .isEqualTo(LongStream.rangeClosed(1, seqs.size()).boxed().toList());
    }
}
