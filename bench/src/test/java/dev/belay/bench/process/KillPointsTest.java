package dev.belay.bench.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.belay.bench.suite.Suite;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A server that is killed at random moments while turns run, and now and then while it starts. Whatever a client was told is there
 * afterwards, every turn has one end, and nothing of the killed server is left.
 */
@Tag("crash")
class KillPointsTest {
    private static final int KILLS_PER_DIRECTORY = 25;
    private static final int TURNS_AT_ONCE = 4;
    private static final String SCRIPT = """
            {"price": {"input": 3, "output": 15}, "steps": [
              {"thinking": "A look first.", "text": ["I ", "look."], "delta_ms": 5,
               "usage": {"input_tokens": 10, "output_tokens": 5},
               "tool_calls": [{"tool": "Write", "input": {"file_path": "a.txt", "content": "one"}},
                              {"tool": "Bash", "input": {"command": "sleep 0.1; echo two >> a.txt # MARKER"}}]},
              {"delay_ms": 40, "usage": {"input_tokens": 10, "output_tokens": 5},
               "tool_calls": [{"tool": "Read", "input": {"file_path": "a.txt"}},
                              {"tool": "Glob", "input": {"pattern": "*"}},
                              {"tool": "Bash", "input": {"command": "setsid sleep 5 & sleep 0.2 # MARKER"}}]},
              {"text": ["And ", "then ", "another ", "one."], "delta_ms": 20, "usage": {"input_tokens": 9, "output_tokens": 1},
               "tool_calls": [{"tool": "mcp__sandbox__execute_shell", "input": {"command": "sleep 0.1 # MARKER"}}]},
              {"text": "Done.", "delay_ms": 50}]}""";

    @TempDir
    Path root;

    @Test
    void nothingThatWasToldIsLostWhereverTheServerIsKilled() throws Exception {
        Suite suite = Suite.begin("crash");
        Random random = suite.random();
        Tally tally = new Tally();
        for (int left = suite.size(10, 500); left > 0; left -= KILLS_PER_DIRECTORY) {
            life(root.resolve("life-" + left), Math.min(left, KILLS_PER_DIRECTORY), random, tally);
        }
        suite.result(tally.toString());
        // The moments were such that something could be lost.
        assertThat(tally.interrupted).isPositive();
        assertThat(tally.killedWhileStarting).isPositive();
    }

    /** What was put to the test. */
    private static final class Tally {
        int kills;
        int killedWhileStarting;
        int turns;
        int events;
        int interrupted;
        int joinedAgain;

        @Override
        public String toString() {
            return "killed %d times, %d more while starting; %d turns with %d acknowledged events, %d of them cut, %d joined again by their key"
                    .formatted(kills, killedWhileStarting, turns, events, interrupted, joinedAgain);
        }
    }

    /** One data directory, from its first server to the orderly end of its last. */
    private static void life(Path data, int kills, Random random, Tally tally) throws Exception {
        String marker = "belay-kill-" + random.nextInt(1 << 30);
        Files.createDirectories(data.resolve("scripts"));
        Files.writeString(data.resolve("scripts/points.json"), SCRIPT.replace("MARKER", marker));
        Files.writeString(data.resolve("belay.toml"), "[sessions]\nidle_s = 2\n[sandbox]\nahead = 0\n");
        List<Witness> before = List.of();
        for (int kill = 0; kill < kills; kill++) {
            if (kill % 4 == 1) {
                killWhileStarting(data, random, marker);
                tally.killedWhileStarting++;
            }
            try (ServerProcess server = ServerProcess.start(data)) {
                verify(before, server, tally);
                before = runUntilKilled(server, random, kill);
                tally.kills++;
                LeftOvers.awaitNone(server.pid(), data, marker);
            }
            StoredEvents.assertSound(data);
        }
        try (ServerProcess server = ServerProcess.start(data)) {
            verify(before, server, tally);
            Awaitility.await("the files of runs go when their time has come")
                    .atMost(Duration.ofSeconds(30))
                    .untilAsserted(() -> assertThat(data.resolve("sandboxes")).isEmptyDirectory());
        }
        StoredEvents.assertSound(data);
        StoredEvents.assertEveryTurnEnded(data);
    }

    /** Kills a server that is about to find what an earlier one left. */
    private static void killWhileStarting(Path data, Random random, String marker) throws Exception {
        Process starting = ServerProcess.launch(data, Map.of(), "--dev");
        boolean ended = starting.waitFor(200 + random.nextInt(1500), TimeUnit.MILLISECONDS);
        assertThat(ended).as("the server ended by itself").isFalse();
        starting.destroyForcibly().waitFor();
        LeftOvers.awaitNone(starting.pid(), data, marker);
    }

    private static List<Witness> runUntilKilled(ServerProcess server, Random random, int kill) throws Exception {
        List<Witness> witnesses = new ArrayList<>();
        for (int i = 0; i < TURNS_AT_ONCE; i++) {
            witnesses.add(Witness.start(server.url(), "kill-" + kill + "-" + i));
        }
        witnesses.getFirst().awaitFirstLine();
        Thread.sleep(random.nextInt(1200));
        server.kill();
        for (Witness witness : witnesses) {
            witness.awaitEnd();
        }
        return witnesses;
    }

    private static void verify(List<Witness> witnesses, ServerProcess server, Tally tally) throws Exception {
        for (Witness witness : witnesses) {
            if (witness.sawNothing()) {
                continue;
            }
            boolean join = tally.turns % 2 == 0;
            List<String> told = join ? witness.joinAgain(server.url()) : witness.eventsNow(server.url());
            witness.assertKnown(told);
            witness.assertHibernated(server.url());
            tally.turns++;
            tally.events += witness.seen();
            tally.interrupted += witness.wasCut() ? 1 : 0;
            tally.joinedAgain += join ? 1 : 0;
        }
    }
}
