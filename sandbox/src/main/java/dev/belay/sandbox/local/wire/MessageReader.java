package dev.belay.sandbox.local.wire;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** Puts messages (u32 size, then as many bytes) together from the bytes of a program's channel. Holds one message at most. */
public final class MessageReader {
    private final int limit;
    private byte[] held = new byte[0];

    /** @param limit the largest message, in bytes */
    public MessageReader(int limit) {
        this.limit = limit;
    }

    /** What is done with a message. */
    public interface Handler {
        void handle(ByteBuffer message) throws IOException;
    }

    /** Hands on every message that is now whole. {@link IOException} for one that is too long. */
    public void add(byte[] bytes, Handler handler) throws IOException {
        byte[] all = bytes;
        if (held.length > 0) {
            all = Arrays.copyOf(held, held.length + bytes.length);
            System.arraycopy(bytes, 0, all, held.length, bytes.length);
        }
        ByteBuffer left = ByteBuffer.wrap(all);
        while (left.remaining() >= Integer.BYTES) {
            int size = left.getInt(left.position());
            if (size < 0 || size > limit) {
                throw new IOException(
                        "a message of " + Integer.toUnsignedString(size) + " bytes; at most " + limit + " are taken");
            }
            if (left.remaining() < Integer.BYTES + size) {
                break;
            }
            handler.handle(left.slice(left.position() + Integer.BYTES, size));
            left.position(left.position() + Integer.BYTES + size);
        }
        held = Arrays.copyOfRange(all, left.position(), all.length);
    }
}
