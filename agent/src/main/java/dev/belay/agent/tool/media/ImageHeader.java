package dev.belay.agent.tool.media;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * What the first bytes of an image say.
 *
 * @param mediaType by its bytes, whatever its name says
 * @param width in pixels
 * @param height in pixels
 * @param whole whether the file ends as one of its kind does, or its kind does not tell
 */
record ImageHeader(String mediaType, int width, int height, boolean whole) {
    /** What follows the end of an image, such as data of a camera, may be so long. */
    private static final int TAIL = 64 << 10;

    private static final long PNG = 0x89504E470D0A1A0AL;

    /** Empty if the file is none of the four kinds, or ends before it says how large it is. */
    static Optional<ImageHeader> of(byte[] file) {
        ByteBuffer bytes = ByteBuffer.wrap(file);
        try {
            if (bytes.getLong(0) == PNG) {
                return Optional.of(
                        new ImageHeader("image/png", bytes.getInt(16), bytes.getInt(20), endsWith(file, "IEND")));
            }
            if (word(file, 0, 4).equals("GIF8")) {
                ByteBuffer little = bytes.order(ByteOrder.LITTLE_ENDIAN);
                return Optional.of(new ImageHeader("image/gif", little.getChar(6), little.getChar(8), true));
            }
            if (bytes.getChar(0) == 0xFFD8) {
                return jpeg(bytes, endsWith(file, "\u00FF\u00D9"));
            }
            if (word(file, 0, 4).equals("RIFF") && word(file, 8, 4).equals("WEBP")) {
                return webp(file, bytes.order(ByteOrder.LITTLE_ENDIAN));
            }
            return Optional.empty();
        } catch (IndexOutOfBoundsException | BufferUnderflowException e) {
            return Optional.empty();
        }
    }

    /** The size stands in the frame header, behind segments of any number. */
    private static Optional<ImageHeader> jpeg(ByteBuffer bytes, boolean whole) {
        int at = 2;
        while ((bytes.get(at) & 0xFF) == 0xFF) {
            int marker = bytes.get(at + 1) & 0xFF;
            if (marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC) {
                return Optional.of(new ImageHeader("image/jpeg", bytes.getChar(at + 7), bytes.getChar(at + 5), whole));
            }
            at += marker == 0xFF ? 1 : 2 + bytes.getChar(at + 2);
        }
        return Optional.empty();
    }

    /** Lossy, lossless and extended files each say it in their own way. */
    private static Optional<ImageHeader> webp(byte[] file, ByteBuffer little) {
        boolean whole = little.getInt(4) <= file.length - 8;
        return switch (word(file, 12, 4)) {
            case "VP8 " -> Optional.of(webp(little.getChar(26) & 0x3FFF, little.getChar(28) & 0x3FFF, whole));
            case "VP8L" -> {
                int bits = little.getInt(21);
                yield Optional.of(webp((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1, whole));
            }
            case "VP8X" ->
                Optional.of(webp((little.getInt(24) & 0xFFFFFF) + 1, (little.getInt(26) >>> 8 & 0xFFFFFF) + 1, whole));
            default -> Optional.empty();
        };
    }

    private static ImageHeader webp(int width, int height, boolean whole) {
        return new ImageHeader("image/webp", width, height, whole);
    }

    private static boolean endsWith(byte[] file, String end) {
        int from = Math.max(0, file.length - TAIL);
        return word(file, from, file.length - from).contains(end);
    }

    private static String word(byte[] file, int at, int length) {
        return new String(file, at, length, StandardCharsets.ISO_8859_1);
    }
}
