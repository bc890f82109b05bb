package dev.belay.agent.openai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.belay.agent.model.Message;
import dev.belay.agent.model.Message.Block;
import dev.belay.agent.model.ModelClient;
import dev.belay.agent.model.ModelException;
import dev.belay.agent.model.ModelRequest;
import dev.belay.agent.model.catalogue.Endpoint;
import dev.belay.agent.model.catalogue.PricedModel;
import dev.belay.api.Secret;
import dev.belay.modeldouble.Answer;
import dev.belay.modeldouble.ModelServer;
import dev.belay.modeldouble.Reply;
import dev.belay.modeldouble.Style;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What both wires make of a provider, or a connection, that fails. */
@ParameterizedClass
@EnumSource(
        value = Style.class,
        names = {"CHAT", "RESPONSES"})
class FaultsTest {
    private static final Answer ANSWER = new Answer()
            .thinking("opaque==", "First I look.")
            .text("Let me ", "see: ", "größer")
            .call("call_a", "Read", "{\"path\": ", "\"a.txt\",  \"n\":1.0}")
            .call("call_b", "Bash", "{\"command\":\"ls\"}");

    private final Style style;
    private final ModelServer server = new ModelServer();
    private final ModelClient client;

    FaultsTest(Style style) {
        this.style = style;
        this.client = client(Duration.ofSeconds(20));
    }

    @AfterEach
    void close() {
        server.close();
    }

    private ModelClient client(Duration idle) {
        Endpoint endpoint = new Endpoint(
                "openai", server.url() + "/v1", new Secret("OPENAI_API_KEY", "key-1"), idle, Duration.ofMinutes(1));
        return OpenAiProvider.at(
                        endpoint,
                        _ -> style == Style.RESPONSES,
                        Optional.empty(),
                        _ -> PricedModel.UNKNOWN,
                        InstantSource.system())
                .client("m");
    }

    private static ModelRequest prompt() {
        return new ModelRequest("m", "", List.of(), List.of(new Message.User("hello")), 0);
    }

    private ModelException failure(Heard heard, Reply reply) {
        server.reply(reply);
        return catchThrowableOfType(ModelException.class, () -> client.ask(prompt(), heard));
    }

    @ParameterizedTest
    @CsvSource({
        "400, invalid_request, false",
        "401, auth, false",
        "403, auth, false",
        "404, model_not_found, false",
        "429, rate_limited, true",
        "500, provider_error, true",
        "503, overloaded, true",
        "529, overloaded, true"
    })
    void aRefusalIsToldWithItsStatusAndWhetherToTryAgain(int status, String code, boolean retryable) {
        ModelException refused = failure(
                new Heard(),
                Reply.error(status, "{\"error\":{\"type\":\"x\",\"message\":\"because of this\",\"code\":null}}"));

        assertThat(refused.code()).isEqualTo(code);
        assertThat(refused.httpStatus()).hasValue(status);
        assertThat(refused.retryable()).isEqualTo(retryable);
        assertThat(refused.retryAfter()).isEmpty();
        assertThat(refused.text()).contains("because of this").doesNotContain("key-1");
    }

    @Test
    void anErrorThatIsNoJsonKeepsItsStatus() {
        ModelException refused = failure(new Heard(), Reply.error(502, "<html>down</html>"));

        assertThat(refused.code()).isEqualTo("provider_error");
        assertThat(refused.httpStatus()).hasValue(502);
        assertThat(refused.retryable()).isTrue();
    }

    @Test
    void theProviderSaysHowLongToWait() {
        assertThat(failure(new Heard(), Reply.error(429, "{}", "Retry-After: 7"))
                        .retryAfter())
                .contains(Duration.ofSeconds(7));
    }

    @Test
    void noiseBetweenTheEventsChangesNothing() throws Exception {
        Heard plain = new Heard();
        Heard noisy = new Heard();
        server.reply(
                ANSWER.in(style),
                new Answer()
                        .noisy()
                        .thinking("opaque==", "First I look.")
                        .text("Let me ", "see: ", "größer")
                        .call("call_a", "Read", "{\"path\": ", "\"a.txt\",  \"n\":1.0}")
                        .call("call_b", "Bash", "{\"command\":\"ls\"}")
                        .in(style));

        client.ask(prompt(), plain);
        client.ask(prompt(), noisy);

        assertThat(plain.blocks).hasSize(4);
        assertThat(noisy.blocks).isEqualTo(plain.blocks);
    }

    /** Whether or not the client can see from the frame that something is missing. */
    @Tag("wires")
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void anAnswerThatIsCutAnywhereKeepsItsTextAndMakesNoCall(boolean framed) {
        Reply whole = framed ? ANSWER.in(style) : ANSWER.in(style).unframed();
        int last = ANSWER.unended(style).length();
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
        server.reply(ANSWER.in(style).silentAfter(ANSWER.unended(style).length()));
        Heard heard = new Heard();

        ModelException failed = catchThrowableOfType(
                ModelException.class, () -> client(Duration.ofMillis(300)).ask(prompt(), heard));

        assertThat(failed.code()).isEqualTo("connection_failed");
        assertThat(failed.retryable()).isTrue();
        assertThat(heard.blocks).contains(new Block.Text("Let me see: größer"));
        server.awaitClientLeaving();
    }

    /** Before anything came, in the middle, and when the calls are whole but the answer is not. */
    @ParameterizedTest
    @ValueSource(doubles = {0, 0.4, 0.8})
    void interruptingTheReaderClosesTheConnectionAndKeepsTheText(double share) throws Exception {
        Reply whole = ANSWER.in(style);
        server.reply(whole.silentAfter((int) (whole.length() * share)));
        Heard heard = new Heard();
        CompletableFuture<Throwable> ending = new CompletableFuture<>();
        Thread reader = Thread.ofVirtual().start(() -> {
            try {
                client.ask(prompt(), heard);
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
