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
import dev.belay.modeldouble.ChatScript;
import dev.belay.modeldouble.ModelServer;
import dev.belay.modeldouble.Reply;
import java.time.Duration;
import java.time.Instant;
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
class ChatTest {
    private static final String MODEL = "gpt-5.4";
    private static final String USAGE = """
            {"prompt_tokens":210,"completion_tokens":50,"total_tokens":260,"prompt_tokens_details":{"cached_tokens":200}}""";
    private static final InstantSource NOON = InstantSource.fixed(Instant.parse("2026-11-20T12:00:00Z"));
    private static final Prices PRICES = Prices.standard();

    private ModelServer server;
    private ModelProvider provider;

    @BeforeAll
    void listen() {
        server = new ModelServer();
        provider = provider(Duration.ofSeconds(20));
    }

    @AfterAll
    void close() {
        server.close();
    }

    private ModelProvider provider(Duration idle) {
        Endpoint endpoint = new Endpoint(
                "openai", server.url() + "/v1", new Secret("OPENAI_API_KEY", "key-1"), idle, Duration.ofMinutes(1));
        return OpenAiProvider.at(endpoint, _ -> false, Optional.empty(), model -> PRICES.find("openai", model), NOON);
    }

    private static ModelRequest prompt(String text) {
        return request(new Message.User(text));
    }

    private static ModelRequest request(Message... messages) {
        return new ModelRequest(
                MODEL,
                "You are careful.",
                List.of(new ToolDefinition("Read", "Reads.", new JsonText("{\"type\":\"object\",\"x-a\":1}"))),
                List.of(messages),
                0);
    }

    private ModelException failure(Heard heard, Reply reply) {
        server.reply(reply);
        return catchThrowableOfType(
                ModelException.class, () -> provider.client(MODEL).ask(prompt("hello"), heard));
    }

    private JsonNode lastBody() {
        return JsonMapper.shared().readTree(server.received().getLast().body());
    }

    private static ChatScript calls() {
        return new ChatScript()
                .delta("{\"role\":\"assistant\",\"content\":\"\"}")
                .reasoning("First I ", "look.")
                .text("Let me ", "see: ", "größer")
                .call(0, "call_a", "Read")
                .arguments(0, "{\"path\": ")
                .call(1, "call_b", "Bash")
                .arguments(0, "\"a.txt\",  \"n\":1.0}")
                .arguments(1, "{\"command\":\"ls\"}");
    }

    private static Reply answer() {
        return calls().finish("tool_calls").usage(USAGE).end();
    }

    @Test
    void anAnswerComesWithItsThinkingTextAndCallsAndWithWhatItCost() throws Exception {
        server.reply(answer());
        Heard heard = new Heard();

        ModelAnswer answered = provider.client(MODEL).ask(prompt("hello"), heard);

        assertThat(heard.blocks)
                .containsExactly(
                        new Block.Thinking("First I look.", ""),
                        new Block.Text("Let me see: größer"),
                        new Block.ToolUse("call_a", "Read", new JsonText("{\"path\": \"a.txt\",  \"n\":1.0}")),
                        new Block.ToolUse("call_b", "Bash", new JsonText("{\"command\":\"ls\"}")));
        assertThat(heard.text).hasToString("Let me see: größer");
        assertThat(heard.thinking).hasToString("First I look.");
        assertThat(answered.stopReason()).isEqualTo("tool_use");
        assertThat(answered.usage()).isEqualTo(new Usage(10, 50, 200, 0));
        // 10 × 2.5 + 50 × 15 + 200 × 0.25, in millionths of a dollar
        assertThat(answered.cost().amount()).isEqualTo(new Money(825));
        assertThat(answered.cost().basis()).isEqualTo(CostBasis.LIST);
    }

    @Test
    void whatTheModelSaidGoesBackToItAsItCame() throws Exception {
        server.reply(answer(), new ChatScript().text("done").finish("stop").end());
        Heard heard = new Heard();
        provider.client(MODEL).ask(prompt("hello"), heard);

        provider.client(MODEL)
                .ask(
                        request(
                                new Message.User("hello"),
                                new Message.Assistant(heard.blocks),
                                new Message.ToolResults(List.of(
                                        new Message.ToolResult("call_a", "text", false),
                                        new Message.ToolResult("call_b", "no such file", true)))),
                        new Heard());

        assertThat(server.received().getLast().path()).isEqualTo("/v1/chat/completions");
        assertThat(server.received().getLast().headers()).containsEntry("authorization", "Bearer key-1");
        JsonNode body = lastBody();
        assertThat(body.path("stream").asBoolean()).isTrue();
        assertThat(body.at("/stream_options/include_usage").asBoolean()).isTrue();
        assertThat(body.path("max_completion_tokens").asInt()).isEqualTo(32000);
        assertThat(body.path("tools").toString()).isEqualTo("""
                        [{"type":"function","function":{"name":"Read","description":"Reads.",\
                        "parameters":{"type":"object","x-a":1}}}]""");
        assertThat(body.path("messages").toString()).isEqualTo("""
                        [{"role":"system","content":"You are careful."},{"role":"user","content":"hello"},\
                        {"role":"assistant","content":"Let me see: größer","reasoning_content":"First I look.",\
                        "tool_calls":[{"id":"call_a","type":"function","function":{"name":"Read",\
                        "arguments":"{\\"path\\": \\"a.txt\\",  \\"n\\":1.0}"}},\
                        {"id":"call_b","type":"function","function":{"name":"Bash",\
                        "arguments":"{\\"command\\":\\"ls\\"}"}}]},\
                        {"role":"tool","tool_call_id":"call_a","content":"text"},\
                        {"role":"tool","tool_call_id":"call_b","content":"no such file"}]""");
    }

