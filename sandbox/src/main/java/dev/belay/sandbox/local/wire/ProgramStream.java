package dev.belay.sandbox.local.wire;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.Semaphore;

/**
 * What is sent to a program, one frame at a time: the next goes when the program has taken the last one, so that one that does not read holds
 * up nothing else on the connection. Safe for many threads; bytes of one call stay together.
 */
public final class ProgramStream {
    private static final int CHUNK = 64 << 10;

    private final FrameChannel channel;
    private final int type;
    private final int endType;
    private final Semaphore room = new Semaphore(1);
    private boolean ended;

    /**
     * @param type of the frames that carry bytes
     * @param endType of the frame that ends them
     */
    public ProgramStream(FrameChannel channel, int type, int endType) {
        this.channel = channel;
        this.type = type;
        this.endType = endType;
    }

    /** Waits until the last of the bytes is on its way. {@link IOException} if the exec has ended. */
    public synchronized void send(byte[] bytes) throws IOException, InterruptedException {
        if (ended) {
            return;
        }
        for (int at = 0; at < bytes.length; at += CHUNK) {
            int size = Math.min(CHUNK, bytes.length - at);
            ByteBuffer frame = ByteBuffer.allocate(Frame.HEADER + size);
            frame.putInt(size).put((byte) type).put(bytes, at, size);
            sendWhenTaken(frame.flip());
        }
    }

    private void sendWhenTaken(ByteBuffer frame) throws IOException, InterruptedException {
        room.acquire();
        try {
            channel.send(frame);
        } catch (IOException e) {
            room.release(); // who waits next finds out too
            throw e;
        }
    }

    /** Sends the end; on a terminal more may follow. */
    public synchronized void end(boolean forGood) throws IOException, InterruptedException {
        if (!ended) {
            ended = forGood;
            sendWhenTaken(new FrameBuilder(endType).build());
            room.release();
        }
    }

    /** The program has taken the last frame, or the connection has ended and who waits is to find out. */
    public void taken() {
        room.release();
    }
}
