package dev.belay.agent.context;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** A word that a text does not hold, the same for the same text: the beginning of its SHA-256. */
final class Fence {
    private static final int BYTES = 8;

    private Fence() {}

    static String of(String text) {
        byte[] digest = sha256(text.getBytes(StandardCharsets.UTF_8));
        String word = word(digest);
        while (text.contains(word)) {
            digest = sha256(digest);
            word = word(digest);
        }
        return word;
    }

    private static String word(byte[] digest) {
        return HexFormat.of().formatHex(digest, 0, BYTES);
    }

    private static byte[] sha256(byte[] bytes) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(bytes);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
