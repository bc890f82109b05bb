package dev.belay.server.cloudagent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.belay.modeldouble.Answer;
import dev.belay.modeldouble.MessagesScript;
import dev.belay.modeldouble.ModelServer;
import dev.belay.modeldouble.Reply;
import dev.belay.modeldouble.Style;
import dev.belay.server.Lines;
import dev.belay.server.RawClient;
import dev.belay.server.RunningServer;
import dev.belay.store.StoredJson;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** A run whose model is asked over a real wire, from the request to its one result. */
class ModelsOverTheWireTest {
    private static final String START = "{\"input_tokens\":10,\"output_tokens\":1}";
    /** A red dot. */
    private static final String IMAGE =
            "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==";

    private static final String KEY = "key-of-a-provider-4711";

    private static ModelServer models;
    private static RunningServer server;

    @BeforeAll
    static void start(@TempDir Path data) {
        models = new ModelServer();
        server = RunningServer.start(
                data,
                Map.of("agent.model", ""),
                Map.of(
                        "ANTHROPIC_API_KEY",
                        KEY,
                        "ANTHROPIC_BASE_URL",
                        models.url(),
                        "OPENAI_API_KEY",
                        KEY,
                        "OPENAI_BASE_URL",
                        models.url() + "/v1"));
    }

    @AfterAll
    static void stop() {
        server.close();
        models.close();
    }

    private static Lines run(String body) {
        return server.api().run(body);
    }

    @Test
    void aFirstProviderWithAKeyAnswersWhereNoModelIsNamed() {
        models.reply(new MessagesScript(START).text("Hello.").end("end_turn", "{\"output_tokens\":20}"));

        JsonNode result = run("{\"prompt\": \"hi\"}").result();

        assertThat(result.path("status").asString()).isEqualTo("success");
        assertThat(result.path("model").asString()).isEqualTo("anthropic:claude-sonnet-5-5");
        assertThat(models.received().getLast().body()).contains("\"model\":\"claude-sonnet-5-5\"");
    }

    @Test
    void aRunOutlivesACutAnOverloadAndBrokenArguments() {
        MessagesScript cut =
                new MessagesScript(START).text("Let me look.").toolUse("t1", "Bash", "{\"command\":\"touch no\"}");
        models.reply(
                cut.unended(),
                Reply.error(529, "{\"error\":{\"type\":\"overloaded_error\",\"message\":\"busy\"}}", "Retry-After: 0"),
                new MessagesScript(START)
                        .toolUse("t2", "Bash", "{\"command\": ")
                        .end("tool_use", "{\"output_tokens\":20}"),
                new MessagesScript(START)
                        .thinking("sig", "Quotes.")
                        .toolUse("t3", "Bash", "{\"command\":", "\"ls; echo over the wire\"}")
                        .end("tool_use", "{\"output_tokens\":20}"),
                new MessagesScript(START).text("Done.").end("end_turn", "{\"output_tokens\":20}"));

        Lines lines = run("{\"prompt\": \"go\", \"model\": \"sonnet\"}");

        assertThat(lines.of("result")).hasSize(1);
        assertThat(lines.result().path("status").asString()).isEqualTo("success");
        List<JsonNode> results = lines.of("tool_result");
        assertThat(results).hasSize(2);
        assertThat(results.getFirst().path("output").asString()).contains("not JSON");
        assertThat(results.getLast().path("output").asString()).isEqualTo("over the wire\n");
        // Three answers of 10 tokens in at 2 dollars and 20 out at 10 dollars per million, and what the cut one said at
        // its beginning: 10 and 1.
        assertThat(lines.result().path("cost_usd").decimalValue()).isEqualByComparingTo("0.00069");
        assertThat(models.received().getLast().body()).contains("\"signature\":\"sig\"");
    }

    /** The model's name decides the wire: OpenAI's newer ones are asked over Responses. */
    @ParameterizedTest
    @CsvSource({
        "claude-opus-5, anthropic:claude-opus-5, MESSAGES",
        "gpt-4.1, openai:gpt-4.1, CHAT",
        "gpt-5.4, openai:gpt-5.4, RESPONSES"
    })
    void everyWireCallsToolsAndHasItsReasoningBack(String asked, String model, Style style) {
        models.reply(
                new Answer()
                        .noisy()
                        .thinking("opaque==", "I look.")
                        .call("c1", "Bash", "{\"command\":", "\"echo over the wire\"}")
                        .in(style),
                new Answer().text("Said.").in(style));

        Lines lines = run("{\"prompt\": \"go\", \"model\": \"" + asked + "\"}");

        assertThat(lines.result().path("status").asString()).isEqualTo("success");
        assertThat(lines.result().path("model").asString()).isEqualTo(model);
        assertThat(lines.result().path("summary").asString()).isEqualTo("Said.");
        assertThat(lines.of("tool_result").getFirst().path("output").asString()).isEqualTo("over the wire\n");
        ModelServer.Received last = models.received().getLast();
        assertThat(Style.of(last)).isEqualTo(style);
        assertThat(last.body()).contains(style == Style.CHAT ? "\"reasoning_content\":\"I look.\"" : "opaque==");
    }

