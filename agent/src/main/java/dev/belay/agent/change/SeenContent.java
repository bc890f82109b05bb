package dev.belay.agent.change;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;

/**
 * What was read of a file: how long it is, its hash, and all of it if it is small.
 *
 * @param start empty if the file is larger than was asked for
 */
record SeenContent(long size, String sha256, byte[] start, Optional<String> text) {
    /**
     * Reads to the end.
     *
     * @param most of it that is kept, in bytes
     */
    static SeenContent of(InputStream content, int most) throws IOException {
        MessageDigest digest = digest();
        ByteArrayOutputStream start = new ByteArrayOutputStream();
        byte[] chunk = new byte[1 << 16];
        long size = 0;
        for (int n = content.read(chunk); n >= 0; n = content.read(chunk)) {
            size += n;
            digest.update(chunk, 0, n);
            if (size <= most) {
                start.write(chunk, 0, n);
            }
        }
        byte[] whole = size <= most ? start.toByteArray() : new byte[0];
        return new SeenContent(
                size,
                HexFormat.of().formatHex(digest.digest()),
                whole,
                size <= most ? TextDiff.text(whole) : Optional.empty());
    }

    private static MessageDigest digest() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
