package dev.belay.server.cloudagent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.belay.server.Api;
import dev.belay.server.Lines;
import dev.belay.server.RunningServer;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs whose answer has to fit a schema. */
class StructuredOutputTest {
    private static final String SCHEMA =
            "{\"type\":\"object\",\"properties\":{\"answer\":{\"type\":\"integer\"}},\"required\":[\"answer\"]}";
    private static final String COUNTS =
            "{\"text\":\"I count.\",\"tool_calls\":[{\"tool\":\"Bash\",\"input\":{\"command\":\"echo 42\"}}]}";
    private static final String RIGHT = "{\"tool_calls\":[{\"tool\":\"StructuredOutput\",\"input\":{\"answer\":42}}]}";
    private static final String WRONG =
            "{\"tool_calls\":[{\"tool\":\"StructuredOutput\",\"input\":{\"answer\":\"42\"}}]}";
    private static final String TALKS = "{\"text\":\"It is 42.\"}";

    private static RunningServer server;

    @BeforeAll
    static void start(@TempDir Path data) {
        server = RunningServer.start(data);
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static Lines run(String more, String... steps) {
        server.script("answers", "{\"steps\":[" + String.join(",", steps) + "]}");
        return server.api()
                .run("{\"prompt\":\"What is it?\",\"model\":\"scripted:answers\",\"output_schema\":" + SCHEMA + more
                        + "}");
    }

    @Test
    void theAnswerIsInTheResult() {
        Lines lines = run("", COUNTS, RIGHT);

        assertThat(lines.result().path("status").asString()).isEqualTo("success");
        assertThat(lines.result().path("structured_output").toString()).isEqualTo("{\"answer\":42}");
        assertThat(lines.of("tool_use").getLast().path("tool").asString()).isEqualTo("StructuredOutput");
        assertThat(server.api().events(lines.session(), "").durable()).isEqualTo(lines.durable());
    }

    @Test
    void anAnswerThatDoesNotFitIsSentBackOnce() {
        Lines lines = run("", WRONG, RIGHT);

        assertThat(lines.of("tool_result").getFirst().path("is_error").booleanValue())
                .isTrue();
        assertThat(lines.of("tool_result").getFirst().path("output").asString())
                .contains("answer must be an integer, not a string");
        assertThat(lines.result().path("structured_output").toString()).isEqualTo("{\"answer\":42}");
    }

    @Test
    void aModelThatEndsWithTextIsRemindedOnce() {
        Lines lines = run(
                "",
                TALKS,
                RIGHT.replace("\"tool_calls\"", "\"expect\":\"call the tool StructuredOutput\",\"tool_calls\""));

        assertThat(lines.result().path("status").asString()).isEqualTo("success");
        assertThat(lines.result().path("structured_output").toString()).isEqualTo("{\"answer\":42}");
        assertThat(lines.result().path("turns").asInt()).isEqualTo(2);
    }

    @Test
    void aTextThatIsTheAnswerCountsAsOne() {
        Lines lines = run("", "{\"text\":\"{\\\"answer\\\": 7}\"}");

        assertThat(lines.result().path("structured_output").toString()).isEqualTo("{\"answer\":7}");
    }

    @Test
    void aModelThatNeverGivesOneEndsTheRunWithAClearError() {
        for (String[] steps : new String[][] {{WRONG, WRONG}, {TALKS, TALKS}, {TALKS, WRONG}, {WRONG, TALKS}}) {
            Lines lines = run("", steps[0], steps[1], RIGHT);

            assertThat(lines.result().path("status").asString()).isEqualTo("error");
            assertThat(lines.result().at("/error/code").asString()).isEqualTo("structured_output");
            assertThat(lines.result().path("turns").asInt()).isEqualTo(2);
            assertThat(lines.result().has("structured_output")).isFalse();
        }
    }

    @Test
    void noToolsAreNeededForIt() {
        assertThat(run(",\"allowed_tools\":[],\"sandbox_enabled\":false", RIGHT)
                        .result()
                        .path("structured_output")
                        .toString())
                .isEqualTo("{\"answer\":42}");
    }

    @Test
    void withoutASchemaThereIsNoSuchTool() {
        server.script("answers", "{\"steps\":[" + RIGHT + "," + TALKS + "]}");

        Lines lines = server.api().run("{\"prompt\":\"hi\",\"model\":\"scripted:answers\"}");

        assertThat(lines.of("tool_result").getFirst().path("output").asString()).contains("There is no tool");
        assertThat(lines.result().has("structured_output")).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"an object\"",
                "{\"type\":\"array\"}",
                "{\"type\":\"object\",\"properties\":7}",
                "{\"type\":\"object\",\"$ref\":\"http://127.0.0.1:9/\"}"
            })
    void aBadSchemaIsRefusedBeforeTheStreamBegins(String schema) {
        Api.Answer refused = server.api().post("/agent/run", "{\"prompt\":\"hi\",\"output_schema\":" + schema + "}");

        assertThat(refused.status()).isEqualTo(422);
        assertThat(refused.errorField()).isEqualTo("output_schema");
    }
}
