package dev.belay.sandbox.local.wire;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The way to process 1 of one sandbox: a connection for each exec and file operation. One that hangs costs the sandbox its life, because
 * whoever waits must get an answer.
 */
public final class InitConnections {
    private static final Logger LOG = LoggerFactory.getLogger(InitConnections.class);

    /** Why, if nothing more is known. */
    public static final String ENDED = "The sandbox ended.";

    private final Path socket;
    private final Watchdog watchdog;
    private final Runnable kill;
    private final AtomicReference<String> end = new AtomicReference<>("");

    /** @param kill ends the sandbox, so that all its connections end; may be called by any thread, returns when it is done */
    public InitConnections(Path socket, Watchdog watchdog, Runnable kill) {
        this.socket = socket;
        this.watchdog = watchdog;
        this.kill = kill;
    }

    /** A new connection, on which the sandbox may say nothing for so long while somebody reads. */
    public FrameChannel open(Duration longestSilence) throws IOException {
        return watched(FrameChannel.connect(socket), longestSilence);
    }

    /** As {@link #open}, and sends the request, without waiting for anything; empty if that cannot be done now. */
    public Optional<FrameChannel> openAtOnce(ByteBuffer request, Duration longestSilence) {
        try {
            return FrameChannel.connectAndSendAtOnce(socket, request).map(channel -> watched(channel, longestSilence));
        } catch (IOException e) {
            LOG.debug("the sandbox at {} takes no request at once: {}", socket, e.toString());
            return Optional.empty();
        }
    }

    private FrameChannel watched(FrameChannel channel, Duration longestSilence) {
        watchdog.watch(channel, longestSilence, () -> hung("said nothing for " + seconds(longestSilence)), this);
        return channel;
    }

    /** Whether the sandbox still answers. One that hangs is killed, and does not. */
    public boolean ping() {
        Duration bound = watchdog.answer();
        try (FrameChannel channel = FrameChannel.connect(socket)) {
            watchdog.watch(channel, bound, () -> hung("did not answer for " + seconds(bound)));
            channel.send(new FrameBuilder(FrameType.PING).build());
            return channel.read().type() == FrameType.PONG;
        } catch (IOException e) {
            // Whoever waits finds its own connection ended too.
            LOG.debug("the sandbox at {} does not answer: {}", socket, e.toString());
            return false;
        }
    }

    private static String seconds(Duration duration) {
        return duration.toMillis() / 1000.0 + " s";
    }

    private void hung(String how) {
        if (end.compareAndSet("", "The sandbox " + how + " and was killed.")) {
            LOG.warn("the sandbox at {} {} and is killed", socket, how);
            Thread.ofVirtual().name("sandbox-kill").start(kill);
        }
    }

    /** A sentence for whoever lost a connection. */
    public String whyItEnded() {
        String known = end.get();
        return known.isEmpty() ? ENDED : known;
    }
}
