package dev.belay.bench.log;

import dev.belay.api.ConfigurationException;
import dev.belay.api.event.Event;
import dev.belay.api.event.StreamId;
import dev.belay.eventlog.EventLog;
import dev.belay.eventlog.Redactor;
import dev.belay.store.Database;
import dev.belay.store.StoreLocation;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;

/**
 * Appends with 1, 16 and 256 writers and replay, beside a raw write and fsync of the same bytes in the same directory. The raw write is measured
 * before and after the single writer, so that a disk whose speed changes meanwhile is seen.
 */
public final class LogBench {
    private static final double EVENTS_PER_SECOND_AT_256 = 20_000;
    private static final double MOST_OVER_THE_FLOOR = 1.5;
    private static final long MILLION = 1_000_000;

    private final LogBenchOptions options;
    private final Path directory;
    private final PrintStream out;
    private double overTheFloor;

    private LogBench(LogBenchOptions options, Path directory, PrintStream out) {
        this.options = options;
        this.directory = directory;
        this.out = out;
    }

    /** Measures and prints; 0 if every figure was reached, 1 if one was missed, 2 for wrong arguments. */
    public static int run(List<String> args, PrintStream out) {
        try {
            LogBenchOptions options = LogBenchOptions.of(args);
            Path directory = Files.createTempDirectory(Files.createDirectories(options.parent()), "belay-bench-log");
            try {
                return new LogBench(options, directory, out).measure() ? 0 : 1;
            } finally {
                delete(directory);
            }
        } catch (ConfigurationException e) {
            out.println(e.text());
            return 2;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private record Figures(long[] latencies, double perSecond) {
        double p50() {
            return Latencies.percentile(latencies, 0.5);
        }

        double p99() {
            return Latencies.percentile(latencies, 0.99);
        }
    }

    private boolean measure() throws IOException {
        out.printf(
                "java %s, %d processors, %s, load %s%n%n",
                Runtime.version(),
                Runtime.getRuntime().availableProcessors(),
                Files.getFileStore(directory).type(),
                load());
        boolean reached;
        out.println("SQLite");
        try (Database database = StoreLocation.in(directory).open()) {
            EventLog log = new EventLog(database, new Redactor(List.of()), InstantSource.system());
            Figures many = table(log);
            boolean fastEnough =
                    verdict("events per second with 256 writers", many.perSecond(), EVENTS_PER_SECOND_AT_256, true);
            boolean nearTheFloor =
                    verdict("p50 of one writer over the raw write", overTheFloor, MOST_OVER_THE_FLOOR, false);
            reached = fastEnough && nearTheFloor;
            if (options.soakEvents() > 0) {
                soak(log);
            }
        }
        if (options.store().isPresent()) {
            StoreLocation store =
                    StoreLocation.at(options.store().get(), Optional.empty(), Optional.empty(), System.getenv());
            out.printf("%nPostgreSQL, %s%n", store);
            try (Database database = store.open()) {
                table(new EventLog(database, new Redactor(List.of()), InstantSource.system()));
            }
        }
        out.println("load " + load());
        return reached;
    }

    /** Measures and prints one store; the figures of 256 writers. */
    private Figures table(EventLog log) throws IOException {
        Appenders.append(log, 1, 256, 256, during(options.time().dividedBy(2)));
        out.println("| what | p50 ms | p99 ms | per second |");
        out.println("|---|---|---|---|");
        Figures floorBefore = row("raw write + fsync, before", floor());
        Figures one = row("append, 1 writer", appending(log, 2, 1, 1));
        Figures floorAfter = row("raw write + fsync, after", floor());
        row("append, 16 writers, 1 stream", appending(log, 3, 16, 1));
        Figures many = row("append, 256 writers, 256 streams", appending(log, 4, 256, 256));
        out.printf("| replay | | | %,.0f |%n%n", replay(log, Appenders.stream(3, 0)));
        overTheFloor = one.p50() / Math.min(floorBefore.p50(), floorAfter.p50());
        return many;
    }

    private Figures row(String what, Figures figures) {
        out.printf("| %s | %.3f | %.3f | %,.0f |%n", what, figures.p50(), figures.p99(), figures.perSecond());
        return figures;
    }

    private boolean verdict(String what, double value, double limit, boolean atLeast) {
        boolean reached = atLeast ? value >= limit : value <= limit;
        out.printf(
                "%s: %,.2f, to reach: %s %,.1f: %s%n",
                what, value, atLeast ? "at least" : "at most", limit, reached ? "reached" : "MISSED");
        return reached;
    }

    private Figures floor() throws IOException {
        Latencies latencies = new Latencies();
        ByteBuffer bytes = ByteBuffer.allocateDirect(Appenders.BODY_BYTES);
        BooleanSupplier goesOn = during(options.time());
        long begin = System.nanoTime();
        try (FileChannel file = FileChannel.open(
                directory.resolve("floor"),
                StandardOpenOption.CREATE,
                StandardOpenOption.TRUNCATE_EXISTING,
                StandardOpenOption.WRITE)) {
            while (goesOn.getAsBoolean()) {
                bytes.clear();
                long before = System.nanoTime();
                file.write(bytes);
                file.force(false);
                latencies.add(System.nanoTime() - before);
            }
        }
        return figures(Latencies.sorted(List.of(latencies)), System.nanoTime() - begin);
    }

    private Figures appending(EventLog log, int run, int writers, int streams) {
        long begin = System.nanoTime();
        long[] latencies = Appenders.measure(log, run, writers, streams, during(options.time()));
        return figures(latencies, System.nanoTime() - begin);
    }

    private static Figures figures(long[] latencies, long elapsed) {
        return new Figures(latencies, latencies.length * 1e9 / elapsed);
    }

    /** Rows per second, reading the stream from its beginning as often as the time allows, at least once. */
    private double replay(EventLog log, StreamId stream) {
        BooleanSupplier goesOn = during(options.time());
        long rows = 0;
        long begin = System.nanoTime();
        do {
            long after = 0;
            List<Event> page = log.read(Appenders.SCOPE, stream, after, 1000);
            while (!page.isEmpty()) {
                rows += page.size();
                after = page.getLast().seq();
                page = log.read(Appenders.SCOPE, stream, after, 1000);
            }
        } while (goesOn.getAsBoolean());
        return rows * 1e9 / (System.nanoTime() - begin);
    }

    private void soak(EventLog log) throws IOException {
        out.printf("%n| events | resident MB | per second |%n|---|---|---|%n| 0 | %d | |%n", residentMegabytes());
        for (long done = 0; done < options.soakEvents(); ) {
            long slice = Math.min(MILLION, options.soakEvents() - done);
            AtomicLong left = new AtomicLong(slice);
            long begin = System.nanoTime();
            Appenders.append(log, 5, 256, 256, () -> left.getAndDecrement() > 0);
            done += slice;
            double perSecond = slice * 1e9 / (System.nanoTime() - begin);
            out.printf("| %,d | %d | %,.0f |%n", done, residentMegabytes(), perSecond);
        }
    }

    private static BooleanSupplier during(Duration time) {
        long end = System.nanoTime() + time.toNanos();
        return () -> System.nanoTime() - end < 0;
    }

    private static long residentMegabytes() throws IOException {
        try (Stream<String> lines = Files.lines(Path.of("/proc/self/status"))) {
            String line = lines.filter(l -> l.startsWith("VmRSS:")).findFirst().orElse("VmRSS: 0 kB");
            return Long.parseLong(line.replaceAll("[^0-9]", "")) / 1024;
        }
    }

    private static String load() throws IOException {
        return Files.readString(Path.of("/proc/loadavg")).strip();
    }

    private static void delete(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(directory);
    }
}
