package dev.belay.bench.session;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Idle sessions, open streams, clients that come and go, and interrupts, each with what it costs a server in a process of its own. */
public final class SessionsBench {
    private static final String USAGE = """
            usage: belay bench sessions [--size N] [--seconds N] [--only PART,...]
              --size: sessions and streams (default 10000)
              --seconds: how long streams are read (default 20)
              PART: idle, streams, clients, interrupts\
            """;

    private static final String MODEL = "scripted";
    private static final Duration SETTLE = Duration.ofSeconds(5);
    /** Until the JVM has compiled what was busy before and has given back what that took. */
    private static final Duration REST = Duration.ofSeconds(15);

    private static final Duration LONGEST_OPENING = Duration.ofMinutes(2);

    private final Options options;
    private final int size;
    private final PrintStream out;
    private boolean reached = true;

    private enum Part {
        IDLE,
        STREAMS,
        CLIENTS,
        INTERRUPTS
    }

    private record Options(int size, Duration time, Set<Part> parts) {
        static Options parse(List<String> args) {
            int size = 10_000;
            int seconds = 20;
            Set<Part> parts = EnumSet.allOf(Part.class);
            for (int i = 0; i < args.size(); i += 2) {
                String value = args.get(i + 1);
                switch (args.get(i)) {
                    case "--size" -> size = Math.max(10, Integer.parseInt(value));
                    case "--seconds" -> seconds = Math.max(1, Integer.parseInt(value));
                    case "--only" ->
                        parts = Stream.of(value.toUpperCase(Locale.ROOT).split(","))
                                .map(Part::valueOf)
                                .collect(Collectors.toSet());
                    default -> throw new IllegalArgumentException(args.get(i));
                }
            }
            return new Options(size, Duration.ofSeconds(seconds), parts);
        }
    }

    private SessionsBench(Options options, PrintStream out) {
        this.options = options;
        this.size = options.size();
        this.out = out;
    }

