package dev.belay.sandbox.local.exec;

import dev.belay.sandbox.CapturedOutput;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Keeps a stream whole up to a limit, beyond it the first and the last half. Memory grows with what is kept, never past the limit. */
final class OutputCapture {
    private static final int FIRST_SIZE = 4 << 10;

    private final int headLimit;
    private final int tailLimit;
    private byte[] head = new byte[0];
    private int headSize;
    private byte[] tail = new byte[0];
    private int tailSize;
    private int tailStart;
    private long total;

    OutputCapture(int limit) {
        this.headLimit = limit / 2;
        this.tailLimit = limit - headLimit;
    }

    void add(byte[] bytes) {
        total += bytes.length;
        int first = Math.min(bytes.length, headLimit - headSize);
        if (first > 0) {
            head = grown(head, headSize + first, headLimit);
            System.arraycopy(bytes, 0, head, headSize, first);
            headSize += first;
        }
        addToTail(bytes, first);
    }

    private void addToTail(byte[] bytes, int from) {
        int start = Math.max(from, bytes.length - tailLimit);
        int size = bytes.length - start;
        if (size == 0) {
            return;
        }
        tail = grown(tail, Math.min(tailLimit, tailSize + size), tailLimit);
        int at = (tailStart + tailSize) % tailLimit;
        int straight = Math.min(size, tailLimit - at);
        System.arraycopy(bytes, start, tail, at, straight);
        System.arraycopy(bytes, start + straight, tail, 0, size - straight);
        int overwritten = Math.max(0, tailSize + size - tailLimit);
        tailStart = (tailStart + overwritten) % tailLimit;
        tailSize = Math.min(tailLimit, tailSize + size);
    }

    /** The ring is only wrapped once it has its full size, so growing it never has to move a wrapped end. */
    private static byte[] grown(byte[] array, int needed, int limit) {
        if (array.length >= needed) {
            return array;
        }
        long doubled = Math.max(FIRST_SIZE, Math.max(needed, 2L * array.length));
        return Arrays.copyOf(array, (int) Math.min(limit, doubled));
    }

    CapturedOutput result() {
        byte[] last = new byte[tailSize];
        int straight = Math.min(tailSize, tailLimit - tailStart);
        System.arraycopy(tail, tailStart, last, 0, straight);
        System.arraycopy(tail, 0, last, straight, tailSize - straight);
        if (total <= headSize + (long) tailSize) {
            byte[] whole = Arrays.copyOf(head, headSize + tailSize);
            System.arraycopy(last, 0, whole, headSize, tailSize);
            return new CapturedOutput(new String(whole, StandardCharsets.UTF_8), total, 0);
        }
        int end = wholeCharacters(head, headSize);
        int start = firstCharacter(last);
        long cut = total - end - (last.length - start);
        String text = new String(head, 0, end, StandardCharsets.UTF_8)
                + "\n[... " + cut + " bytes cut ...]\n"
                + new String(last, start, last.length - start, StandardCharsets.UTF_8);
        return new CapturedOutput(text, total, cut);
    }

    /** The length without a character that the cut went through. */
    private static int wholeCharacters(byte[] bytes, int size) {
        for (int back = 1; back <= 3 && back <= size; back++) {
            int b = Byte.toUnsignedInt(bytes[size - back]);
            if (b >= 0xC0) {
                int length = b >= 0xF0 ? 4 : b >= 0xE0 ? 3 : 2;
                return length > back ? size - back : size;
            }
            if (b < 0x80) {
                return size;
            }
        }
        return size;
    }

    private static int firstCharacter(byte[] bytes) {
        int at = 0;
        while (at < 3 && at < bytes.length && (bytes[at] & 0xC0) == 0x80) {
            at++;
        }
        return at;
    }
}
