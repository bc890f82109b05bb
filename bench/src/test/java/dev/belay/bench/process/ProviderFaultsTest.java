package dev.belay.bench.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.belay.bench.suite.Suite;
import dev.belay.modeldouble.ModelServer;
import dev.belay.modeldouble.ModelServer.Received;
import dev.belay.modeldouble.Style;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Turns whose providers refuse, fall silent, hang up and talk nonsense, in mixed order and over every wire. */
@Tag("faults")
class ProviderFaultsTest {
    private static final int TURNS_AT_ONCE = 12;
    private static final Pattern TURN = Pattern.compile("turn-(\\d+)");
    /** A model that is spoken to in each style. */
    private static final Map<Style, String> MODELS = Map.of(
            Style.MESSAGES, "anthropic:claude-faulty",
            Style.CHAT, "openai:gpt-4-faulty",
            Style.RESPONSES, "openai:gpt-5-faulty");

    @TempDir
    Path data;

    @Test
    void everyTurnEndsOnceAndCostsWhatItsProviderServed() throws Exception {
        Suite suite = Suite.begin("faults");
        List<FaultyTurn> turns = turns(suite.size(60, 500), suite.random());
        Files.writeString(data.resolve("belay.toml"), "[models]\nidle_s = 3\n");
        Files.writeString(data.resolve("prices.json"), FaultyTurn.prices(MODELS.values()));

        try (ModelServer models =
                        new ModelServer(request -> turns.get(number(request)).next());
                ServerProcess server = ServerProcess.start(data, environment(models.url()));
                ExecutorService clients = Executors.newFixedThreadPool(TURNS_AT_ONCE)) {
            Client client = new Client(server.url());
            List<Future<String>> streams = new ArrayList<>();
            for (int i = 0; i < turns.size(); i++) {
                String body = "{\"prompt\":\"turn-%d\",\"model\":\"%s\",\"stream_deltas\":true}"
                        .formatted(i, MODELS.get(turns.get(i).style()));
                streams.add(clients.submit(() -> client.post("/agent/run", body)));
            }
            for (int i = 0; i < turns.size(); i++) {
                turns.get(i)
                        .assertEndedWell("turn-" + i, Client.json(streams.get(i).get()));
            }
            assertThat(client.getText("/metrics")).contains("belay_turns_running 0");
        }
        suite.result(
                "%d faults in %d turns over %d wires: every turn ended with one result and the cost that was served"
                        .formatted(turns.stream().mapToInt(FaultyTurn::faults).sum(), turns.size(), MODELS.size()));
    }

    private static List<FaultyTurn> turns(int faults, Random random) {
        List<Style> styles = List.copyOf(MODELS.keySet());
        List<FaultyTurn> turns = new ArrayList<>();
        for (int made = 0; made < faults; made += turns.getLast().faults()) {
            turns.add(new FaultyTurn(styles.get(random.nextInt(styles.size())), turns.size(), random));
        }
        return turns;
    }

    private static int number(Received request) {
        Matcher turn = TURN.matcher(request.body());
        if (!turn.find()) {
            throw new IllegalArgumentException("of no turn: " + request.body());
        }
        return Integer.parseInt(turn.group(1));
    }

    private static Map<String, String> environment(String url) {
        return Map.of(
                "ANTHROPIC_API_KEY",
                "key-of-a-double",
                "ANTHROPIC_BASE_URL",
                url,
                "OPENAI_API_KEY",
                "key-of-a-double",
                "OPENAI_BASE_URL",
                url + "/v1");
    }
}
