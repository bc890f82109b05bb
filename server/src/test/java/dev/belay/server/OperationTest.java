package dev.belay.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.belay.server.Api.Answer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** What operators ask. */
class OperationTest {
    @TempDir
    private Path data;

    @Test
    void aServerThatStartedIsLiveAndReady() {
        try (RunningServer server = RunningServer.start(data)) {
            assertThat(server.anonymous().get("/health/live").status()).isEqualTo(200);
            Answer ready = server.anonymous().get("/health/ready");
            assertThat(ready.status()).as(ready.text()).isEqualTo(200);
            assertThat(ready.json().at("/checks/sandbox/detail").asString()).contains("local");
        }
    }

    @Test
    void aServerWhoseStoreIsGoneIsLiveAndNotReady() {
        try (RunningServer server = RunningServer.start(data)) {
            server.server().belay().database().close();

            assertThat(server.anonymous().get("/health/live").status()).isEqualTo(200);
            Answer ready = server.anonymous().get("/health/ready");
            assertThat(ready.status()).isEqualTo(503);
            assertThat(ready.json().at("/checks/store/ok").asBoolean()).isFalse();
            assertThat(ready.json().at("/checks/sandbox/ok").asBoolean()).isTrue();
        }
    }

    @Test
    void metricsCountTurnsByHowTheyEnded() {
        try (RunningServer server = RunningServer.start(data)) {
            server.script("short", "{\"steps\": [{\"text\": \"x\", \"expect\": \"what the prompt does not say\"}]}");
            server.api().run("{\"prompt\": \"hi\", \"model\": \"scripted\"}").result();
            server.api().run("{\"prompt\": \"hi\", \"model\": \"scripted\"}").result();
            server.api().run("{\"prompt\": \"hi\", \"model\": \"scripted:short\"}");

            // A turn is counted when its end is stored, which its readers may learn first.
            await().untilAsserted(
                            () -> assertThat(server.anonymous().get("/metrics").text())
                                    .contains("belay_turns_total{status=\"success\"} 2.0")
                                    .contains("belay_turns_total{status=\"error\"} 1.0")
                                    .contains("belay_turns_running 0.0")
                                    .contains("belay_streams_open 0.0")
                                    .contains("jvm_memory_used_bytes"));
        }
    }

    @Test
    void metricsCanBeTurnedOff() {
        try (RunningServer server = RunningServer.start(data, Map.of("metrics.enabled", "false"))) {
            assertThat(server.anonymous().get("/metrics").status()).isEqualTo(404);
        }
    }

    @Test
    void everyRouteIsDescribedAndEveryDescriptionIsARoute() {
        try (RunningServer server = RunningServer.start(data)) {
            List<String> routes = server.server().routes().stream()
                    .map(route -> route.method() + " " + route.path().replace("...}", "}"))
                    .toList();

            assertThat(routes).containsExactlyInAnyOrderElementsOf(Description.operations());
        }
    }

    @Test
    void theDescriptionsAreServedOneByOneAndTogether() {
        try (RunningServer server = RunningServer.start(data)) {
            assertThat(server.anonymous().get("/openapi/cloud-agent.yaml").text())
                    .contains("/agent/run");
            assertThat(server.anonymous().get("/openapi/belay.yaml").text()).contains("/health/ready");
            JsonNode merged = server.anonymous().get("/openapi.json").json();

            assertThat(merged.get("openapi").asString()).isEqualTo("3.1.0");
            List<String> operations = new ArrayList<>();
            merged.get("paths")
                    .properties()
                    .forEach(path -> path.getValue().propertyNames().stream()
                            .filter(method -> !method.equals("parameters"))
                            .forEach(method -> operations.add(method.toUpperCase(Locale.ROOT) + " " + path.getKey())));
            assertThat(operations).containsExactlyInAnyOrderElementsOf(Description.operations());
            assertThat(merged.findValuesAsString("$ref"))
                    .isNotEmpty()
                    .allSatisfy(ref -> assertThat(merged.at(ref.substring(1)).isMissingNode())
                            .as(ref)
                            .isFalse());
        }
    }
}