    private JsonNode sentFiles(String model) throws Exception {
        server.reply(new ChatScript().text("ok").finish("stop").end());
        provider.client(model)
                .ask(
                        request(new Message.ToolResults(List.of(new Message.ToolResult(
                                "c",
                                "two files",
                                false,
                                List.of(
                                        new Attachment("a.png", "image/png", "AAAA", 1),
                                        new Attachment("b.pdf", "application/pdf", "BBBB", 1)))))),
                        new Heard());
        return lastBody().path("messages");
    }

    @Test
    void filesFollowTheResultsInAMessageOfTheirOwn() throws Exception {
        assertThat(sentFiles(MODEL).path(2).toString()).isEqualTo("""
                        {"role":"user","content":[{"type":"text","text":"The file a.png of the tool call c:"},\
                        {"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}},\
                        {"type":"text","text":"The file b.pdf of the tool call c:"},\
                        {"type":"file","file":{"filename":"b.pdf","file_data":"data:application/pdf;base64,BBBB"}}]}""");
    }

    @Test
    void aModelThatTakesNoFilesIsToldSo() throws Exception {
        JsonNode messages = sentFiles("plain");

        assertThat(messages).hasSize(2);
        assertThat(messages.at("/1/content").asString()).isEqualTo("""
                        two files
                        [a.png is left out: this model takes no files of the type image/png]
                        [b.pdf is left out: this model takes no files of the type application/pdf]""");
    }

    @Test
    void brokenArgumentsArriveAsTheyWereSent() throws Exception {
        server.reply(new ChatScript()
                .call(0, "c", "Read")
                .arguments(0, "{\"path\": \"a")
                .finish("tool_calls")
                .end());
        Heard heard = new Heard();

        provider.client(MODEL).ask(prompt("hello"), heard);

        assertThat(heard.blocks).containsExactly(new Block.ToolUse("c", "Read", new JsonText("{\"path\": \"a")));
    }

    @Test
    void endpointsMayRepeatWhatACallIsAndLeaveOutItsIndex() throws Exception {
        server.reply(new ChatScript()
                .delta(
                        "{\"tool_calls\":[{\"id\":\"c\",\"function\":{\"name\":\"Read\",\"arguments\":\"{\\\"p\\\":\"}}]}")
                .delta("{\"tool_calls\":[{\"id\":\"c\",\"function\":{\"name\":\"Read\",\"arguments\":\"1\"}}]}")
                .delta("{\"tool_calls\":[{\"function\":{\"arguments\":\"}\"}}]}")
                .finish("stop")
                .end());
        Heard heard = new Heard();

        provider.client(MODEL).ask(prompt("hello"), heard);

        assertThat(heard.blocks).containsExactly(new Block.ToolUse("c", "Read", new JsonText("{\"p\":1}")));
    }

    @Test
    void chunksThatNobodyKnowsAndEmptyPiecesArePassedOver() throws Exception {
        server.reply(new ChatScript()
                .data("{\"object\":\"brand.new\",\"x\":[1]}")
                .data("{\"choices\":[]}")
                .delta("{}")
                .text("", "a", "", "b")
                .finish("stop")
                .usage(USAGE)
                .usage(USAGE)
                .end());
        Heard heard = new Heard();

        ModelAnswer answered = provider.client(MODEL).ask(prompt("hello"), heard);

        assertThat(heard.blocks).containsExactly(new Block.Text("ab"));
        assertThat(answered.usage().outputTokens()).isEqualTo(50);
    }

    @ParameterizedTest
    @CsvSource({"stop, end_turn", "length, max_tokens", "content_filter, refusal", "tool_calls, tool_use"})
    void whyTheModelStoppedIsToldInTheWordsOfAllWires(String sent, String told) throws Exception {
        server.reply(new ChatScript().text("hi").finish(sent).end());

        assertThat(provider.client(MODEL).ask(prompt("hello"), new Heard()).stopReason())
                .isEqualTo(told);
    }

    @Test
    void anAnswerWithoutCountsHasAnUnknownCost() throws Exception {
        server.reply(new ChatScript().text("hi").finish("stop").end());

        assertThat(provider.client(MODEL)
                        .ask(prompt("hello"), new Heard())
                        .cost()
                        .basis())
                .isEqualTo(CostBasis.UNKNOWN);
    }

    @Test
    void anErrorInsideOfTheStreamKeepsTheTextBeforeIt() {
        Heard heard = new Heard();

        ModelException failed = failure(
                heard,
                new ChatScript()
                        .text("so far")
                        .data("{\"error\":{\"type\":\"rate_limit_exceeded\",\"message\":\"busy\",\"code\":null}}")
                        .unended());

        assertThat(failed.code()).isEqualTo("rate_limited");
        assertThat(failed.retryable()).isTrue();
        assertThat(heard.blocks).containsExactly(new Block.Text("so far"));
    }

    @Test
    void whatIsCutAfterTheReasonToStopIsWhole() throws Exception {
        Reply whole = answer();
        server.reply(whole.cutAfter(calls().finish("tool_calls").unended().length()));
        Heard heard = new Heard();

        ModelAnswer answered = provider.client(MODEL).ask(prompt("hello"), heard);

        assertThat(heard.blocks).hasSize(4);
        assertThat(answered.cost().basis()).isEqualTo(CostBasis.UNKNOWN);
    }
}
