package dev.belay.store.transfer;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import org.jspecify.annotations.Nullable;

/** Counts and hashes rows: the sum of each row's SHA-256, so that it does not matter in which order a database tells them. */
final class TableDigest {
    private static final BigInteger MODULUS = BigInteger.ONE.shiftLeft(256);

    private final MessageDigest sha256;
    private BigInteger sum = BigInteger.ZERO;
    private long rows;

    TableDigest() {
        try {
            sha256 = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /** @param row numbers as {@code Long}, texts, nulls */
    void add(@Nullable Object[] row) {
        for (Object value : row) {
            switch (value) {
                case null -> sha256.update((byte) 0);
                case Long number -> {
                    sha256.update((byte) 1);
                    sha256.update(
                            ByteBuffer.allocate(Long.BYTES).putLong(number).flip());
                }
                default -> {
                    byte[] text = value.toString().getBytes(StandardCharsets.UTF_8);
                    sha256.update((byte) 2);
                    sha256.update(ByteBuffer.allocate(Integer.BYTES)
                            .putInt(text.length)
                            .flip());
                    sha256.update(text);
                }
            }
        }
        sum = sum.add(new BigInteger(1, sha256.digest())).mod(MODULUS);
        rows++;
    }

    long rows() {
        return rows;
    }

    /** 64 hexadecimal digits. */
    String hash() {
        return "%064x".formatted(sum);
    }
}
