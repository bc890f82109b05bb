package dev.belay.server.cloudagent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.belay.server.Api;
import dev.belay.server.Lines;
import dev.belay.server.RunningServer;
import dev.belay.server.SocketClient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The rows on steering of the Cloud Agent contract's checklist (section 5): interrupt, DELETE, hibernate/resume, model switch. */
class SteeringRowsTest {
    /** In the commands of these tests, to find their processes. */
    private static final String MARK = "86" + ProcessHandle.current().pid();

    private static final String THEN = ", {\"text\": \"On.\"}, {\"text\": \"And on.\"}]}";

    private static final String BUSY = "{\"error\": {\"status\": 529, \"message\": \"busy\"}}";

    private static RunningServer server;
    private static Api api;

    @BeforeAll
    static void start(@TempDir Path data) {
        server = RunningServer.start(data, Map.of("sandbox.ahead", "0", "sessions.idle_s", "1"));
        api = server.api();
        server.script(
                "streaming",
                "{\"steps\": [{\"text\": [" + "\"word \", ".repeat(900) + "\"end\"], \"delta_ms\": 100}" + THEN);
        server.script("bash", calls("Bash", "command", "setsid sleep " + MARK + " & sleep " + MARK) + THEN);
        server.script(
                "code",
                calls("mcp__sandbox__execute_code", "code", "import os; os.system('sleep " + MARK + "')") + THEN);
        server.script("retry", "{\"steps\": [" + String.join(", ", Collections.nCopies(3, BUSY)) + THEN);
        server.script("asks", calls("Bash", "command", "true") + THEN);
        server.script("leaves", """
                {"steps": [{"tool_calls": [
                    {"tool": "Write", "input": {"file_path": "kept", "content": "seven"}},
                    {"tool": "Bash", "input": {"command": "sleep %s", "run_in_background": true}}]},
                  {"text": "Left."},
                  {"expect": "and now", "tool_calls": [{"tool": "Read", "input": {"file_path": "kept"}}]},
                  {"expect": "seven", "text": "Still seven."}]}""".formatted(MARK));
        server.script("one", "{\"steps\": [{\"text\": \"One.\"}, {\"text\": \"One.\"}, {\"text\": \"One.\"}]}");
        server.script("two", "{\"steps\": [{\"text\": \"Two.\"}, {\"text\": \"Two.\"}, {\"text\": \"Two.\"}]}");
    }

