package dev.belay.bench.session;

import dev.belay.api.Scope;
import dev.belay.api.SessionId;
import dev.belay.api.event.Event;
import dev.belay.api.event.EventDraft;
import dev.belay.api.event.MessageEvent;
import dev.belay.api.event.StreamId;
import dev.belay.server.BelayServer;
import dev.belay.server.ServerOptions;
import dev.belay.server.config.Configuration;
import dev.belay.server.config.ConfigurationSources;
import dev.belay.store.Database;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;

/**
 * A server that is told, line by line, what to do beside serving: {@code heap} collects and answers the bytes in use, {@code talk ID} adds a
 * session to those to which an event is appended each second, {@code start} begins and {@code stop} ends that.
 */
public final class SessionHost {
    private static final int SLICES = 100;

    private SessionHost() {}

    /** @param args the data directory */
    public static void main(String[] args) throws Exception {
        Map<String, String> settings = Map.of(
                "server.port", "0",
                "data.directory", args[0],
                "agent.model", "scripted",
                "log.level", "warn",
                "limits.concurrent_streams", "20000",
                "limits.concurrent_turns", "1000");
        Configuration configuration =
                Configuration.read(new ConfigurationSources(Optional.empty(), settings, Map.of()));
        try (BelayServer server = BelayServer.start(new ServerOptions(configuration, Map.of(), true))) {
            System.out.println(server.url());
            obey(server, new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8)));
        }
    }

    private static void obey(BelayServer server, BufferedReader commands) throws Exception {
        List<StreamId> talking = new ArrayList<>();
        Thread talker = null;
        for (String line = commands.readLine(); line != null; line = commands.readLine()) {
            switch (line.split(" ", 2)[0]) {
                case "heap" -> {
                    System.gc();
                    System.gc();
                    System.out.println(ManagementFactory.getMemoryMXBean()
                            .getHeapMemoryUsage()
                            .getUsed());
                }
                case "talk" -> talking.add(StreamId.of(new SessionId(line.substring(5))));
                case "start" -> {
                    talker = new Thread(() -> talk(server, List.copyOf(talking)), "talker");
                    talker.setDaemon(true);
                    talker.start();
                }
                case "stop" -> {
                    if (talker != null) {
                        talker.interrupt();
                        talker.join();
                    }
                    System.out.println("stopped");
                }
                default -> throw new IllegalArgumentException(line);
            }
        }
    }

    /** One event for each session a second, spread evenly. */
    private static void talk(BelayServer server, List<StreamId> sessions) {
        Scope scope = server.belay().bootstrap().devScope();
        long due = System.nanoTime();
        for (int slice = 0; !Thread.currentThread().isInterrupted(); slice = (slice + 1) % SLICES) {
            Optional<Database.Written<List<Event>>> last = Optional.empty();
            for (int i = slice; i < sessions.size(); i += SLICES) {
                EventDraft event = EventDraft.of(new MessageEvent.Text(Stamp.text()));
                last = Optional.of(server.belay().log().submit(scope, sessions.get(i), List.of(event)));
            }
            // What somebody waits for is committed at once.
            last.ifPresent(Database.Written::await);
            due += 1_000_000_000L / SLICES;
            LockSupport.parkNanos(due - System.nanoTime());
        }
    }
}
