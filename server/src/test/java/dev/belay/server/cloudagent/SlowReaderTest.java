package dev.belay.server.cloudagent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.belay.server.Api;
import dev.belay.server.RunningServer;
import dev.belay.server.SocketClient;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.management.JMException;
import javax.management.ObjectName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.json.JsonMapper;

/** A reader that does not read: what it costs the server, and what it misses. */
class SlowReaderTest {
    private static final int NARROW = 4096;
    private static final int MIB = 1 << 20;
    /** On each transport. */
    private static final int READERS = 4;

    private static final Pattern SEQ = Pattern.compile("^\\{\"type\":\"[a-z_]+\",\"seq\":(\\d+),");

    /** Of 12 bytes, so that parts of a line end inside of its characters. */
    private static final String PIECE = "ä€𝄞 a\n";

    /** A session whose turn says more than the kernel holds back for a reader: long texts, and many short ones. */
    private static String session(RunningServer server) {
        List<Object> steps = new ArrayList<>();
        Map<String, Object> note = Map.of("tool", "TodoWrite", "input", Map.of("todos", List.of()));
        for (int i = 0; i < 12; i++) {
            steps.add(Map.of("text", PIECE.repeat(MIB / 12), "tool_calls", List.of(note)));
            steps.add(Map.of("text", PIECE.repeat(1000), "tool_calls", List.of(note)));
        }
        steps.add(Map.of("text", "Done."));
        server.script("floods", JsonMapper.shared().writeValueAsString(Map.of("steps", steps)));
        return server.api()
                .post("/agent/session", "{\"model\": \"scripted:floods\"}")
                .json()
                .get("session_id")
                .asString();
    }

    private static void speak(Api api, String session) {
        try (Api.Stream turn = api.stream("POST", "/agent/session/" + session + "/message", "{\"prompt\": \"go\"}")) {
            assertThat(turn.next("result").get("status").asString()).isEqualTo("success");
        }
    }

    private static void speakBesideAQuickReader(Api api, String session) throws Exception {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
                Api.Stream quick = api.stream("GET", "/agent/session/" + session + "/events?follow=true", "")) {
            Future<List<String>> read = threads.submit(() -> readToResult(quick));
            speak(api, session);

            assertThat(read.get()).isEqualTo(api.events(session, "").texts());
        }
    }

    /** Its durable lines. */
    private static List<String> readToResult(Api.Stream stream) {
        List<String> got = new ArrayList<>();
        String line;
        do {
            line = stream.nextText().orElseThrow();
            if (SEQ.matcher(line).find()) {
                got.add(line);
            }
        } while (!line.contains("\"type\":\"result\""));
        return got;
    }

    private static void awaitStreams(RunningServer server, int open) {
        await().atMost(Duration.ofSeconds(30))
                .untilAsserted(() ->
                        assertThat(server.anonymous().get("/metrics").text()).contains("belay_streams_open " + open));
    }

    /** The bytes of all objects that are reachable, which is less than what the collector says is in use. */
    private static long reachableBytes() throws JMException {
        String histogram = (String) ManagementFactory.getPlatformMBeanServer()
                .invoke(
                        new ObjectName("com.sun.management:type=DiagnosticCommand"),
                        "gcClassHistogram",
                        new Object[] {new String[0]},
                        new String[] {String[].class.getName()});
        String total = histogram
                .lines()
                .filter(line -> line.startsWith("Total"))
                .findFirst()
                .orElseThrow();
        return Long.parseLong(total.strip().split("\\s+")[2]);
    }

    @Test
    void readersThatDoNotReadHoldNoTurnUpAndLessThanOneMebibyteEach(@TempDir Path data) throws Exception {
        List<Socket> stuck = new ArrayList<>();
        try (RunningServer server = RunningServer.start(data)) {
            Api api = server.api();
            String session = session(server);
            for (int i = 0; i < READERS; i++) {
                for (CutConnection transport : CutConnection.values()) {
                    stuck.add(transport.connect(server.url(), server.key(), session, 0, NARROW));
                }
            }
            awaitStreams(server, stuck.size());
            speakBesideAQuickReader(api, session);
            awaitStreams(server, stuck.size());
            // What the turn itself held is gone a moment after its result.
            await().until(() -> api.status(session).get("status").asString().equals("idle"));
            long held = reachableBytes();
            for (Socket socket : stuck) {
                socket.close();
            }
            awaitStreams(server, 0);

            assertThat(held - reachableBytes()).isLessThan((long) stuck.size() * MIB);
        }
    }

    @ParameterizedTest
    @EnumSource
    void aReaderThatDoesNotReadIsCutAndGoesOnWithoutLoss(CutConnection transport, @TempDir Path data)
            throws IOException {
        try (RunningServer server = RunningServer.start(data, Map.of("limits.connection_idle_s", "2"))) {
            Api api = server.api();
            String session = session(server);
            try (Socket slow = transport.connect(server.url(), server.key(), session, 0, NARROW)) {
                awaitStreams(server, 1);
                speak(api, session);
                awaitStreams(server, 0);
                List<String> got = new ArrayList<>();
                long position = 0;
                for (String line : transport.lines(CutConnection.bytes(slow, Integer.MAX_VALUE))) {
                    Matcher seq = SEQ.matcher(line);
                    if (seq.find()) {
                        got.add(line);
                        position = Long.parseLong(seq.group(1));
                    }
                }
                List<String> all = api.events(session, "").texts();
                assertThat(got.size()).isBetween(1, all.size() - 1);

                got.addAll(api.events(session, "?after_seq=" + position).texts());

                assertThat(got).isEqualTo(all);
            }
        }
    }

    @Test
    void aLongLineComesWholeOnEveryTransport(@TempDir Path data) {
        try (RunningServer server = RunningServer.start(data)) {
            Api api = server.api();
            String said = PIECE.repeat(MIB / 12);
            String session = session(server);
            try (SocketClient socket =
                            SocketClient.open(server.url(), "?session_id=" + session, "X-API-Key: " + server.key());
                    Api.Stream lines = api.stream("GET", "/agent/session/" + session + "/events?follow=true", "");
                    Api.Stream serverSent = api.with("Accept", "text/event-stream").stream(
                            "GET", "/agent/session/" + session + "/events?follow=true", "")) {
                socket.status("connected");
                socket.send("{\"type\": \"message\", \"prompt\": \"go\"}");

                String line = lines.nextText().orElseThrow();
                while (!line.contains("\"type\":\"thinking\"")) {
                    line = lines.nextText().orElseThrow();
                }
                assertThat(JsonMapper.shared().readTree(line).get("content").asString())
                        .isEqualTo(said);
                String event = serverSent.nextText().orElseThrow();
                while (!event.startsWith("data: {\"type\":\"thinking\"")) {
                    event = serverSent.nextText().orElseThrow();
                }
                assertThat(event).isEqualTo("data: " + line);
                assertThat(socket.next("thinking").get("content").asString()).isEqualTo(said);
            }
        }
    }
}