    private static String calls(String tool, String field, String value) {
        return "{\"steps\": [{\"tool_calls\": [{\"tool\": \"" + tool + "\", \"input\": {\"" + field + "\": \"" + value
                + "\"}}]}";
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static String session(String script, String more) {
        Api.Answer made = api.post(
                "/agent/session", "{\"model\": \"scripted:" + script + "\", \"stream_deltas\": true" + more + "}");
        assertThat(made.status()).as(made.text()).isEqualTo(200);
        return made.json().get("session_id").asString();
    }

    private static String at(String session, String rest) {
        return "/agent/session/" + session + rest;
    }

    private static Lines say(String session, String body) {
        try (Api.Stream stream = api.stream("POST", at(session, "/message"), body)) {
            return stream.toEnd();
        }
    }

    private static long processes() {
        return ProcessHandle.allProcesses()
                .flatMap(process -> process.info().commandLine().stream())
                .filter(line -> line.matches("(\\S*/)?sleep " + MARK))
                .count();
    }

    @ParameterizedTest
    @CsvSource({
        "streaming, text_delta, 0, HTTP",
        "bash, tool_use, 2, HTTP",
        "bash, tool_use, 2, WEBSOCKET",
        "code, tool_use, 1, HTTP",
        "retry, status, 0, WEBSOCKET",
        "asks, permission_request, 0, HTTP",
        "asks, permission_request, 0, WEBSOCKET"
    })
    void interrupt(String script, String reached, int running, String way) {
        String session = session(script, script.equals("asks") ? ", \"permission_mode\": \"default\"" : "");
        try (Api.Stream turn = api.stream("POST", at(session, "/message"), "{\"prompt\": \"go\"}")) {
            turn.next("status");
            turn.next(reached);
            await().until(() -> processes() >= running);

            if (way.equals("HTTP")) {
                assertThat(api.post(at(session, "/interrupt"), "")
                                .json()
                                .get("status")
                                .asString())
                        .isEqualTo("interrupting");
            } else {
                try (SocketClient socket = socket(session)) {
                    socket.send("{\"type\": \"interrupt\"}");
                    socket.status("interrupting");
                }
            }

            assertThat(turn.next("result").get("status").asString()).isEqualTo("interrupted");
        }
        await().until(() -> processes() == 0);
        assertThat(say(session, "{\"prompt\": \"on\", \"queue\": true}")
                        .result()
                        .get("summary")
                        .asString())
                .isEqualTo("On.");
    }

    private static SocketClient socket(String session) {
        return SocketClient.open(server.url(), "?session_id=" + session, "Authorization: Bearer " + server.key());
    }

    @Test
    void interruptWhenIdle() {
        String session = session("one", "");
        assertThat(api.post(at(session, "/interrupt"), "").json().get("status").asString())
                .isEqualTo("idle");
        try (SocketClient socket = socket(session)) {
            socket.send("{\"type\": \"interrupt\"}");
            assertThat(socket.next("error").get("code").asString()).isEqualTo("not_running");
        }
        assertThat(say(session, "{\"prompt\": \"on\"}").result().get("summary").asString())
                .isEqualTo("One.");
    }

    @Test
    void delete() {
        String idle = session("leaves", "");
        // What was there before the agent is kept for the diff, in a place of the session's own.
        api.call("PUT", at(idle, "/files/handed-in"), new byte[] {'x'});
        say(idle, "{\"prompt\": \"go\"}");
        String files = sandbox(idle);
        String running = session("bash", "");
        try (Api.Stream turn = api.stream("POST", at(running, "/message"), "{\"prompt\": \"go\"}")) {
            turn.next("tool_use");
            await().until(() -> processes() >= 2);
            assertThat(delete(running).json().get("status").asString()).isEqualTo("deleted");
            assertThat(turn.next("result").get("status").asString()).isEqualTo("cancelled");
        }
        assertThat(namesBeneath("sandboxes")).contains(files);
        assertThat(namesBeneath("sessions")).contains(idle);
        assertThat(delete(idle).status()).isEqualTo(200);

        assertThat(delete(idle).status()).isEqualTo(404);
        assertThat(delete("01a20000-0000-7000-8000-000000000000").status()).isEqualTo(404);
        await().untilAsserted(() -> {
            assertThat(processes()).isZero();
            assertThat(namesBeneath("sandboxes")).doesNotContain(files);
            assertThat(namesBeneath("sessions")).doesNotContain(idle, running);
        });
        assertThat(api.get(at(idle, "/files")).status()).isEqualTo(404);
    }

    /** The id of the one in which the session's files are. */
    private static String sandbox(String session) {
        return api.status(session).at("/sandbox/id").asString();
    }

    private static Api.Answer delete(String session) {
        return api.call("DELETE", at(session, ""), new byte[0]);
    }

    private static List<String> namesBeneath(String directory) {
        Path place = server.data().resolve(directory);
        if (!Files.isDirectory(place)) {
            return List.of();
        }
        try (Stream<Path> entries = Files.list(place)) {
            return entries.map(entry -> entry.getFileName().toString()).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void hibernateAndResume() {
        String session = session("leaves", "");
        List<String> before = say(session, "{\"prompt\": \"go\"}").durable();

        await().until(() -> api.status(session).get("status").asString().equals("hibernated"));
        await().until(() -> processes() == 0);
        Lines after = say(session, "{\"prompt\": \"and now\"}");

        assertThat(after.result().get("summary").asString()).isEqualTo("Still seven.");
        assertThat(api.events(session, "").texts().subList(0, before.size())).isEqualTo(before);
    }

    @Test
    void modelSwitch() {
        String session = session("one", "");
        Lines first = say(session, "{\"prompt\": \"a\"}");
        Lines second = say(session, "{\"prompt\": \"b\", \"options\": {\"model\": \"scripted:two\"}}");
        Lines third = say(session, "{\"prompt\": \"c\"}");

        assertThat(List.of(first, second, third))
                .extracting(lines -> lines.result().get("model").asString() + " "
                        + lines.result().get("summary").asString())
                .containsExactly("scripted:one One.", "scripted:two Two.", "scripted:one One.");
    }
}
