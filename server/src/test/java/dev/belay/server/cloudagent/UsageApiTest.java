package dev.belay.server.cloudagent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.belay.api.Permission;
import dev.belay.server.Api;
import dev.belay.server.RunningServer;
import dev.belay.tenancy.IssuedKey;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** What a workspace used, and what it may. */
@Timeout(120)
class UsageApiTest {
    private static final String PRICED = """
            {"price": {"input": 1, "output": 10}, "steps": [
              {"text": "One.", "usage": {"input_tokens": 1000, "output_tokens": 100}},
              {"text": "Two.", "usage": {"input_tokens": 1000, "output_tokens": 100}}]}""";

    @TempDir
    Path data;

    private static String today() {
        return LocalDate.ofInstant(Instant.now(), ZoneOffset.UTC).toString();
    }

    private static void run(Api api, String model) {
        api.run("{\"prompt\":\"go\",\"model\":\"" + model + "\"}");
    }

    @Test
    void turnsAreCountedByDayKeySessionAndModel() {
        try (RunningServer server = RunningServer.start(data)) {
            server.script("priced", PRICED);
            Api api = server.api();
            IssuedKey key = server.key(server.defaultWorkspace(), "other", EnumSet.of(Permission.RUN));
            Api other = server.api(key);
            run(api, "scripted:priced");
            run(api, "scripted:priced");
            run(other, "scripted:priced");
            run(other, "scripted");

            JsonNode usage = api.get("/agent/usage").json();
            assertThat(usage.at("/total/turns").asInt()).isEqualTo(4);
            assertThat(usage.at("/total/model_calls").asInt()).isEqualTo(4);
            assertThat(usage.at("/total/input_tokens").asInt()).isEqualTo(3000);
            assertThat(usage.at("/total/output_tokens").asInt()).isEqualTo(300);
            assertThat(usage.at("/total/cost_usd").decimalValue()).isEqualByComparingTo("0.006");
            assertThat(usage.get("rows")).hasSize(1);
            assertThat(usage.at("/rows/0/day").asString()).isEqualTo(today());

            JsonNode byKey = api.get("/agent/usage?by=key,model").json().get("rows");
            assertThat(byKey.valueStream()
                            .map(row -> row.get("key").asString() + " "
                                    + row.get("model").asString() + " "
                                    + row.get("turns").asInt()))
                    .contains(key.key().id() + " scripted 1", key.key().id() + " scripted:priced 1")
                    .hasSize(3);
            assertThat(api.get("/agent/usage?by=session").json().get("rows")).hasSize(4);
            assertThat(api.get("/agent/usage?by=").json().get("rows")).hasSize(1);
            assertThat(api.get("/agent/usage?to=2001-01-31")
                            .json()
                            .at("/total/turns")
                            .asInt())
                    .isZero();

            Api elsewhere = server.api(server.key(
                    server.workspace(server.organisation("others"), "elsewhere"), "k", Set.of(Permission.READ)));
            assertThat(elsewhere.get("/agent/usage").json().at("/total/turns").asInt())
                    .isZero();
            assertThat(other.get("/agent/usage").status()).isEqualTo(403);
            for (String wrong :
                    new String[] {"from=yesterday", "to=10000-01-01", "by=hour", "from=2001-02-01&to=2001-01-01"}) {
                assertThat(api.get("/agent/usage?" + wrong).errorField())
                        .isEqualTo(wrong.substring(0, wrong.indexOf('=')));
            }
        }
    }

    @Test
    void aWorkspaceSpendsNoMoreThanItMayOnADayAlsoAfterARestart() {
        Map<String, String> settings = Map.of("budget.workspace_day_usd", "0.005");
        try (RunningServer server = RunningServer.start(data, settings)) {
            server.script("priced", PRICED);
            for (int i = 0; i < 2; i++) {
                assertThat(server.api()
                                .run("{\"prompt\":\"go\",\"model\":\"scripted:priced\"}")
                                .result()
                                .get("status")
                                .asString())
                        .isEqualTo("success");
            }
            refused(server.api());
            assertThat(server.api()
                            .run("{\"prompt\":\"go\",\"model\":\"scripted\"}")
                            .result()
                            .get("status")
                            .asString())
                    .isEqualTo("success");
        }
        try (RunningServer server = RunningServer.start(data, settings)) {
            Api api = server.api(server.key(server.defaultWorkspace(), "second"));
            refused(api);
            Api other = server.api(server.key(server.workspace(server.organisation("others"), "other"), "k"));
            assertThat(other.run("{\"prompt\":\"go\",\"model\":\"scripted:priced\"}")
                            .result()
                            .get("status")
                            .asString())
                    .isEqualTo("success");
        }
    }

    private static void refused(Api api) {
        JsonNode result =
                api.run("{\"prompt\":\"go\",\"model\":\"scripted:priced\"}").result();
        assertThat(result.get("status").asString()).isEqualTo("budget_exceeded");
        assertThat(result.at("/error/message").asString()).contains("budget.workspace_day_usd");
        assertThat(result.get("turns").asInt()).isZero();
    }
}
