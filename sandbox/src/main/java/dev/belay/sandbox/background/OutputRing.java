package dev.belay.sandbox.background;

import java.util.Arrays;

/** The last bytes of a stream, each with its offset from the stream's beginning. Memory grows with what is kept. Safe for many threads. */
final class OutputRing {
    private static final int FIRST_SIZE = 4 << 10;

    private final int limit;
    private byte[] ring = new byte[0];
    private long total;

    /** @param limit how many bytes are kept at most */
    OutputRing(int limit) {
        this.limit = limit;
    }

    synchronized void add(byte[] bytes) {
        int from = Math.max(0, bytes.length - limit);
        total += from;
        grow((int) Math.min(limit, total + bytes.length - from));
        for (int at = from; at < bytes.length; ) {
            int place = (int) (total % ring.length);
            int size = Math.min(bytes.length - at, ring.length - place);
            System.arraycopy(bytes, at, ring, place, size);
            at += size;
            total += size;
        }
    }

    /** The ring wraps only once it has its full size, so growing it moves nothing. */
    private void grow(int needed) {
        if (ring.length < needed) {
            ring = Arrays.copyOf(ring, (int) Math.min(limit, Math.max(FIRST_SIZE, Math.max(needed, 2L * ring.length))));
        }
    }

    /** At most that many bytes from the offset on, or from the first one that is still kept. */
    synchronized OutputPart read(long offset, int most) {
        long from = Math.clamp(offset, Math.max(0, total - ring.length), total);
        byte[] bytes = new byte[(int) Math.min(most, total - from)];
        for (int done = 0; done < bytes.length; ) {
            int place = (int) ((from + done) % ring.length);
            int size = Math.min(bytes.length - done, ring.length - place);
            System.arraycopy(ring, place, bytes, done, size);
            done += size;
        }
        return new OutputPart(from, bytes, total);
    }
}
