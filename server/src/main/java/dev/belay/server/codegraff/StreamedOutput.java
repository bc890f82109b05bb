package dev.belay.server.codegraff;

import dev.belay.sandbox.ExecOutput;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Optional;

/**
 * The output of an exec between the sandbox and a reader: bounded, so that a program waits for a slow reader, as it would for a pipe. Safe
 * for one writer and one reader.
 */
final class StreamedOutput implements ExecOutput {
    private static final int MOST_BYTES = 1 << 20;

    private final ArrayDeque<Part> parts = new ArrayDeque<>();
    private int bytes;
    private boolean ended;
    private boolean abandoned;

    /** @param stream {@code stdout} or {@code stderr} */
    record Part(String stream, byte[] bytes) {}

    @Override
    public void stdout(byte[] more) {
        put(new Part("stdout", more));
    }

    @Override
    public void stderr(byte[] more) {
        put(new Part("stderr", more));
    }

    private synchronized void put(Part part) {
        try {
            while (bytes >= MOST_BYTES && !abandoned) {
                wait();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return;
        }
        if (!abandoned) {
            parts.add(part);
            bytes += part.bytes().length;
            notifyAll();
        }
    }

    /** No more comes. */
    synchronized void end() {
        ended = true;
        notifyAll();
    }

    /** Nobody reads: what is here and what comes is dropped. */
    synchronized void abandon() {
        abandoned = true;
        parts.clear();
        notifyAll();
    }

    /** Whether all was taken. */
    synchronized boolean done() {
        return ended && parts.isEmpty();
    }

    /** The next part; empty if none came in that time, or at the end. */
    synchronized Optional<Part> next(Duration time) throws InterruptedException {
        long until = System.nanoTime() + time.toNanos();
        while (parts.isEmpty() && !ended) {
            long left = (until - System.nanoTime()) / 1_000_000;
            if (left <= 0) {
                return Optional.empty();
            }
            wait(left);
        }
        Optional<Part> next = Optional.ofNullable(parts.poll());
        next.ifPresent(part -> {
            bytes -= part.bytes().length;
            notifyAll();
        });
        return next;
    }

    /** Whether there is something to be taken now. */
    synchronized boolean waiting() {
        return !parts.isEmpty();
    }
}
