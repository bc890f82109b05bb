package dev.belay.sandbox.local;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** A frame that arrived. Its payload is read front to back; a payload that is too short is an {@link IOException}. */
record Frame(int type, byte[] payload, ByteBuffer cursor) {
    static final int HEADER = 5;
    static final int MAX_PAYLOAD = 1 << 20;

    Frame(int type, byte[] payload) {
        this(type, payload, ByteBuffer.wrap(payload));
    }

    int u8() throws IOException {
        require(1);
        return Byte.toUnsignedInt(cursor.get());
    }

    int u32() throws IOException {
        require(Integer.BYTES);
        return cursor.getInt();
    }

    long u64() throws IOException {
        require(Long.BYTES);
        return cursor.getLong();
    }

    byte[] bytes(int size) throws IOException {
        require(size);
        byte[] bytes = new byte[size];
        cursor.get(bytes);
        return bytes;
    }

    String text() throws IOException {
        return new String(bytes(u32()), StandardCharsets.UTF_8);
    }

    private void require(int size) throws IOException {
        if (size < 0 || cursor.remaining() < size) {
            throw new IOException("the helper sent a frame of type " + type + " that is too short");
        }
    }
}
