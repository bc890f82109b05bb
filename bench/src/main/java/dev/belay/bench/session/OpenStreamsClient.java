package dev.belay.bench.session;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;

/** Many readers of streams on one thread, which costs next to nothing: raw sockets and a selector. */
final class OpenStreamsClient implements AutoCloseable {
    private static final byte PING = (byte) 0x89;
    /** Without a payload, and masked by zeros. */
    private static final byte[] PONG = {(byte) 0x8a, (byte) 0x80, 0, 0, 0, 0};

    private final InetSocketAddress server;
    private final Selector selector = Selector.open();
    private final ByteBuffer buffer = ByteBuffer.allocate(1 << 16);
    private long[] ages = new long[1 << 16];
    private int count;
    private int ended;
    private int silent;

    /** Marks a stream of which nothing has come yet. */
    private record Silent() {}

    OpenStreamsClient(String url) throws IOException {
        URI uri = URI.create(url);
        server = new InetSocketAddress(uri.getHost(), uri.getPort());
    }

    /** A request for a stream; lines end as HTTP wants it. */
    static String request(String target, String... headers) {
        StringBuilder request = new StringBuilder("GET " + target + " HTTP/1.1\r\nHost: localhost\r\n");
        for (String header : headers) {
            request.append(header).append("\r\n");
        }
        return request.append("\r\n").toString();
    }

    /** The same session on one of the three transports in turn. */
    static String request(String session, int turn) {
        String events = "/agent/session/" + session + "/events?follow=true&after_seq=1000000";
        return switch (turn % 3) {
            case 0 -> request(events);
            case 1 -> request(events, "Accept: text/event-stream");
            default ->
                request(
                        "/agent/ws?after_seq=1000000&session_id=" + session,
                        "Upgrade: websocket",
                        "Connection: Upgrade",
                        "Sec-WebSocket-Version: 13",
                        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==");
        };
    }

    void open(String request) throws IOException {
        SocketChannel channel = SocketChannel.open(server);
        channel.write(ByteBuffer.wrap(request.getBytes(StandardCharsets.US_ASCII)));
        channel.configureBlocking(false);
        channel.register(selector, SelectionKey.OP_READ, new Silent());
        silent++;
    }

    /** Reads until the server has answered every request. */
    void awaitAnswers(Duration longest) throws IOException {
        long end = System.nanoTime() + longest.toNanos();
        while (silent > 0) {
            if (System.nanoTime() > end) {
                throw new IOException(silent + " streams are not open after " + longest);
            }
            selector.select(this::read, 100);
        }
    }

    /** Reads all streams for so long. */
    void read(Duration time) throws IOException {
        long end = System.nanoTime() + time.toNanos();
        for (long left = time.toMillis(); left > 0; left = (end - System.nanoTime()) / 1_000_000) {
            selector.select(this::read, left);
        }
    }

    private void read(SelectionKey key) {
        if (key.attach(null) instanceof Silent) {
            silent--;
        }
        SocketChannel channel = (SocketChannel) key.channel();
        buffer.clear();
        try {
            if (channel.read(buffer) < 0) {
                ended++;
                channel.close();
                return;
            }
        } catch (IOException e) {
            ended++;
            key.cancel();
            return;
        }
        buffer.flip();
        answerPing(channel);
        Stamp.ages(buffer, this::add);
    }

    /** Nothing but a WebSocket's ping holds these bytes. */
    private void answerPing(SocketChannel channel) {
        for (int i = 0; i + 1 < buffer.limit(); i++) {
            if (buffer.get(i) == PING && buffer.get(i + 1) == 0) {
                try {
                    channel.write(ByteBuffer.wrap(PONG));
                } catch (IOException e) {
                    // The next read will see that it has ended.
                }
            }
        }
    }

    private void add(long age) {
        if (count == ages.length) {
            ages = Arrays.copyOf(ages, count * 2);
        }
        ages[count++] = age;
    }

    /** Forgets what was read so far. */
    void reset() {
        count = 0;
    }

    int events() {
        return count;
    }

    /** How many streams the server has ended. */
    int ended() {
        return ended;
    }

    /** The age that this share of the events did not exceed when they were read, in milliseconds. */
    double ageMillis(double share) {
        long[] sorted = Arrays.copyOf(ages, count);
        Arrays.sort(sorted);
        return count == 0 ? Double.NaN : sorted[(int) Math.min(count - 1, count * share)] / 1e3;
    }

    @Override
    public void close() throws IOException {
        for (SelectionKey key : selector.keys()) {
            key.channel().close();
        }
        selector.close();
    }
}
