package dev.belay.server.cloudagent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.belay.modeldouble.Answer;
import dev.belay.modeldouble.ModelServer;
import dev.belay.modeldouble.Reply;
import dev.belay.modeldouble.Style;
import dev.belay.server.Lines;
import dev.belay.server.RawClient;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;

/** Rows of the Cloud Agent contract's checklist (section 5) through a running server, over every wire. */
@ParameterizedClass
@EnumSource(Style.class)
class RowsOverTheWireTest {
    private static ModelHouse house;

    @Parameter
    Style style;

    private int before;

    @BeforeAll
    static void start(@TempDir Path data) {
        house = new ModelHouse(data, Map.of());
    }

    @AfterAll
    static void stop() {
        house.close();
    }

    @BeforeEach
    void beginAnew() {
        house.models.forget();
        before = house.models.received().size();
    }

    private List<ModelServer.Received> received() {
        return house.models.received().subList(before, house.models.received().size());
    }

    private String request(String options) {
        return "{\"prompt\": \"go\", \"model\": \"" + ModelHouse.model(style) + "\"" + options + "}";
    }

    private Lines run(String options) {
        return house.server.api().run(request(options));
    }

    private void says(Answer... answers) {
        for (Answer answer : answers) {
            house.models.reply(answer.in(style));
        }
    }

    private static Answer bash(String command) {
        return new Answer().call("c1", "Bash", "{\"command\":", "\"" + command + "\"}");
    }

    @Test
    void happyPath() {
        says(
                new Answer().text("Let me ", "look.").call("c1", "Bash", "{\"command\":\"echo hi\"}"),
                new Answer().text("Done."));

        Lines lines = run("");

        assertThat(lines.types())
                .containsExactly("status", "thinking", "tool_use", "tool_result", "thinking", "result");
        assertThat(lines.result().path("status").asString()).isEqualTo("success");
        assertThat(lines.of("tool_result").getFirst().path("output").asString()).isEqualTo("hi\n");
        assertThat(lines.result().path("summary").asString()).isEqualTo("Done.");
        assertThat(lines.result().path("model").asString()).isEqualTo(ModelHouse.model(style));
    }

    @Test
    void toolPairing() {
        says(
                new Answer()
                        .call("slow", "Grep", "{\"pattern\":\"x\",\"path\":\"/usr/share/dict\"}")
                        .call("fast", "Glob", "{\"pattern\":\"*\"}"),
                new Answer().text("Done."));

        Lines lines = run("");

        assertThat(lines.of("tool_use"))
                .extracting(line ->
                        line.path("id").asString() + " " + line.path("tool").asString())
                .containsExactly("slow Grep", "fast Glob");
        assertThat(lines.of("tool_result"))
                .extracting(line ->
                        line.path("id").asString() + " " + line.path("tool").asString())
                .containsExactlyInAnyOrder("slow Grep", "fast Glob");
        assertThat(received().getLast().body()).contains("\"slow\"", "\"fast\"");
    }

    @Test
    void toolFailure() {
        says(bash("exit 3"), new Answer().text("It failed."));

        Lines lines = run("");

        assertThat(lines.of("tool_result").getFirst().path("is_error").booleanValue())
                .isTrue();
        assertThat(lines.of("tool_result").getFirst().path("output").asString()).contains("3");
        assertThat(lines.result().path("status").asString()).isEqualTo("success");
    }

    @Test
    void maxTurns() {
        says(bash("true"), bash("true"), bash("true"));

        JsonNode result = run(", \"max_turns\": 3").result();

        assertThat(result.path("status").asString()).isEqualTo("max_turns");
        assertThat(result.path("turns").asInt()).isEqualTo(3);
        assertThat(received()).hasSize(3);
    }

    @Test
    void timeout() throws Exception {
        Reply silent = new Answer().text("I think about it.").in(style);
        house.models.reply(silent.silentAfter(silent.length() / 2));

        JsonNode result = run(", \"timeout_s\": 1").result();

        assertThat(result.path("status").asString()).isEqualTo("timeout");
        house.models.awaitClientLeaving();
    }

    @Test
    void clientDisconnect() throws Exception {
        Reply silent = new Answer().text("I think about it.").in(style);
        house.models.reply(silent.silentAfter(silent.length() / 2));

        String session;
        try (RawClient client = RawClient.to(house.server.url())) {
            session = client.run(house.server.key(), request("")).session();
            house.models.awaitSilence();
        }

        house.models.awaitClientLeaving();
        await().untilAsserted(() -> assertThat(house.server
                        .api()
                        .status(session)
                        .at("/history/0/status")
                        .asString())
                .isEqualTo("cancelled"));
    }

    @ParameterizedTest
    @CsvSource({
        "401, auth, 0",
        "403, auth, 0",
        "404, model_not_found, 0",
        "400, invalid_request, 0",
        "429, , 1",
        "500, , 1",
        "529, , 1"
    })
    void apiErrors(int status, String code, int retries) {
        String body = "{\"error\":{\"type\":\"some_error\",\"message\":\"told by the provider\"}}";
        house.models.reply(Reply.error(status, body, "Retry-After: 0"));
        if (retries > 0) {
            says(new Answer().text("Now."));
        }

        Lines lines = run("");

        assertThat(lines.of("status").stream()
                        .filter(line -> line.path("message").asString().equals("retrying"))
                        .map(line -> line.at("/error/http_status").asInt()))
                .hasSize(retries)
                .allMatch(told -> told == status);
        if (retries > 0) {
            assertThat(lines.result().path("status").asString()).isEqualTo("success");
        } else {
            assertThat(lines.result().path("status").asString()).isEqualTo("error");
            assertThat(lines.result().at("/error/code").asString()).isEqualTo(code);
            assertThat(lines.result().at("/error/http_status").asInt()).isEqualTo(status);
            assertThat(lines.result().at("/error/message").asString()).contains("told by the provider");
            assertThat(lines.result().path("cost_usd").decimalValue()).isEqualByComparingTo("0");
        }
        assertThat(house.server.api().status(lines.session()).path("status").asString())
                .isEqualTo("idle");
    }

