package dev.belay.bench.log;

import dev.belay.api.OrganisationId;
import dev.belay.api.Permission;
import dev.belay.api.Principal;
import dev.belay.api.Scope;
import dev.belay.api.SessionId;
import dev.belay.api.WorkspaceId;
import dev.belay.api.event.EventDraft;
import dev.belay.api.event.MessageEvent;
import dev.belay.api.event.StreamId;
import dev.belay.eventlog.EventLog;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.BooleanSupplier;
import java.util.function.LongConsumer;
import java.util.stream.Stream;

/** Many writers at once, each waiting for its event to be durable before the next. */
final class Appenders {
    static final Scope SCOPE = new Scope(
            new OrganisationId(id(1, 1)), new WorkspaceId(id(1, 2)), new Principal("bench", Set.of(Permission.RUN)));
    /** What a body takes as JSON, about that of an event of an agent's turn. */
    static final int BODY_BYTES = 490;

    private static final EventDraft DRAFT =
            EventDraft.of(new MessageEvent.Text(text(BODY_BYTES - "{\"text\":\"\"}".length())));

    private Appenders() {}

    /** The stream of that number, in the run of that number. */
    static StreamId stream(int run, int number) {
        return StreamId.of(new SessionId(id(run, number)));
    }

    private static String id(int run, int number) {
        return "00000000-0000-7000-8000-%06d%06d".formatted(run, number);
    }

    private static String text(int length) {
        String line = "The test failed because the parser takes the last comma for a value; I will look at it. ";
        return line.repeat(length / line.length() + 1).substring(0, length);
    }

    /** Appends while {@code goesOn}, asked before each append; the latencies of all, sorted. */
    static long[] measure(EventLog log, int run, int writers, int streams, BooleanSupplier goesOn) {
        List<Latencies> all = Stream.generate(Latencies::new).limit(writers).toList();
        append(
                log,
                run,
                streams,
                goesOn,
                all.stream().<LongConsumer>map(one -> one::add).toList());
        return Latencies.sorted(all);
    }

    /** As {@link #measure}, and keeps nothing. */
    static void append(EventLog log, int run, int writers, int streams, BooleanSupplier goesOn) {
        append(log, run, streams, goesOn, Collections.nCopies(writers, nanos -> {}));
    }

    private static void append(EventLog log, int run, int streams, BooleanSupplier goesOn, List<LongConsumer> writers) {
        List<Future<?>> running = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int w = 0; w < writers.size(); w++) {
                StreamId stream = stream(run, w % streams);
                LongConsumer took = writers.get(w);
                running.add(threads.submit(() -> {
                    while (goesOn.getAsBoolean()) {
                        long begin = System.nanoTime();
                        log.append(SCOPE, stream, DRAFT);
                        took.accept(System.nanoTime() - begin);
                    }
                }));
            }
        }
        running.forEach(Appenders::rethrow);
    }

    private static void rethrow(Future<?> finished) {
        try {
            finished.get();
        } catch (ExecutionException | InterruptedException e) {
            throw new IllegalStateException("a writer failed", e);
        }
    }
}
