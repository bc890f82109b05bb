package dev.belay.sandbox.local.wire;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Collection;

/** Builds one frame: u32 length of the payload, u8 type, payload. Integers are big endian, a text is u32 length and UTF-8 bytes. */
public final class FrameBuilder {
    private final ByteArrayOutputStream payload = new ByteArrayOutputStream(256);
    private final int type;

    /** @param type of {@link FrameType} */
    public FrameBuilder(int type) {
        this.type = type;
    }

    /** One byte. */
    public FrameBuilder u8(int value) {
        payload.write(value);
        return this;
    }

    /** Four bytes. */
    public FrameBuilder u32(int value) {
        payload.writeBytes(ByteBuffer.allocate(Integer.BYTES).putInt(value).array());
        return this;
    }

    /** Eight bytes. */
    public FrameBuilder u64(long value) {
        payload.writeBytes(ByteBuffer.allocate(Long.BYTES).putLong(value).array());
        return this;
    }

    /** Bytes without their length. */
    public FrameBuilder bytes(byte[] bytes) {
        payload.writeBytes(bytes);
        return this;
    }

    /** One text. */
    public FrameBuilder text(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return u32(bytes.length).bytes(bytes);
    }

    /** How many texts, then each. */
    public FrameBuilder texts(Collection<String> texts) {
        u32(texts.size());
        texts.forEach(this::text);
        return this;
    }

    /** The whole frame, to be sent. */
    public ByteBuffer build() {
        ByteBuffer frame = ByteBuffer.allocate(Frame.HEADER + payload.size());
        return frame.putInt(payload.size())
                .put((byte) type)
                .put(payload.toByteArray())
                .flip();
    }
}
