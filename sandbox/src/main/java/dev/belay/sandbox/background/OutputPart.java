package dev.belay.sandbox.background;

/**
 * A part of what an exec wrote to one stream.
 *
 * @param from offset of the first byte; larger than what was asked for if that is not kept any more
 * @param total how much was written until now
 */
public record OutputPart(long from, byte[] bytes, long total) {
    /** Where to read on. */
    public long next() {
        return from + bytes.length;
    }
}
