package dev.belay.server.cloudagent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.belay.server.Api;
import dev.belay.server.RunningServer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

/**
 * Readers of a session that talks, whose connections are cut at random bytes: whichever transport they come back on, nothing is lost, doubled or
 * out of order.
 */
@Tag("reconnects")
class ReconnectTest {
    private static final int RECONNECTS = "full".equals(System.getProperty("belay.suite")) ? 10_000 : 150;
    private static final int READERS = 5;
    /** Of one reader of one session. */
    private static final int ROUNDS = 30;

    private static final int MOST_BYTES = 12_000;
    private static final Pattern SEQ = Pattern.compile("^\\{\"type\":\"[a-z_]+\",\"seq\":(\\d+),");

    private static RunningServer server;
    private static Api api;

    @BeforeAll
    static void start(@TempDir Path data) {
        server = RunningServer.start(data);
        api = server.api();
        List<Object> steps = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            steps.add(Map.of(
                    "text", List.of("The ", "piece ", "number " + i + ", ä€𝄞, ", "and more of it ".repeat(i % 20)),
                    "delta_ms", 2,
                    "tool_calls", List.of(Map.of("tool", "TodoWrite", "input", Map.of("todos", List.of())))));
            if (i % 3 == 0) {
                steps.add(Map.of("text", List.of("Done ", "with " + i), "delta_ms", 2));
            }
        }
        server.script("talks", JsonMapper.shared().writeValueAsString(Map.of("steps", steps)));
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Test
    void readersThatAreCutAndComeBackOnAnyTransportMissNothing() throws Exception {
        int seed = Optional.ofNullable(System.getenv("BELAY_SEED"))
                .map(Integer::parseInt)
                .orElseGet(() -> new Random().nextInt(1 << 30));
        System.out.println("suite reconnects: seed " + seed);
        Random random = new Random(seed);
        int done = 0;
        long events = 0;
        while (done < RECONNECTS) {
            events += oneSession(random);
            done += READERS * ROUNDS;
        }
        System.out.println("result: `reconnects`, seed " + seed + ": " + done + " reconnects, " + events
                + " events read, 0 lost, 0 doubled, 0 out of order");
    }

    /** Returns how many events its readers have read. */
    private static long oneSession(Random random) throws Exception {
        String session = api.post("/agent/session", "{\"model\": \"scripted:talks\", \"stream_deltas\": true}")
                .json()
                .get("session_id")
                .asString();
        AtomicBoolean over = new AtomicBoolean();
        List<Reader> readers = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<?> talk = threads.submit(() -> talk(session, over));
            List<Future<?>> reading = new ArrayList<>();
            for (int i = 0; i < READERS; i++) {
                Reader reader = new Reader(session, new Random(random.nextLong()));
                readers.add(reader);
                reading.add(threads.submit(reader::comeAndGo));
            }
            try {
                for (Future<?> one : reading) {
                    one.get();
                }
            } finally {
                over.set(true);
            }
            talk.get();
        }
        List<String> all = api.events(session, "?follow=false").texts();
        for (Reader reader : readers) {
            reader.rest();
            assertThat(reader.got).isEqualTo(all);
        }
        return (long) all.size() * READERS;
    }

    private static void talk(String session, AtomicBoolean over) {
        while (!over.get()) {
            try (Api.Stream stream =
                    api.stream("POST", "/agent/session/" + session + "/message", "{\"prompt\": \"go on\"}")) {
                stream.toEnd();
            }
        }
    }

    private static final class Reader {
        private final String session;
        private final Random random;
        private final List<String> got = new ArrayList<>();
        private long cursor;

        Reader(String session, Random random) {
            this.session = session;
            this.random = random;
        }

        void comeAndGo() {
            for (int i = 0; i < ROUNDS; i++) {
                CutConnection transport = CutConnection.values()[random.nextInt(3)];
                int bytes = 1 + random.nextInt(random.nextBoolean() ? MOST_BYTES : 1200);
                transport
                        .read(server.url(), server.key(), session, cursor, bytes)
                        .forEach(this::take);
            }
        }

        void rest() {
            api.events(session, "?follow=false&after_seq=" + cursor).texts().forEach(this::take);
        }

        private void take(String line) {
            Matcher seq = SEQ.matcher(line);
            if (seq.find()) {
                long number = Long.parseLong(seq.group(1));
                assertThat(number).as("after " + cursor + " came " + line).isGreaterThan(cursor);
                cursor = number;
                got.add(line);
            }
        }
    }
}
