package dev.belay.agent.anthropic;

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
import dev.belay.modeldouble.MessagesScript;
import dev.belay.modeldouble.ModelServer;
import dev.belay.modeldouble.Reply;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class AnthropicProviderTest {
    private static final String MODEL = "claude-sonnet-5-5";
    private static final String START = """
        {"input_tokens":10,"output_tokens":1,"cache_read_input_tokens":200,"cache_creation_input_tokens":30}\
        """;
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
                "anthropic", server.url(), new Secret("ANTHROPIC_API_KEY", "key-1"), idle, Duration.ofMinutes(1));
        return AnthropicProvider.at(endpoint, Optional.empty(), model -> PRICES.find("anthropic", model), NOON);
    }

    private static ModelRequest prompt(String text) {
        return request(new Message.User(text));
    }

    private static ModelRequest request(Message... messages) {
        return new ModelRequest(
                MODEL,
                "You are careful.",
                List.of(
                        new ToolDefinition("Read", "Reads.", new JsonText("{\"type\":\"object\",\"x-a\":1}")),
                        new ToolDefinition("Bash", "Runs.", new JsonText("{\"type\":\"object\"}"))),
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

    private static Reply answer() {
        return new MessagesScript(START)
                .thinking("sig+/=é", "First I ", "look.\n")
                .redactedThinking("opaque==")
                .text("Let me ", "see: ", "größer")
                .toolUse("toolu_1", "Read", "", "{\"path\": ", "\"a.txt\",  \"n\":1.0}")
                .toolUse("toolu_2", "Bash", "{\"command\":\"ls\"}")
                .end("tool_use", "{\"output_tokens\":50}");
    }

    @Test
    void anErrorThatIsNoJsonKeepsItsStatus() {
        ModelException refused = failure(new Heard(), Reply.error(502, "<html>down</html>"));

        assertThat(refused.code()).isEqualTo("provider_error");
        assertThat(refused.httpStatus()).hasValue(502);
        assertThat(refused.retryable()).isTrue();
    }

    @Test
    void anAnswerComesWithItsThinkingTextAndCallsAndWithWhatItCost() throws Exception {
        server.reply(answer());
        Heard heard = new Heard();

        ModelAnswer answered = provider.client(MODEL).ask(prompt("hello"), heard);

        assertThat(heard.blocks)
                .containsExactly(
                        new Block.Thinking("First I look.\n", "sig+/=é"),
                        new Block.Thinking("", Block.Thinking.REDACTED + "opaque=="),
                        new Block.Text("Let me see: größer"),
                        new Block.ToolUse("toolu_1", "Read", new JsonText("{\"path\": \"a.txt\",  \"n\":1.0}")),
                        new Block.ToolUse("toolu_2", "Bash", new JsonText("{\"command\":\"ls\"}")));
        assertThat(heard.text).hasToString("Let me see: größer");
        assertThat(heard.thinking).hasToString("First I look.\n");
        assertThat(answered.stopReason()).isEqualTo("tool_use");
        assertThat(answered.usage()).isEqualTo(new Usage(10, 50, 200, 30));
        // 10 × 2 + 50 × 10 + 200 × 0.1 + 30 × 2.5, in millionths of a dollar
        assertThat(answered.cost().amount()).isEqualTo(new Money(615));
        assertThat(answered.cost().basis()).isEqualTo(CostBasis.LIST);
    }

    @Test
    void whatTheModelSaidGoesBackToItAsItCame() throws Exception {
        server.reply(answer(), new MessagesScript(START).text("done").end("end_turn", "{\"output_tokens\":5}"));
        Heard heard = new Heard();
        provider.client(MODEL).ask(prompt("hello"), heard);

        provider.client(MODEL)
                .ask(
                        request(
                                new Message.User("hello"),
                                new Message.Assistant(heard.blocks),
                                new Message.ToolResults(List.of(
                                        new Message.ToolResult("toolu_1", "text", false),
                                        new Message.ToolResult("toolu_2", "no such file", true)))),
                        new Heard());

        JsonNode messages = lastBody().path("messages");
        assertThat(messages.get(0).toString())
                .as("where the request before ended")
                .contains("cache_control");
        assertThat(messages.get(1).toString()).isEqualTo("""
            {"role":"assistant","content":[\
            {"type":"thinking","thinking":"First I look.\\n","signature":"sig+/=é"},\
            {"type":"redacted_thinking","data":"opaque=="},\
            {"type":"text","text":"Let me see: größer"},\
            {"type":"tool_use","id":"toolu_1","name":"Read","input":{"path":"a.txt","n":1.0}},\
            {"type":"tool_use","id":"toolu_2","name":"Bash","input":{"command":"ls"}}]}\
            """);
        assertThat(messages.get(2).toString()).isEqualTo("""
            {"role":"user","content":[\
            {"type":"tool_result","tool_use_id":"toolu_1","content":"text"},\
            {"type":"tool_result","tool_use_id":"toolu_2","content":"no such file","is_error":true,\
            "cache_control":{"type":"ephemeral"}}]}\
            """);
    }

    @Test
    void theStablePartsOfARequestAreMarkedForTheCache() throws Exception {
        server.reply(new MessagesScript(START).text("hi").end("end_turn", "{\"output_tokens\":5}"));

        provider.client(MODEL).ask(prompt("hello"), new Heard());

        JsonNode body = lastBody();
        assertThat(server.received().getLast().path()).startsWith("/v1/messages");
        assertThat(server.received().getLast().headers().values()).anyMatch(value -> value.contains("key-1"));
        assertThat(body.path("stream").asBoolean()).isTrue();
        assertThat(body.path("max_tokens").asInt()).isEqualTo(32000);
        assertThat(body.path("tools").toString()).isEqualTo("""
            [{"name":"Read","description":"Reads.","input_schema":{"type":"object","x-a":1}},\
            {"name":"Bash","description":"Runs.","input_schema":{"type":"object"},\
            "cache_control":{"type":"ephemeral"}}]\
            """);
        assertThat(body.path("system").toString()).isEqualTo("""
            [{"type":"text","text":"You are careful.","cache_control":{"type":"ephemeral"}}]\
            """);
        assertThat(body.path("messages").toString()).isEqualTo("""
            [{"role":"user","content":[{"type":"text","text":"hello","cache_control":{"type":"ephemeral"}}]}]\
            """);
    }

    @Test
    void filesAreShownWithinTheResultThatTheyBelongTo() throws Exception {
        server.reply(new MessagesScript(START).text("ok").end("end_turn", "{\"output_tokens\":5}"));

        provider.client(MODEL)
                .ask(
                        request(new Message.ToolResults(List.of(new Message.ToolResult(
                                "t",
                                "two files",
                                false,
                                List.of(
                                        new Attachment("a.png", "image/png", "AAAA", 1),
                                        new Attachment("b.pdf", "application/pdf", "BBBB", 1),
                                        new Attachment("c.png", "image/png", "CC[redacted KEY]", 1)))))),
                        new Heard());

        assertThat(lastBody().at("/messages/0/content/0/content").toString()).isEqualTo("""
            [{"type":"text","text":"two files\\n[c.png is left out: it holds a secret]"},\
            {"type":"image","source":{"type":"base64","media_type":"image/png","data":"AAAA"}},\
            {"type":"document","source":{"type":"base64","media_type":"application/pdf","data":"BBBB"}}]\
            """);
    }

    @Test
    void brokenArgumentsArriveAsTheyWereSentAndGoBackInAnObject() throws Exception {
        server.reply(
                new MessagesScript(START)
                        .toolUse("t", "Read", "{\"path\": \"a")
                        .end("tool_use", "{\"output_tokens\":1}"),
                new MessagesScript(START).text("sorry").end("end_turn", "{\"output_tokens\":1}"));
        Heard heard = new Heard();
        provider.client(MODEL).ask(prompt("hello"), heard);

        assertThat(heard.blocks).containsExactly(new Block.ToolUse("t", "Read", new JsonText("{\"path\": \"a")));

        provider.client(MODEL)
                .ask(
                        request(
                                new Message.User("hello"),
                                new Message.Assistant(heard.blocks),
                                new Message.ToolResults(List.of(new Message.ToolResult("t", "not JSON", true)))),
                        new Heard());
        assertThat(lastBody().at("/messages/1/content/0/input").toString())
                .isEqualTo("{\"_raw_content\":\"{\\\"path\\\": \\\"a\"}");
    }

    @Test
    void eventsThatNobodyKnowsAndEmptyPiecesArePassedOver() throws Exception {
        server.reply(new MessagesScript(START)
                .event("ping", "{\"type\":\"ping\"}")
                .event("brand_new", "{\"type\":\"brand_new\",\"x\":[1]}")
                .event("content_block_stop", "{\"type\":\"content_block_stop\",\"index\":7}")
                .text("", "a", "", "b")
                .event("content_block_stop", "{\"type\":\"content_block_stop\",\"index\":0}")
                .end("end_turn", "{\"output_tokens\":5}"));
        Heard heard = new Heard();

        ModelAnswer answered = provider.client(MODEL).ask(prompt("hello"), heard);

        assertThat(heard.blocks).containsExactly(new Block.Text("ab"));
        assertThat(answered.stopReason()).isEqualTo("end_turn");
    }

    @ParameterizedTest
    @ValueSource(strings = {"max_tokens", "refusal", "end_turn"})
    void whyTheModelStoppedIsTold(String reason) throws Exception {
        server.reply(new MessagesScript(START).text("hi").end(reason, "{\"output_tokens\":5}"));

        assertThat(provider.client(MODEL).ask(prompt("hello"), new Heard()).stopReason())
                .isEqualTo(reason);
    }

    @Test
    void aModelWithoutAPriceHasAnUnknownCost() throws Exception {
        server.reply(new MessagesScript(START).text("hi").end("end_turn", "{\"output_tokens\":5}"));

        ModelAnswer answered = provider.client("claude-of-tomorrow").ask(prompt("hello"), new Heard());

        assertThat(answered.cost().basis()).isEqualTo(CostBasis.UNKNOWN);
        assertThat(provider.client("claude-of-tomorrow").worstCase(prompt("hello")))
                .isEmpty();
        assertThat(provider.client(MODEL).worstCase(prompt("hello")))
                .hasValueSatisfying(most -> assertThat(most).isGreaterThan(new Money(320_000)));
    }

    @ParameterizedTest
    @CsvSource({
        "400, invalid_request, false",
        "401, auth, false",
        "403, auth, false",
        "404, model_not_found, false",
        "408, invalid_request, true",
        "429, rate_limited, true",
        "500, provider_error, true",
        "503, overloaded, true",
        "529, overloaded, true"
    })
    void aRefusalIsToldWithItsStatusAndWhetherToTryAgain(int status, String code, boolean retryable) {
        ModelException refused = failure(
                new Heard(),
                Reply.error(status, "{\"type\":\"error\",\"error\":{\"type\":\"x\",\"message\":\"because of this\"}}"));

        assertThat(refused.code()).isEqualTo(code);
        assertThat(refused.httpStatus()).hasValue(status);
        assertThat(refused.retryable()).isEqualTo(retryable);
        assertThat(refused.retryAfter()).isEmpty();
        assertThat(refused.text()).contains("because of this").doesNotContain("key-1");
    }

    @Test
    void theProviderSaysHowLongToWait() {
        assertThat(failure(new Heard(), Reply.error(429, "{}", "Retry-After: 7"))
                        .retryAfter())
                .contains(Duration.ofSeconds(7));
        assertThat(failure(new Heard(), Reply.error(529, "{}", "Retry-After: Fri, 20 Nov 2026 12:01:00 GMT"))
                        .retryAfter())
                .contains(Duration.ofMinutes(1));
    }

    @Test
    void anErrorInsideOfTheStreamKeepsTheTextBeforeIt() {
        Heard heard = new Heard();

        ModelException failed = failure(
                heard,
                new MessagesScript(START)
                        .text("so far")
                        .event(
                                "error",
                                "{\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"busy\"}}")
                        .unended());

        assertThat(failed.code()).isEqualTo("overloaded");
        assertThat(failed.retryable()).isTrue();
        assertThat(heard.blocks).containsExactly(new Block.Text("so far"));
    }

    /** Whether or not the client can see from the frame that something is missing. */
    @Tag("wires")
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void anAnswerThatIsCutAnywhereKeepsItsTextAndMakesNoCall(boolean framed) {
        Reply whole = framed ? answer() : answer().unframed();
        int last = whole.body().indexOf("event: message_stop");
        // All places in the full suite, else the borders and a sample that is always the same.
        IntStream places = "full".equals(System.getProperty("belay.suite"))
                ? IntStream.range(0, last)
                : IntStream.concat(IntStream.of(0, 1, last - 1), new Random(7).ints(60, 0, last));

        places.forEach(place -> {
            Heard heard = new Heard();

            ModelException failed = failure(heard, whole.cutAfter(place));

            assertThat(failed).as("cut after %s bytes", place).isNotNull();
            assertThat(failed.retryable()).isTrue();
            assertThat(heard.blocks).noneMatch(Block.ToolUse.class::isInstance);
            assertThat(heard.said()).isEqualTo(heard.text.toString());
        });
    }

    @Test
    void aProviderThatFallsSilentIsGivenUp() throws Exception {
        Reply whole = answer();
        server.reply(whole.silentAfter(whole.body().indexOf("event: message_delta")));
        Heard heard = new Heard();

        ModelException failed = catchThrowableOfType(
                ModelException.class,
                () -> provider(Duration.ofMillis(300)).client(MODEL).ask(prompt("hello"), heard));

        assertThat(failed.code()).isEqualTo("connection_failed");
        assertThat(failed.retryable()).isTrue();
        assertThat(heard.blocks).contains(new Block.Text("Let me see: größer"));
        server.awaitClientLeaving();
    }

    @Test
    void aProviderThatIsNotThereIsTold() {
        Endpoint nobody = new Endpoint(
                "anthropic", "http://127.0.0.1:1", new Secret("K", "k"), Duration.ofSeconds(5), Duration.ofSeconds(9));
        var client = AnthropicProvider.at(nobody, Optional.empty(), model -> PRICES.find("anthropic", model), NOON)
                .client(MODEL);

        ModelException failed =
                catchThrowableOfType(ModelException.class, () -> client.ask(prompt("hello"), new Heard()));

        assertThat(failed.code()).isEqualTo("connection_failed");
        assertThat(failed.retryable()).isTrue();
    }

    /** Before anything came, in the middle, and when the calls are whole but the answer is not. */
    @ParameterizedTest
    @ValueSource(doubles = {0, 0.4, 0.8})
    void interruptingTheReaderClosesTheConnectionAndKeepsTheText(double share) throws Exception {
        server.reply(answer().silentAfter((int) (answer().length() * share)));
        Heard heard = new Heard();
        CompletableFuture<Throwable> ending = new CompletableFuture<>();
        Thread reader = Thread.ofVirtual().start(() -> {
            try {
                provider.client(MODEL).ask(prompt("hello"), heard);
                ending.complete(new AssertionError("it came to an end"));
            } catch (ModelException | InterruptedException e) {
                ending.complete(e);
            }
        });
        server.awaitSilence();

        reader.interrupt();

        assertThat(ending.get()).isInstanceOf(InterruptedException.class);
        server.awaitClientLeaving();
        assertThat(heard.blocks).noneMatch(Block.ToolUse.class::isInstance);
        assertThat(heard.said()).isEqualTo(heard.text.toString());
    }
}
