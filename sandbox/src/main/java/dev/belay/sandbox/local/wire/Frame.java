package dev.belay.sandbox.local.wire;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** A frame that arrived. Its payload is read front to back; a payload that is too short is an {@link IOException}. */
public record Frame(int type, byte[] payload, ByteBuffer cursor) {
    /** Bytes in front of the payload: its length and the type. */
    public static final int HEADER = 5;
    /** What a payload may be long, in bytes. */
    public static final int MAX_PAYLOAD = 1 << 20;

    Frame(int type, byte[] payload) {
        this(type, payload, ByteBuffer.wrap(payload));
    }

    /** The next byte. */
    public int u8() throws IOException {
        require(1);
        return Byte.toUnsignedInt(cursor.get());
    }

    /** The next four bytes. */
    public int u32() throws IOException {
        require(Integer.BYTES);
        return cursor.getInt();
    }

    /** The next eight bytes. */
    public long u64() throws IOException {
        require(Long.BYTES);
        return cursor.getLong();
    }

    /** The next so many bytes. */
    public byte[] bytes(int size) throws IOException {
        require(size);
        byte[] bytes = new byte[size];
        cursor.get(bytes);
        return bytes;
    }

    /** The next text: its length, then UTF-8. */
    public String text() throws IOException {
        return new String(bytes(u32()), StandardCharsets.UTF_8);
    }

    private void require(int size) throws IOException {
        if (size < 0 || cursor.remaining() < size) {
            throw new IOException("the helper sent a frame of type " + type + " that is too short");
        }
    }
}
