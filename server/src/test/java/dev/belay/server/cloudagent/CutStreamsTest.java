package dev.belay.server.cloudagent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.belay.modeldouble.Answer;
import dev.belay.modeldouble.ModelServer;
import dev.belay.modeldouble.Reply;
import dev.belay.modeldouble.Style;
import dev.belay.server.Lines;
import dev.belay.server.RunningServer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Runs whose model is cut at any byte of its first answer: no text is lost, no tool call invented, and there is exactly one result. In full,
 * every one of the first 2,000 bytes and 1,000 later ones, with and without a frame from which the client could see the cut.
 */
@Tag("wires")
class CutStreamsTest {
    private static final boolean FULL = "full".equals(System.getProperty("belay.suite"));
    private static final int FIRST = 2000;
    private static final Pattern CASE = Pattern.compile("cut-(framed|open)-(\\d+)-");

    private static final String[] PIECES =
            IntStream.range(0, 60).mapToObj(i -> "piece" + i + " ").toArray(String[]::new);
    private static final String LAST = "Done.";
    private static final Answer ANSWER = new Answer()
            .thinking("opaque==", "I think.")
            .text(PIECES)
            .call("c1", "TodoWrite", "{\"todos\":", "[]}")
            .call("c2", "Bash", "{\"command\":\"touch never\"}");

    private static final Set<String> BEGUN = ConcurrentHashMap.newKeySet();

    private static ModelServer models;
    private static RunningServer server;

    @BeforeAll
    static void start(@TempDir Path data) {
        models = new ModelServer(CutStreamsTest::reply);
        server = RunningServer.start(
                data,
                Map.of(),
                Map.of(
                        "ANTHROPIC_API_KEY",
                        "a-key",
                        "ANTHROPIC_BASE_URL",
                        models.url(),
                        "OPENAI_API_KEY",
                        "a-key",
                        "OPENAI_BASE_URL",
                        models.url() + "/v1"));
    }

    @AfterAll
    static void stop() {
        server.close();
        models.close();
    }

    /** The first time it is cut, then it answers. */
    private static Reply reply(ModelServer.Received request) {
        Style style = Style.of(request);
        Matcher asked = CASE.matcher(request.body());
        if (!asked.find() || !BEGUN.add(style + asked.group())) {
            return new Answer().text(LAST).in(style);
        }
        Reply whole = ANSWER.in(style);
        return (asked.group(1).equals("framed") ? whole : whole.unframed()).cutAfter(Integer.parseInt(asked.group(2)));
    }

    @ParameterizedTest
    @CsvSource({"MESSAGES, anthropic:m", "CHAT, openai:m", "RESPONSES, openai:gpt-5"})
    void aRunWhoseModelIsCutAnywhereKeepsWhatItSaidAndEndsOnce(Style style, String model) throws Exception {
        int length = ANSWER.unended(style).length();
        assertThat(length).isGreaterThan(FIRST + 1000);
        List<Integer> places = (FULL
                        ? IntStream.concat(IntStream.range(0, FIRST), new Random(7).ints(1000, FIRST, length))
                        : IntStream.concat(IntStream.of(0, 1, length - 1), new Random(7).ints(15, 0, length)))
                .distinct()
                .boxed()
                .toList();
        Semaphore atOnce = new Semaphore(32);
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> running = places.stream()
                    .flatMap(place -> List.of("framed", "open").stream()
                            .<Future<?>>map(frame -> threads.submit(() -> {
                                atOnce.acquire();
                                try {
                                    cut(style, model, frame, place);
                                } finally {
                                    atOnce.release();
                                }
                                return place;
                            })))
                    .toList();
            for (Future<?> one : running) {
                one.get();
            }
        }
    }

    private static void cut(Style style, String model, String frame, int place) {
        Lines lines = server.api()
                .run("{\"prompt\": \"cut-" + frame + "-" + place + "-\", \"model\": \"" + model
                        + "\", \"stream_deltas\": true}");

        String what = style + " " + frame + " " + place;
        assertThat(lines.of("result")).as(what).hasSize(1);
        assertThat(lines.result().path("status").asString()).as(what).isEqualTo("success");
        assertThat(lines.result().path("summary").asString()).as(what).isEqualTo(LAST);
        assertThat(lines.of("tool_use")).as(what).isEmpty();
        assertThat(lines.of("tool_result")).as(what).isEmpty();
        assertThat(lines.of("status").stream().map(line -> line.path("message").asString()))
                .as(what)
                .contains("retrying");
        String kept = text(lines, "thinking");
        // Whoever comes late to a stream misses pieces, and no block.
        assertThat(kept).as(what).startsWith(arrived(style, place)).endsWith(text(lines, "text_delta"));
        assertThat(String.join("", PIECES) + LAST)
                .as(what)
                .startsWith(kept.substring(0, kept.length() - LAST.length()));
        assertThat(kept).as(what).endsWith(LAST);
    }

    private static String text(Lines lines, String type) {
        return lines.of(type).stream()
                .filter(line -> line.path("block").asString().equals("text"))
                .map(line -> line.path("content").asString())
                .collect(Collectors.joining());
    }

    /** The pieces of text whose events have come whole. */
    private static String arrived(Style style, int place) {
        String sent =
                new String(ANSWER.in(style).body().getBytes(StandardCharsets.UTF_8), 0, place, StandardCharsets.UTF_8);
        StringBuilder arrived = new StringBuilder();
        for (String piece : PIECES) {
            int at = sent.indexOf("\"" + piece + "\"");
            if (at < 0 || sent.indexOf("\n\n", at) < 0) {
                break;
            }
            arrived.append(piece);
        }
        return arrived.toString();
    }
}
