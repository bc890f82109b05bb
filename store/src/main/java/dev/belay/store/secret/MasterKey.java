package dev.belay.store.secret;

import dev.belay.api.ConfigurationException;
import dev.belay.api.Secret;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Optional;
import javax.crypto.Cipher;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/** Seals text and opens it again, with AES-256-GCM. Safe for many threads. */
public final class MasterKey {
    private static final int KEY_BYTES = 32;
    private static final int NONCE_BYTES = 12;
    private static final int TAG_BITS = 128;
    private static final int ID_CHARACTERS = 16;

    private final SecureRandom random = new SecureRandom();
    private final SecretKey key;
    private final String id;

    private MasterKey(byte[] bytes) {
        this.key = new SecretKeySpec(bytes, "AES");
        this.id = idOf(bytes);
    }

    static MasterKey generate() {
        byte[] bytes = new byte[KEY_BYTES];
        new SecureRandom().nextBytes(bytes);
        return new MasterKey(bytes);
    }

    /**
     * The key that a text holds: 32 bytes in base64, or in hexadecimal digits.
     *
     * @param where named in the error
     * @throws ConfigurationException if it holds none; the message does not repeat it
     */
    static MasterKey read(String text, String where) {
        String stripped = text.strip();
        try {
            byte[] bytes = stripped.length() == 2 * KEY_BYTES
                    ? HexFormat.of().parseHex(stripped)
                    : Base64.getDecoder().decode(stripped);
            if (bytes.length == KEY_BYTES) {
                return new MasterKey(bytes);
            }
        } catch (IllegalArgumentException e) {
            // Told below, without what was read.
        }
        throw new ConfigurationException(
                where + " holds no master key: it must be 32 bytes in base64, as openssl rand -base64 32 prints them");
    }

    /** Tells keys apart, and nothing else. */
    public String id() {
        return id;
    }

    /** As it is written down. */
    String text() {
        return Base64.getEncoder().encodeToString(key.getEncoded());
    }

    /** For the redactor. */
    public Secret secret() {
        return new Secret("master_key", text());
    }

    /** @param place what the text belongs to; it opens nowhere else */
    public String seal(String place, String text) {
        byte[] nonce = new byte[NONCE_BYTES];
        random.nextBytes(nonce);
        try {
            byte[] sealed = cipher(Cipher.ENCRYPT_MODE, nonce, place).doFinal(text.getBytes(StandardCharsets.UTF_8));
            return Base64.getEncoder()
                    .encodeToString(ByteBuffer.allocate(NONCE_BYTES + sealed.length)
                            .put(nonce)
                            .put(sealed)
                            .array());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The text that was sealed for that place; empty if it was sealed with another key, for another place, or was changed. */
    public Optional<String> open(String place, String sealed) {
        try {
            byte[] bytes = Base64.getDecoder().decode(sealed);
            if (bytes.length < NONCE_BYTES) {
                return Optional.empty();
            }
            byte[] nonce = new byte[NONCE_BYTES];
            System.arraycopy(bytes, 0, nonce, 0, NONCE_BYTES);
            byte[] text =
                    cipher(Cipher.DECRYPT_MODE, nonce, place).doFinal(bytes, NONCE_BYTES, bytes.length - NONCE_BYTES);
            return Optional.of(new String(text, StandardCharsets.UTF_8));
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private Cipher cipher(int mode, byte[] nonce, String place) throws GeneralSecurityException {
        Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
        cipher.init(mode, key, new GCMParameterSpec(TAG_BITS, nonce));
        cipher.updateAAD(place.getBytes(StandardCharsets.UTF_8));
        return cipher;
    }

    private static String idOf(byte[] bytes) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update("belay master key".getBytes(StandardCharsets.US_ASCII));
            return HexFormat.of().formatHex(digest.digest(bytes)).substring(0, ID_CHARACTERS);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Never the key. */
    @Override
    public String toString() {
        return "MasterKey[" + id + "]";
    }
}
