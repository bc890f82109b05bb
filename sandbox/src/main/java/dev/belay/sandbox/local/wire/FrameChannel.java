package dev.belay.sandbox.local.wire;

import java.io.EOFException;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/** Frames over a unix socket. One thread may read while others send; a frame that is sent in one piece stays in one piece. */
public final class FrameChannel implements AutoCloseable {
    private static final int BUFFER = 16 << 10;

    private final SocketChannel channel;
    private final ByteBuffer received = ByteBuffer.allocate(BUFFER).flip();
    private volatile long waitingSince;

    private FrameChannel(SocketChannel channel) {
        this.channel = channel;
    }

    /** Connects to the unix socket at that path. */
    public static FrameChannel connect(Path socket) throws IOException {
        SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            channel.connect(UnixDomainSocketAddress.of(socket));
        } catch (IOException e) {
            channel.close();
            throw e;
        }
        return new FrameChannel(channel);
    }

    /**
     * Connects and sends without waiting: an interrupt of the thread, which would close a channel that waits, does nothing.
     *
     * @return empty if the helper is too busy to take it now; then it knows nothing of it
     * @throws IOException if nobody is there
     */
    public static Optional<FrameChannel> connectAndSendAtOnce(Path socket, ByteBuffer bytes) throws IOException {
        SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        boolean sent = false;
        try {
            channel.configureBlocking(false);
            if (channel.connect(UnixDomainSocketAddress.of(socket))) {
                channel.write(bytes);
                sent = !bytes.hasRemaining();
                channel.configureBlocking(true);
            }
        } finally {
            if (!sent) {
                // What was asked for in part is not asked for.
                channel.close();
            }
        }
        return sent ? Optional.of(new FrameChannel(channel)) : Optional.empty();
    }

    /** Sends all of it. */
    public synchronized void send(ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    /** The next frame. {@link EOFException} if the other side closed. */
    public Frame read() throws IOException {
        require(Frame.HEADER);
        int size = received.getInt();
        int type = Byte.toUnsignedInt(received.get());
        if (size < 0 || size > Frame.MAX_PAYLOAD) {
            throw new IOException("the helper sent a frame of " + Integer.toUnsignedString(size) + " bytes");
        }
        byte[] payload = new byte[size];
        int buffered = Math.min(size, received.remaining());
        received.get(payload, 0, buffered);
        ByteBuffer rest = ByteBuffer.wrap(payload, buffered, size - buffered);
        while (rest.hasRemaining()) {
            fill(rest);
        }
        return new Frame(type, payload);
    }

    private void require(int size) throws IOException {
        if (received.remaining() >= size) {
            return;
        }
        received.compact();
        try {
            while (received.position() < size) {
                fill(received);
            }
        } finally {
            received.flip();
        }
    }

    private void fill(ByteBuffer target) throws IOException {
        waitingSince = Math.max(1, System.nanoTime());
        try {
            if (channel.read(target) < 0) {
                throw new EOFException("the sandbox helper closed the connection");
            }
        } finally {
            waitingSince = 0;
        }
    }

    /** How long the reader has waited by now; zero if nobody waits. */
    Duration silence() {
        long since = waitingSince;
        return since == 0 ? Duration.ZERO : Duration.ofNanos(System.nanoTime() - since);
    }

    /** Whether the other side is there; for a time when it has nothing to say. */
    public boolean hasPeer() {
        try {
            channel.configureBlocking(false);
            try {
                return channel.read(ByteBuffer.allocate(1)) == 0;
            } finally {
                channel.configureBlocking(true);
            }
        } catch (IOException e) {
            return false;
        }
    }

    boolean isOpen() {
        return channel.isOpen();
    }

    /** Ends this side's sending, which the helper takes as a cancel. Does not wait for a send that is under way. */
    public void endSending() throws IOException {
        channel.shutdownOutput();
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
