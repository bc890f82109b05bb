package dev.belay.agent.openai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.belay.agent.model.Message;
import dev.belay.agent.model.Message.Block;
import dev.belay.agent.model.ModelAnswer;
import dev.belay.agent.model.ModelException;
import dev.belay.agent.model.ModelProvider;
import dev.belay.agent.model.ModelRequest;
import dev.belay.agent.model.ModelRequest.ToolDefinition;
import dev.belay.agent.model.catalogue.Endpoint;
import dev.belay.agent.model.catalogue.Prices;
import dev.belay.api.CostBasis;
import dev.belay.api.JsonText;
import dev.belay.api.Money;
import dev.belay.api.Secret;
import dev.belay.api.Usage;
import dev.belay.api.event.Attachment;
import dev.belay.modeldouble.ModelServer;
import dev.belay.modeldouble.Reply;
import dev.belay.modeldouble.ResponsesScript;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ResponsesTest {
    private static final String MODEL = "gpt-5.4";
    private static final String USAGE = """
            {"input_tokens":210,"output_tokens":50,"total_tokens":260,"input_tokens_details":{"cached_tokens":200},\
            "output_tokens_details":{"reasoning_tokens":7}}""";

    private ModelServer server;
    private ModelProvider provider;

    @BeforeAll
    void listen() {
        server = new ModelServer();
        provider = OpenAiProvider.at(
                new Endpoint(
                        "openai",
                        server.url() + "/v1",
                        new Secret("OPENAI_API_KEY", "key-1"),
                        Duration.ofSeconds(20),
                        Duration.ofMinutes(1)),
                _ -> true,
                Optional.empty(),
                model -> Prices.standard().find("openai", model),
                InstantSource.system());
    }

    @AfterAll
    void close() {
        server.close();
    }

    private static ModelRequest request(String model, Message... messages) {
        return new ModelRequest(
                model,
                "You are careful.",
                List.of(new ToolDefinition("Read", "Reads.", new JsonText("{\"type\":\"object\",\"x-a\":1}"))),
                List.of(messages),
                0);
    }

    private ModelAnswer ask(Heard heard, Reply reply) throws Exception {
        server.reply(reply);
        return provider.client(MODEL).ask(request(MODEL, new Message.User("hello")), heard);
    }

    private ModelException failure(Heard heard, Reply reply) {
        return catchThrowableOfType(ModelException.class, () -> ask(heard, reply));
    }

    private JsonNode lastBody() {
        return JsonMapper.shared().readTree(server.received().getLast().body());
    }

    private static ResponsesScript script() {
        return new ResponsesScript()
                .reasoning("opaque==", "First I look.", "Then I act.")
                .text("Let me ", "see: ", "größer")
                .call("call_a", "Read", "{\"path\": ", "\"a.txt\",  \"n\":1.0}")
                .call("call_b", "Bash", "{\"command\":\"ls\"}");
    }

    private static final String ITEM = """
            {"id":"rs_0","type":"reasoning","summary":[{"type":"summary_text","text":"First I look."},\
            {"type":"summary_text","text":"Then I act."}],"encrypted_content":"opaque=="}""";

    @Test
    void aResponseComesWithItsReasoningTextAndCallsAndWithWhatItCost() throws Exception {
        Heard heard = new Heard();

        ModelAnswer answered = ask(heard, script().end(USAGE));

        assertThat(heard.blocks).hasSize(4);
        Block.Thinking thinking = (Block.Thinking) heard.blocks.getFirst();
        assertThat(thinking.text()).isEqualTo("First I look.\n\nThen I act.");
        assertThat(heard.blocks.subList(1, 4))
                .containsExactly(
                        new Block.Text("Let me see: größer"),
                        new Block.ToolUse("call_a", "Read", new JsonText("{\"path\": \"a.txt\",  \"n\":1.0}")),
                        new Block.ToolUse("call_b", "Bash", new JsonText("{\"command\":\"ls\"}")));
        assertThat(heard.text).hasToString("Let me see: größer");
        assertThat(heard.thinking).hasToString("First I look.\n\nThen I act.");
        assertThat(answered.stopReason()).isEqualTo("tool_use");
        assertThat(answered.usage()).isEqualTo(new Usage(10, 50, 200, 0));
        // 10 × 2.5 + 50 × 15 + 200 × 0.25, in millionths of a dollar
        assertThat(answered.cost().amount()).isEqualTo(new Money(825));
        assertThat(answered.cost().basis()).isEqualTo(CostBasis.LIST);
    }

    @Test
    void whatTheModelSaidGoesBackToItWithItsEncryptedReasoning() throws Exception {
        Heard heard = new Heard();
        ask(heard, script().end(USAGE));
        server.reply(new ResponsesScript().text("done").end(USAGE));

        provider.client(MODEL)
                .ask(
                        request(
                                MODEL,
                                new Message.User("hello"),
                                new Message.Assistant(heard.blocks),
                                new Message.ToolResults(List.of(
                                        new Message.ToolResult("call_a", "text", false),
                                        new Message.ToolResult("call_b", "no such file", true)))),
                        new Heard());

        assertThat(server.received().getLast().path()).isEqualTo("/v1/responses");
        assertThat(server.received().getLast().headers()).containsEntry("authorization", "Bearer key-1");
        JsonNode body = lastBody();
        assertThat(body.path("stream").asBoolean()).isTrue();
        assertThat(body.path("store").asBoolean(true)).isFalse();
        assertThat(body.path("include").toString()).isEqualTo("[\"reasoning.encrypted_content\"]");
        assertThat(body.path("instructions").asString()).isEqualTo("You are careful.");
        assertThat(body.path("max_output_tokens").asInt()).isEqualTo(32000);
        assertThat(body.has("reasoning")).isFalse();
        assertThat(body.path("tools").toString()).isEqualTo("""
                        [{"type":"function","name":"Read","description":"Reads.","strict":false,\
                        "parameters":{"type":"object","x-a":1}}]""");
        assertThat(body.at("/input/1")).isEqualTo(JsonMapper.shared().readTree(ITEM));
        ((tools.jackson.databind.node.ArrayNode) body.path("input")).remove(1);
        assertThat(body.path("input").toString()).isEqualTo("""
                        [{"role":"user","content":"hello"},{"role":"assistant","content":"Let me see: größer"},\
                        {"type":"function_call","call_id":"call_a","name":"Read",\
                        "arguments":"{\\"path\\": \\"a.txt\\",  \\"n\\":1.0}"},\
                        {"type":"function_call","call_id":"call_b","name":"Bash","arguments":"{\\"command\\":\\"ls\\"}"},\
                        {"type":"function_call_output","call_id":"call_a","output":"text"},\
                        {"type":"function_call_output","call_id":"call_b","output":"no such file"}]""");
    }

    @Test
    void reasoningOfAnotherWireStaysBehindAndAPlainModelIsNotAskedForAny() throws Exception {
        server.reply(new ResponsesScript().text("hi").end(USAGE));

        provider.client("gpt-4o")
                .ask(
                        request(
                                "gpt-4o",
                                new Message.Assistant(
                                        List.of(new Block.Thinking("Hm.", "sig"), new Block.Thinking("Hm.", "")))),
                        new Heard());

        assertThat(lastBody().path("input").toString()).isEqualTo("[]");
        assertThat(lastBody().has("include")).isFalse();
    }

    @Test
    void filesAreShownWithinTheResultThatTheyBelongTo() throws Exception {
        server.reply(new ResponsesScript().text("ok").end(USAGE));

        provider.client(MODEL)
                .ask(
                        request(
                                MODEL,
                                new Message.ToolResults(List.of(new Message.ToolResult(
                                        "c",
                                        "two files",
                                        false,
                                        List.of(
                                                new Attachment("a.png", "image/png", "AAAA", 1),
                                                new Attachment("b.pdf", "application/pdf", "BBBB", 1)))))),
                        new Heard());

        assertThat(lastBody().at("/input/0/output").toString()).isEqualTo("""
                        [{"type":"input_text","text":"two files"},\
                        {"type":"input_image","image_url":"data:image/png;base64,AAAA"},\
                        {"type":"input_file","filename":"b.pdf","file_data":"data:application/pdf;base64,BBBB"}]""");
    }

    @Test
    void brokenArgumentsArriveAsTheyWereSentAndGoBackAsTextInAnObject() throws Exception {
        Heard heard = new Heard();
        ask(heard, new ResponsesScript().call("c", "Read", "{\"path\": \"a").end(USAGE));
        assertThat(heard.blocks).containsExactly(new Block.ToolUse("c", "Read", new JsonText("{\"path\": \"a")));
        server.reply(new ResponsesScript().text("done").end(USAGE));

        provider.client(MODEL).ask(request(MODEL, new Message.Assistant(heard.blocks)), new Heard());

        assertThat(lastBody().at("/input/0/arguments").asString())
                .isEqualTo("{\"_raw_content\":\"{\\\"path\\\": \\\"a\"}");
    }

    @Test
    void anEndpointMaySendItemsWholeAndTwice() throws Exception {
        Heard heard = new Heard();
        String call = """
                {"id":"fc_1","type":"function_call","call_id":"c","name":"Read","arguments":"{}","status":"completed"}""";

        ask(
                heard,
                new ResponsesScript()
                        .done(
                                "{\"id\":\"rs\",\"type\":\"reasoning\",\"summary\":[{\"type\":\"summary_text\",\"text\":\"Hm.\"}]}")
                        .done("""
                                {"id":"m","type":"message","status":"completed","role":"assistant","content":\
                                [{"type":"output_text","text":"Hello.","annotations":[]}]}""")
                        .done(call)
                        .done(call)
                        .end("null"));

        assertThat(heard.blocks)
                .containsExactly(
                        new Block.Thinking("Hm.", ""),
                        new Block.Text("Hello."),
                        new Block.ToolUse("c", "Read", new JsonText("{}")));
    }

    @ParameterizedTest
    @CsvSource({"max_output_tokens, max_tokens", "content_filter, refusal", "brand_new, brand_new"})
    void anIncompleteResponseSaysWhy(String sent, String told) throws Exception {
        Heard heard = new Heard();

        ModelAnswer answered = ask(heard, new ResponsesScript().text("so far").incomplete(sent, USAGE));

        assertThat(heard.blocks).containsExactly(new Block.Text("so far"));
        assertThat(answered.stopReason()).isEqualTo(told);
        assertThat(answered.usage().outputTokens()).isEqualTo(50);
    }

    @Test
    void aCallThatTheLimitCutBeforeItSaidAnythingWasNotAskedFor() throws Exception {
        Heard heard = new Heard();

        ask(
                heard,
                new ResponsesScript()
                        .call("a", "Read", "{}")
                        .call("b", "Bash", "")
                        .incomplete("max_output_tokens", USAGE));

        assertThat(heard.blocks).containsExactly(new Block.ToolUse("a", "Read", new JsonText("{}")));
    }

    @Test
    void aRefusalIsSaidAsText() throws Exception {
        Heard heard = new Heard();

        ModelAnswer answered =
                ask(heard, new ResponsesScript().refusal("I ", "will not.").end(USAGE));

        assertThat(heard.blocks).containsExactly(new Block.Text("I will not."));
        assertThat(answered.stopReason()).isEqualTo("refusal");
    }

    @ParameterizedTest
    @CsvSource({
        "server_error, provider_error, true",
        "rate_limit_exceeded, rate_limited, true",
        "invalid_prompt, invalid_request, false"
    })
    void aFailedResponseIsAnErrorThatKeepsTheTextBeforeIt(String sent, String told, boolean retryable) {
        Heard heard = new Heard();

        ModelException failed =
                failure(heard, new ResponsesScript().text("so far").failed(sent, "because of this"));

        assertThat(failed.code()).isEqualTo(told);
        assertThat(failed.retryable()).isEqualTo(retryable);
        assertThat(failed.text()).contains("because of this");
        assertThat(heard.blocks).containsExactly(new Block.Text("so far"));
    }

    @Test
    void anErrorEventIsAnErrorNestedOrNot() {
        assertThat(failure(
                                new Heard(),
                                new ResponsesScript()
                                        .event(
                                                "error",
                                                "\"code\":\"rate_limit_exceeded\",\"message\":\"busy\",\"param\":null")
                                        .unended())
                        .code())
                .isEqualTo("rate_limited");
        assertThat(failure(
                                new Heard(),
                                new ResponsesScript()
                                        .event(
                                                "error",
                                                "\"error\":{\"type\":\"rate_limit_error\",\"message\":\"busy\"}")
                                        .unended())
                        .code())
                .isEqualTo("rate_limited");
    }
}