    @ParameterizedTest
    @CsvSource({"claude-opus-5, MESSAGES", "gpt-4.1, CHAT", "gpt-5.4, RESPONSES"})
    void theModelSeesAnImageAndADocumentOfTheWorkspace(String model, Style style) {
        // The key in two parts, because commands are redacted, too.
        String make = "echo " + IMAGE + " | base64 -d > a.png; printf '%%PDF-1.4\\n/Type /Page\\n%%%%EOF\\n' > b.pdf;"
                + " printf '%%PDF-1.4\\n/Type /Page\\n%s%s\\n%%%%EOF\\n' " + KEY.substring(0, 9) + " "
                + KEY.substring(9)
                + " > c.pdf";
        models.reply(
                new Answer()
                        .call("c1", "Bash", StoredJson.encode(Map.of("command", make)))
                        .in(style),
                new Answer()
                        .call("c2", "Read", "{\"file_path\":\"a.png\"}")
                        .call("c3", "Read", "{\"file_path\":\"b.pdf\"}")
                        .call("c4", "Read", "{\"file_path\":\"c.pdf\"}")
                        .in(style),
                new Answer().text("A red dot.").in(style));

        Lines lines = run("{\"prompt\": \"look\", \"model\": \"" + model
                + "\", \"max_budget_usd\": 5, \"allow_unpriced\": true}");

        assertThat(lines.result().path("status").asString()).isEqualTo("success");
        JsonNode shown = lines.of("tool_result").stream()
                .filter(line -> line.path("id").asString().equals("c2"))
                .findFirst()
                .orElseThrow();
        assertThat(shown.path("output").asString()).startsWith("a.png: image/png, 1 x 1 pixels");
        assertThat(shown.at("/attachments/0/media_type").asString()).isEqualTo("image/png");
        assertThat(shown.toString()).doesNotContain(IMAGE);
        assertThat(models.received().getLast().body())
                .contains(IMAGE)
                .contains(Base64.getEncoder()
                        .encodeToString("%PDF-1.4\n/Type /Page\n%%EOF\n".getBytes(StandardCharsets.UTF_8)))
                .contains("c.pdf is left out: it holds a secret")
                .doesNotContain(KEY);
    }

    @Test
    void aModelWithoutAPriceIsNotAskedUnderABudget() {
        int asked = models.received().size();
        JsonNode result = run("{\"prompt\": \"hi\", \"model\": \"gpt-4.1\", \"max_budget_usd\": 5}")
                .result();

        assertThat(result.path("status").asString()).isEqualTo("error");
        assertThat(result.at("/error/code").asString()).isEqualTo("no_price");
        assertThat(result.at("/error/message").asString())
                .contains("max_budget_usd")
                .contains("allow_unpriced");
        assertThat(models.received()).hasSize(asked);
    }

    @ParameterizedTest
    @CsvSource({"claude-opus-5, MESSAGES", "gpt-4.1, CHAT", "gpt-5.4, RESPONSES"})
    void aClientThatLeavesClosesTheConnectionToTheModel(String model, Style style) throws Exception {
        Reply begun = new Answer().text("word ").unended(style);
        models.reply(begun.silentAfter(begun.length()));
        try (RawClient client = RawClient.to(server.url())) {
            client.run(server.key(), "{\"prompt\": \"go\", \"model\": \"" + model + "\"}")
                    .session();
            models.awaitSilence();
        }

        models.awaitClientLeaving();
    }

    @Test
    void aRefusedKeyEndsTheRunWithTheProvidersWords() {
        models.reply(
                Reply.error(401, "{\"error\":{\"type\":\"authentication_error\",\"message\":\"bad " + KEY + "\"}}"));

        JsonNode result = run("{\"prompt\": \"hi\", \"model\": \"opus\"}").result();

        assertThat(result.at("/error/code").asString()).isEqualTo("auth");
        assertThat(result.toString()).doesNotContain(KEY);
    }

    @Test
    void aProviderThatCannotBeCalledIsRefusedByName() {
        assertThat(server.api()
                        .post("/agent/run", "{\"prompt\": \"hi\", \"model\": \"xai:grok\"}")
                        .text())
                .contains("xai")
                .contains("XAI_API_KEY");
        assertThat(server.api()
                        .post("/agent/run", "{\"prompt\": \"hi\", \"model\": \"bedrock:x\"}")
                        .text())
                .contains("bedrock");
    }
}
