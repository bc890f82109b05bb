package dev.belay.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.belay.api.CostBasis;
import dev.belay.api.Money;
import dev.belay.client.http.ServerRefusedException;
import dev.belay.client.http.ServerUnreachableException;
import dev.belay.client.session.Answer;
import dev.belay.client.session.Message;
import dev.belay.client.session.Session;
import dev.belay.client.session.SessionEvent;
import dev.belay.client.session.SessionEvents;
import dev.belay.client.session.SessionRequest;
import dev.belay.client.session.SessionStatus;
import dev.belay.client.session.Sessions;
import dev.belay.server.BelayServer;
import dev.belay.server.ServerOptions;
import dev.belay.server.config.Configuration;
import dev.belay.server.config.ConfigurationSources;
import java.math.BigDecimal;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SessionsTest {
    private static final String WRITE = """
            {"price": {"output": 10}, "steps": [
              {"text": ["I ", "write."], "usage": {"output_tokens": 100},
               "tool_calls": [{"tool": "Write", "input": {"file_path": "a.txt", "content": "hello\\n"}}]},
              {"text": "Written."}]}""";
    private static final String SLOW = """
            {"steps": [{"tool_calls": [{"tool": "Bash", "input": {"command": "sleep 600"}}]}, {"text": "Woken."}]}""";
    private static final String ASKS = """
            {"steps": [{"tool_calls": [{"tool": "AskUser", "input": {"question": "Which colour?", "options": ["red", "blue"]}}]},
                       {"tool_calls": [{"tool": "Bash", "input": {"command": "echo painted"}}]}, {"text": "Painted."}]}""";

    private static Path data;
    private static BelayServer server;
    private static BelayClient client;
    private static Sessions sessions;

    @BeforeAll
    static void start(@TempDir Path directory) throws Exception {
        data = directory;
        Path scripts = Files.createDirectories(data.resolve("scripts"));
        Files.writeString(scripts.resolve("write.json"), WRITE);
        Files.writeString(scripts.resolve("slow.json"), SLOW);
        Files.writeString(scripts.resolve("asks.json"), ASKS);
        server = serve(data, 0);
        client = BelayClient.connect(
                server.url(), server.firstKey().orElseThrow().secret());
        sessions = client.sessions();
    }

    private static BelayServer serve(Path directory, int port) {
        return BelayServer.start(new ServerOptions(
                Configuration.read(new ConfigurationSources(
                        Optional.empty(),
                        Map.of(
                                "server.port",
                                Integer.toString(port),
                                "data.directory",
                                directory.toString(),
                                "agent.model",
                                "scripted",
                                "log.level",
                                "error"),
                        Map.of())),
                Map.of(),
                false));
    }

    @AfterAll
    static void stop() {
        client.close();
        server.close();
    }

    private static SessionRequest playing(String script) {
        return new SessionRequest(
                Optional.empty(),
                Optional.of("scripted:" + script),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                true,
                true);
    }

    private static List<SessionEvent> all(SessionEvents events) {
        List<SessionEvent> all = new ArrayList<>();
        try (events) {
            for (var event = events.next(); event.isPresent(); event = events.next()) {
                all.add(event.get());
            }
        }
        return all;
    }

    private static SessionEvent until(SessionEvents events, String type) {
        SessionEvent event = events.next().orElseThrow();
        while (!event.type().equals(type)) {
            event = events.next().orElseThrow();
        }
        return event;
    }

    @Test
    void aMessageIsAnsweredByTheEventsOfItsTurn() {
        String id = sessions.create(playing("write"));
        List<SessionEvent> turn = all(sessions.send(id, Message.of("Write.")));
        assertThat(turn)
                .extracting(SessionEvent::type)
                .startsWith("status")
                .contains("text_delta", "thinking", "tool_use", "tool_result")
                .endsWith("result");
        SessionEvent.Result result = turn.getLast().result().orElseThrow();
        assertThat(result.success()).isTrue();
        assertThat(result.text()).isEqualTo("Written.");
        assertThat(result.cost().amount()).isEqualTo(new Money(1000));
        assertThat(result.modelCalls()).isEqualTo(2);

        SessionStatus status = sessions.status(id);
        assertThat(status.session().state()).isEqualTo("idle");
        assertThat(status.cost().basis()).isEqualTo(CostBasis.LIST);
        assertThat(status.history()).singleElement().satisfies(one -> {
            assertThat(one.prompt()).isEqualTo("Write.");
            assertThat(one.status()).isEqualTo("success");
        });
        assertThat(sessions.changes(id).files()).singleElement().satisfies(file -> {
            assertThat(file.path()).isEqualTo("a.txt");
            assertThat(file.diff().orElseThrow()).contains("+hello");
        });
        assertThat(sessions.compact(id).notPossible()).isPresent();
        assertThat(all(sessions.history(id, 0)))
                .filteredOn(event -> event.seq().isPresent())
                .containsExactlyElementsOf(
                        turn.stream().filter(event -> event.seq().isPresent()).toList());
    }

    @Test
    void theSameMessageSentAgainRunsOnce() {
        String id = sessions.create(playing("write"));
        Message message = Message.of("Write.");
        String first = all(sessions.send(id, message)).getLast().json().text();
        assertThat(all(sessions.send(id, message)).getLast().json().text()).isEqualTo(first);
        assertThat(sessions.status(id).turns()).isEqualTo(1);
    }

    @Test
    void aTurnIsInterruptedAndAnotherMessageRefusedMeanwhile() {
        String id = sessions.create(playing("slow"));
        try (SessionEvents turn = sessions.send(id, Message.of("Sleep."))) {
            until(turn, "tool_use");
            assertThat(sessions.status(id).current()).isPresent();
            ServerRefusedException busy = catchThrowableOfType(
                    ServerRefusedException.class, () -> sessions.send(id, Message.of("And this.")));
            assertThat(busy.code()).isEqualTo("session_busy");
            assertThat(sessions.interrupt(id)).isTrue();
            assertThat(until(turn, "result").result().orElseThrow().status()).isEqualTo("interrupted");
            assertThat(turn.next()).isEmpty();
        }
        assertThat(sessions.interrupt(id)).isFalse();
    }

    @Test
    void asksAreAnsweredAndQuestionsToo() {
        SessionRequest asked = playing("asks");
        String id = sessions.create(new SessionRequest(
                Optional.of("painter"),
                asked.model(),
                Optional.empty(),
                Optional.of("default"),
                Optional.of(Money.ofDollars(BigDecimal.ONE)),
                true,
                true));
        try (SessionEvents turn = sessions.send(
                id, Message.of("Paint.").with(Optional.empty(), Optional.of("default"), Optional.empty()))) {
            SessionEvent.Ask question = until(turn, "permission_request").ask().orElseThrow();
            assertThat(question.question()).isTrue();
            assertThat(question.input().text()).contains("Which colour?", "blue");
            sessions.answer(id, question, Answer.of("blue"));
            SessionEvent.Ask call = until(turn, "permission_request").ask().orElseThrow();
            assertThat(call.tool()).isEqualTo("Bash");
            assertThat(call.reason()).isNotEmpty();
            sessions.answer(id, call, Answer.denied(Optional.of("no paint")));
            assertThat(until(turn, "tool_result").json().text()).contains("no paint");
            ServerRefusedException late = catchThrowableOfType(
                    ServerRefusedException.class, () -> sessions.answer(id, call, Answer.allowed()));
            assertThat(late.code()).isEqualTo("already_answered");
            assertThat(until(turn, "result").result().orElseThrow().success()).isTrue();
        }
        assertThat(sessions.named("painter").map(Session::id)).contains(id);
    }

    @Test
    void sessionsAreListedRenamedExportedAndDeleted() throws Exception {
        String id = sessions.create(SessionRequest.STANDARD);
        all(sessions.send(id, Message.of("Hello.")));
        sessions.rename(id, Optional.of("greeting"));
        assertThat(sessions.named("greeting").orElseThrow().id()).isEqualTo(id);
        assertThat(sessions.list(false, 1)).hasSize(1);
        assertThat(sessions.list(true, 1000)).extracting(Session::id).contains(id);
        try (var export = sessions.export(id)) {
            assertThat(new String(export.readAllBytes())).contains("\"kind\"", "Hello.");
        }
        sessions.delete(id);
        assertThat(sessions.named("greeting")).isEmpty();
        assertThat(catchThrowableOfType(ServerRefusedException.class, () -> sessions.status(id))
                        .status())
                .isEqualTo(404);
        sessions.erase(id);
    }

    @Test
    void aTurnIsReadOnAcrossARestartOfTheServer(@TempDir Path directory) throws Exception {
        Files.createDirectories(directory.resolve("scripts"));
        Files.writeString(directory.resolve("scripts/slow.json"), """
                {"steps": [{"tool_calls": [{"tool": "Bash", "input": {"command": "sleep 2"}}]}, {"text": "Woken."}]}""");
        BelayServer first = serve(directory, 0);
        int port = URI.create(first.url()).getPort();
        try (BelayClient mine =
                BelayClient.connect(first.url(), first.firstKey().orElseThrow().secret())) {
            String id = mine.sessions().create(playing("slow"));
            SessionEvents turn = mine.sessions().send(id, Message.of("Sleep."));
            SessionEvents watched = mine.sessions().follow(id, 0);
            until(turn, "tool_use");
            first.close();
            try (BelayServer _ = serve(directory, port)) {
                List<SessionEvent> rest = all(turn);
                assertThat(rest.getLast().result().orElseThrow().text()).isEqualTo("Woken.");
                assertThat(rest.stream()
                                .filter(e -> e.seq().isPresent())
                                .map(e -> e.seq().getAsLong()))
                        .doesNotHaveDuplicates()
                        .isSorted();
                assertThat(until(watched, "result").result().orElseThrow().text())
                        .isEqualTo("Woken.");
            }
            watched.close();
            assertThat(watched.next()).isEmpty();
            assertThat(catchThrowableOfType(
                                    ServerUnreachableException.class,
                                    () -> mine.sessions().follow(id, 0))
                            .code())
                    .isEqualTo("unreachable");
        }
    }
}
