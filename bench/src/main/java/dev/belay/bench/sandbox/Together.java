package dev.belay.bench.sandbox;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadFactory;

/** The same work by many threads that begin at the same moment. */
final class Together {
    private Together() {}

    /** Work of Belay's, which runs on virtual threads as in the server. */
    static <T> List<T> virtual(int count, Callable<T> work) throws Exception {
        return run(Thread.ofVirtual().factory(), count, work);
    }

    /** Work that blocks its thread, as everything with a {@link Process} does. */
    static <T> List<T> platform(int count, Callable<T> work) throws Exception {
        return run(Thread.ofPlatform().factory(), count, work);
    }

    private static <T> List<T> run(ThreadFactory threads, int count, Callable<T> work) throws Exception {
        CountDownLatch start = new CountDownLatch(1);
        List<Future<T>> running = new ArrayList<>();
        try (ExecutorService executor = Executors.newThreadPerTaskExecutor(threads)) {
            for (int i = 0; i < count; i++) {
                running.add(executor.submit(() -> {
                    start.await();
                    return work.call();
                }));
            }
            start.countDown();
        }
        List<T> results = new ArrayList<>();
        for (Future<T> one : running) {
            try {
                results.add(one.get());
            } catch (ExecutionException e) {
                throw new IllegalStateException("one of " + count + " at once failed", e.getCause());
            }
        }
        return results;
    }
}