    /** Measures and prints; 0 if every goal was reached, 1 if one was missed, 2 for wrong arguments. */
    public static int run(List<String> args, PrintStream out) {
        Options options;
        try {
            options = Options.parse(args);
        } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
            out.println(USAGE);
            return 2;
        }
        SessionsBench bench = new SessionsBench(options, out);
        try {
            bench.measure();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return 1;
        } catch (Exception e) {
            throw new IllegalStateException("the benchmark could not be run to its end", e);
        }
        return bench.reached ? 0 : 1;
    }

    private void measure() throws Exception {
        out.printf(
                "java %s, %d processors, load %s, %,d sessions and streams%n%n",
                Runtime.version(), Runtime.getRuntime().availableProcessors(), load(), size);
        out.println("| What | Measured | To reach |\n|---|---|---|");
        Path data = Files.createTempDirectory("belay-bench-sessions");
        try (Child server = Child.start(SessionHost.class, data.toString());
                SessionClient client = new SessionClient(server.url())) {
            List<String> sessions = measures(Part.IDLE)
                    ? idle(server, client)
                    : client.each(Collections.nCopies(size, MODEL), client::create);
            if (measures(Part.STREAMS)) {
                streams(server, sessions);
            }
            if (measures(Part.CLIENTS)) {
                comeAndGo(server, sessions);
            }
            if (measures(Part.INTERRUPTS)) {
                interrupts(client, data);
            }
        } finally {
            delete(data);
        }
        if (measures(Part.STREAMS)) {
            peer(BareJavalin.class, "bare Javalin, a virtual thread per stream");
            peer(BareJetty.class, "bare Jetty, no thread per stream");
        }
        out.println("\nload " + load());
    }

    private boolean measures(Part part) {
        return options.parts().contains(part);
    }

    /** Makes the sessions, gives each a turn, and looks at what is left of that in memory. */
    private List<String> idle(Child server, SessionClient client) throws Exception {
        for (String warm : client.each(Collections.nCopies(200, MODEL), client::create)) {
            client.say(warm);
        }
        long before = Long.parseLong(server.ask("heap"));
        long began = System.nanoTime();
        List<String> sessions = client.each(Collections.nCopies(size, MODEL), client::create);
        double seconds = (System.nanoTime() - began) / 1e9;
        row("sessions created per second", "%,.0f", size / seconds, ">= 200", size / seconds >= 200);
        client.each(sessions, client::say);
        double each = (Long.parseLong(server.ask("heap")) - before) / 1024.0 / size;
        row("heap of an idle session that had a turn, KiB", "%.2f", each, "<= 8", each <= 8);
        Thread.sleep(REST);
        int resident = server.residentMiB();
        row("process with all of them idle for 15 s, MiB", "%.0f", resident, "<= 400", resident <= 400);
        return sessions;
    }

    private void streams(Child server, List<String> sessions) throws Exception {
        try (OpenStreamsClient clients = new OpenStreamsClient(server.url())) {
            long began = System.nanoTime();
            for (int i = 0; i < size; i++) {
                clients.open(OpenStreamsClient.request(sessions.get(i), i));
                server.tell("talk " + sessions.get(i));
            }
            clients.awaitAnswers(LONGEST_OPENING);
            row("streams opened per second", "%,.0f", size / ((System.nanoTime() - began) / 1e9), "", true);
            clients.read(SETTLE);
            row("process with all streams open and silent, MiB", "%.0f", server.residentMiB(), "", true);
            server.tell("start");
            measured(server, clients, "streams (NDJSON, server-sent events and WebSocket, a third each)", true);
            server.ask("stop");
        }
    }

    private void peer(Class<?> host, String what) throws Exception {
        try (Child server = Child.start(host);
                OpenStreamsClient clients = new OpenStreamsClient(server.url())) {
            for (int i = 0; i < size; i++) {
                clients.open(OpenStreamsClient.request("/events"));
            }
            clients.awaitAnswers(LONGEST_OPENING);
            measured(server, clients, what, false);
        }
    }

    private void measured(Child server, OpenStreamsClient clients, String what, boolean goal) throws Exception {
        clients.read(SETTLE);
        clients.reset();
        clients.read(options.time());
        double p99 = clients.ageMillis(0.99);
        row(
                what + ", events read per second",
                "%,.0f",
                clients.events() / (double) options.time().toSeconds(),
                "",
                true);
        row(what + ", ended by the server", "%.0f", clients.ended(), goal ? "0" : "", !goal || clients.ended() == 0);
        row("age of an event when it is read, p50, ms", "%.2f", clients.ageMillis(0.5), "", true);
        row("age of an event when it is read, p99, ms", "%.2f", p99, goal ? "<= 25" : "", !goal || p99 <= 25);
        int resident = server.residentMiB();
        row("process, MiB", "%.0f", resident, goal ? "<= 600" : "", !goal || resident <= 600);
    }

    /** What clients leave behind that connect and are gone again, on every transport. */
    private void comeAndGo(Child server, List<String> sessions) throws Exception {
        rounds(server, sessions, size / 10);
        long heap = Long.parseLong(server.ask("heap"));
        int descriptors = server.descriptors();
        rounds(server, sessions, size);
        double grown = (Long.parseLong(server.ask("heap")) - heap) / 1024.0 / 1024;
        row("heap that as many clients leave behind, MiB", "%.1f", grown, "<= 4", grown <= 4);
        int left = server.descriptors() - descriptors;
        row("descriptors that they leave behind", "%.0f", left, "<= 10", left <= 10);
    }

    private static void rounds(Child server, List<String> sessions, int rounds) throws Exception {
        int atOnce = 50;
        for (int i = 0; i < rounds; i += atOnce) {
            try (OpenStreamsClient clients = new OpenStreamsClient(server.url())) {
                for (int one : IntStream.range(i, Math.min(rounds, i + atOnce)).toArray()) {
                    clients.open(OpenStreamsClient.request(sessions.get(one % sessions.size()), one));
                }
                clients.read(Duration.ofMillis(50));
            }
        }
        // A client that left is found out when the next sign of life is written to it.
        Thread.sleep(Duration.ofSeconds(8));
    }

    private void interrupts(SessionClient client, Path data) throws Exception {
        Interrupts interrupts = new Interrupts(client, data);
        interrupted("interrupt until idle with its processes gone", interrupts.measure(100, 0));
        interrupted("the same of four sub-agents at work", interrupts.measure(100, 4));
    }

    private void interrupted(String what, double[] took) {
        row(what + ", p50, ms", "%.0f", took[took.length / 2], "", true);
        double p99 = took[took.length * 99 / 100];
        row(what + ", p99, ms", "%.0f", p99, "<= 250", p99 <= 250);
    }

    private void row(String what, String format, double value, String goal, boolean met) {
        out.printf("| %s | " + format + " | %s%s |%n", what, value, goal, met ? "" : ", **missed**");
        reached &= met;
    }

    private static String load() throws IOException {
        return Files.readString(Path.of("/proc/loadavg")).strip();
    }

    private static void delete(Path directory) throws IOException {
        try (Stream<Path> all = Files.walk(directory)) {
            for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(each);
            }
        }
    }
}