    @Test
    void aCutStreamIsAskedForAgainAndWhatItsProviderCountedIsPaid() {
        house.models.reply(new Answer().text("Half of").unended(style));
        says(new Answer().text("The whole.").counts(10, 20));

        Lines lines = run("");

        assertThat(lines.result().path("summary").asString()).isEqualTo("The whole.");
        // An answer of 10 tokens in and 20 out. Only Messages says at the beginning what it has read, here 10 in and 1
        // out.
        assertThat(lines.result().path("cost_usd").decimalValue())
                .isEqualByComparingTo(style == Style.MESSAGES ? "0.00025" : "0.00022");
        assertThat(lines.result().path("cost_basis").asString()).isEqualTo("unknown");
        assertThat(house.server.api().status(lines.session()).at("/usage/cost_usd"))
                .isEqualTo(lines.result().path("cost_usd"));
    }

    @Test
    void maxBudget() {
        // A call is worth at most some 0.01 dollars for what may come of it, and what its prompt costs; each really
        // costs 0.006.
        says(
                bash("true").counts(500, 500),
                bash("true").counts(500, 500),
                bash("true").counts(500, 500),
                bash("true").counts(500, 500));

        JsonNode result = run(", \"max_budget_usd\": 0.03").result();

        assertThat(result.path("status").asString()).isEqualTo("budget_exceeded");
        int calls = received().size();
        assertThat(result.path("turns").asInt()).isEqualTo(calls).isBetween(1, 3);
        assertThat(result.path("cost_usd").decimalValue())
                .isEqualByComparingTo(new BigDecimal("0.006").multiply(BigDecimal.valueOf(calls)));
    }

    @Test
    void aFirstCallThatDoesNotFitTheBudgetIsNotMade() {
        assertThat(run(", \"max_budget_usd\": 0.00001").result().path("status").asString())
                .isEqualTo("budget_exceeded");
        assertThat(received()).isEmpty();
    }

    @Test
    void modelSwitchPerRequest() {
        says(new Answer().text("One."));
        run("");
        Style other = Style.values()[(style.ordinal() + 1) % Style.values().length];
        house.models.reply(new Answer().text("Two.").in(other));
        house.server
                .api()
                .run("{\"prompt\": \"go\", \"model\": \"" + ModelHouse.model(other) + "\"}")
                .result();

        assertThat(received()).extracting(Style::of).containsExactly(style, other);
        assertThat(received().getFirst().body()).contains("\"" + name(style) + "\"");
        assertThat(received().getLast().body()).contains("\"" + name(other) + "\"");
    }

    private static String name(Style style) {
        return ModelHouse.model(style).replaceFirst(".*:", "");
    }

    @Test
    void structuredOutput() {
        says(bash("echo 42"), new Answer().text("Here it is.").call("c2", "StructuredOutput", "{\"answer\":", "42}"));

        Lines lines = run(
                ", \"output_schema\":"
                        + " {\"type\":\"object\",\"properties\":{\"answer\":{\"type\":\"integer\"}},\"required\":[\"answer\"]}");

        assertThat(lines.result().path("status").asString()).isEqualTo("success");
        assertThat(lines.result().path("structured_output").toString()).isEqualTo("{\"answer\":42}");
        assertThat(received().getFirst().body()).contains("\"StructuredOutput\"", "\"answer\"");
    }

    @Test
    void fallback() {
        Style other = style == Style.MESSAGES ? Style.CHAT : Style.MESSAGES;
        house.models.reply(
                new Answer()
                        .thinking("sig", "Hm.")
                        .call("c1", "Bash", "{\"command\":\"echo one\"}")
                        .in(style),
                ModelHouse.overloaded(),
                ModelHouse.overloaded(),
                ModelHouse.overloaded(),
                ModelHouse.overloaded(),
                ModelHouse.overloaded(),
                new Answer()
                        .call("c2", "Bash", "{\"command\":\"echo two\"}")
                        .counts(1000, 100)
                        .in(other),
                new Answer().text("Done.").in(other));

        Lines lines = run(", \"fallback_model\": \"" + ModelHouse.model(other) + "\"");

        JsonNode told = lines.of("status").stream()
                .filter(line -> line.path("message").asString().equals("fallback"))
                .findFirst()
                .orElseThrow();
        assertThat(told.path("fallback_from").asString()).isEqualTo(ModelHouse.model(style));
        assertThat(told.path("model").asString()).isEqualTo(ModelHouse.model(other));
        assertThat(told.at("/error/code").asString()).isEqualTo("overloaded");
        assertThat(lines.result().path("status").asString()).isEqualTo("success");
        assertThat(lines.result().path("model").asString()).isEqualTo(ModelHouse.model(other));
        assertThat(lines.of("tool_result")).hasSize(2);
        // 10 in and 20 out, 1,000 in and 100 out, 10 in and 20 out; what was refused costs nothing.
        assertThat(lines.result().path("cost_usd").decimalValue()).isEqualByComparingTo("0.00344");
        assertThat(lines.result().path("cost_basis").asString()).isEqualTo("list");
        assertThat(received().getLast().body()).contains("echo one", "echo two").doesNotContain("Hm.");
    }
}
