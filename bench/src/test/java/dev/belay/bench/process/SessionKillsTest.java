package dev.belay.bench.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.belay.bench.process.SessionActor.Deed;
import dev.belay.bench.suite.Suite;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * A server that is killed at random points of the lives of sessions: while they are made, spoken to, steered, interrupted, asked, answered,
 * compacted, forked, deleted, given files, or hibernate, and while it goes on with what its predecessor left. What was acknowledged is there
 * afterwards, no turn stays silent, and no call of a tool is made twice.
 */
@Tag("session-life")
class SessionKillsTest {
    private static final int KILLS_PER_DIRECTORY = 20;
    private static final int ACTORS = 4;
    /** In milliseconds. */
    private static final int LONGEST_LIFE = 1800;

    @TempDir
    Path root;

    private final Map<Deed, Integer> done = new EnumMap<>(Deed.class);
    private int kills;
    private int whileStarting;
    private int sessions;
    private int events;
    private int openTurns;
    private int openAsks;

    @Test
    void whereverASessionIsInItsLifeAKillLosesNothingAndRepeatsNothing() throws Exception {
        Suite suite = Suite.begin("session-life");
        Random random = suite.random();
        for (int left = suite.size(10, 500); left > 0; left -= KILLS_PER_DIRECTORY) {
            house(root.resolve("house-" + left), Math.min(left, KILLS_PER_DIRECTORY), random);
        }
        suite.result(
                "killed %d times, %d more while starting; %d sessions, %d acknowledged events, %d turns cut, %d asks left open; %s"
                        .formatted(kills, whileStarting, sessions, events, openTurns, openAsks, done));
        // The moments were such that something could be lost.
        assertThat(openTurns).isPositive();
        assertThat(done).containsKeys(Deed.CREATE, Deed.MESSAGE);
    }

    /** One data directory, from its first server to the orderly end of its last. */
    private void house(Path data, int times, Random random) throws Exception {
        String marker = "belay-life-" + random.nextInt(1 << 30);
        Files.createDirectories(data.resolve("scripts"));
        Files.writeString(data.resolve("scripts/life.json"), LifeScript.json(marker));
        Files.writeString(data.resolve("belay.toml"), "[sessions]\nidle_s = 1\n[sandbox]\nahead = 0\n");
        List<SessionActor> actors = Stream.generate(() -> new SessionActor(new Random(random.nextLong())))
                .limit(ACTORS)
                .toList();
        for (int kill = 0; kill < times; kill++) {
            if (kill % 5 == 3) {
                killWhileStarting(data, random, marker);
            }
            try (ServerProcess server = ServerProcess.start(data)) {
                assertKept(server, actors);
                actUntilKilled(server, actors, random.nextInt(LONGEST_LIFE));
                LeftOvers.awaitNone(server.pid(), data, marker);
            }
            kills++;
            lives(actors).filter(SessionLife::alive).forEach(life -> {
                openTurns += life.turnIsOpen() ? 1 : 0;
                openAsks += life.openAsks().size();
            });
            StoredEvents.assertSound(data);
        }
        try (ServerProcess server = ServerProcess.start(data)) {
            assertKept(server, actors);
            Client client = new Client(server.url());
            inParallel(lives(actors).filter(SessionLife::alive).toList(), life -> {
                life.awaitQuiet(client);
                life.assertWhole(client);
            });
        }
        StoredEvents.assertSound(data);
        StoredEvents.assertEveryTurnEnded(data);
        sessions += (int) lives(actors).count();
        events += lives(actors).mapToInt(SessionLife::eventsSeen).sum();
        actors.forEach(actor -> actor.done().forEach((deed, often) -> done.merge(deed, often, Integer::sum)));
    }

    private static Stream<SessionLife> lives(List<SessionActor> actors) {
        return actors.stream().flatMap(actor -> actor.lives().stream());
    }

    private void killWhileStarting(Path data, Random random, String marker) throws Exception {
        Process starting = ServerProcess.launch(data, Map.of(), "--dev");
        boolean ended = starting.waitFor(300 + random.nextInt(1500), TimeUnit.MILLISECONDS);
        assertThat(ended).as("the server ended by itself").isFalse();
        starting.destroyForcibly().waitFor();
        LeftOvers.awaitNone(starting.pid(), data, marker);
        whileStarting++;
    }

    private static void actUntilKilled(ServerProcess server, List<SessionActor> actors, int millis) throws Exception {
        Client client = new Client(server.url());
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> acting = new ArrayList<>();
            for (SessionActor actor : actors) {
                acting.add(threads.submit(() -> actor.act(client)));
            }
            Thread.sleep(millis);
            server.kill();
            for (Future<?> one : acting) {
                one.get(30, TimeUnit.SECONDS);
            }
        }
    }

    private static void assertKept(ServerProcess server, List<SessionActor> actors) throws Exception {
        Client client = new Client(server.url());
        List<SessionLife> all = lives(actors).toList();
        inParallel(all, life -> life.assertKept(client));
        Set<String> listed = new HashSet<>();
        String cursor = "";
        do {
            JsonNode page = client.get("/agent/sessions?limit=200" + cursor);
            page.get("sessions")
                    .forEach(session -> listed.add(session.get("session_id").asString()));
            cursor = "&cursor=" + page.get("next_cursor").asString("");
        } while (!cursor.equals("&cursor="));
        assertThat(listed)
                .containsAll(all.stream()
                        .filter(SessionLife::alive)
                        .map(SessionLife::id)
                        .toList());
    }

    private interface Check {
        void on(SessionLife life) throws Exception;
    }

    private static void inParallel(List<SessionLife> lives, Check check) throws Exception {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> running = new ArrayList<>();
            for (SessionLife life : lives) {
                running.add(threads.submit(() -> {
                    check.on(life);
                    return life;
                }));
            }
            for (Future<?> one : running) {
                one.get();
            }
        }
    }
}
