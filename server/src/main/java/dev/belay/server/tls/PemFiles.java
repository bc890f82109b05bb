package dev.belay.server.tls;

import dev.belay.api.ConfigurationException;
import dev.belay.server.config.Configuration;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads a certificate, followed by those that vouch for it, and its private key (PKCS #8, not encrypted; RSA, EC or Ed25519) from PEM files. */
final class PemFiles {
    private static final Pattern PEM =
            Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----(.*?)-----END \\1-----", Pattern.DOTALL);
    private static final byte[] CHALLENGE = "a key fits its certificate".getBytes(StandardCharsets.US_ASCII);

    /** Where a key store holds the one entry that it has. */
    private static final String ENTRY = "server";

    private final Path certificate;
    private final Path key;

    PemFiles(Configuration.TlsFiles files) {
        certificate = files.certificate();
        key = files.key();
    }

    /** What the files hold at one moment, so that it can be said whether they changed. */
    record Contents(byte[] certificate, byte[] key) {
        boolean sameAs(Contents other) {
            return Arrays.equals(certificate, other.certificate) && Arrays.equals(key, other.key);
        }
    }

    /** @throws ConfigurationException if a file cannot be read */
    Contents read() {
        return new Contents(bytes("server.tls_certificate", certificate), bytes("server.tls_key", key));
    }

    private static byte[] bytes(String setting, Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new ConfigurationException(setting + ": cannot read " + file + ": " + e);
        }
    }

    /**
     * A key store with that certificate and key.
     *
     * @throws ConfigurationException if they are no PEM, or the key is not the certificate's; says which file, and nothing of the key
     */
    KeyStore keyStore(Contents contents) {
        List<Certificate> chain = chain(contents);
        PrivateKey secret = privateKey(new String(contents.key, StandardCharsets.ISO_8859_1));
        try {
            if (!fits(secret, chain.getFirst().getPublicKey())) {
                throw new ConfigurationException("the key in " + key + " is not that of the certificate in "
                        + certificate + ", which must be the first in its file");
            }
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(null, null);
            store.setKeyEntry(ENTRY, secret, new char[0], chain.toArray(Certificate[]::new));
            return store;
        } catch (GeneralSecurityException | IOException e) {
            throw new ConfigurationException("cannot use " + certificate + " with " + key + ": " + e.getMessage());
        }
    }

    /** The server's own certificate as PEM, without the chain. */
    static String pem(KeyStore store) {
        try {
            return "-----BEGIN CERTIFICATE-----\n"
                    + Base64.getMimeEncoder(64, new byte[] {'\n'})
                            .encodeToString(store.getCertificate(ENTRY).getEncoded())
                    + "\n-----END CERTIFICATE-----\n";
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private List<Certificate> chain(Contents contents) {
        try {
            List<Certificate> chain = List.copyOf(CertificateFactory.getInstance("X.509")
                    .generateCertificates(new ByteArrayInputStream(contents.certificate)));
            if (chain.isEmpty()) {
                throw new ConfigurationException("there is no certificate in " + certificate);
            }
            return chain;
        } catch (GeneralSecurityException e) {
            throw new ConfigurationException(certificate + " must hold certificates as PEM: " + e.getMessage());
        }
    }

    private PrivateKey privateKey(String text) {
        Matcher pem = PEM.matcher(text);
        while (pem.find()) {
            switch (pem.group(1)) {
                case "PRIVATE KEY" -> {
                    return decoded(pem.group(2));
                }
                case "RSA PRIVATE KEY", "EC PRIVATE KEY", "ENCRYPTED PRIVATE KEY" ->
                    throw new ConfigurationException("the key in " + key + " is of the form \"" + pem.group(1)
                            + "\", which is not read; turn it into PKCS #8: openssl pkcs8 -topk8 -nocrypt -in " + key
                            + " -out NEW");
                default -> {
                    // Parameters, or a certificate in the same file.
                }
            }
        }
        throw new ConfigurationException("there is no private key as PEM in " + key);
    }

    private PrivateKey decoded(String base64) {
        try {
            PKCS8EncodedKeySpec encoded =
                    new PKCS8EncodedKeySpec(Base64.getMimeDecoder().decode(base64));
            for (String algorithm : List.of("RSA", "EC", "Ed25519")) {
                try {
                    return KeyFactory.getInstance(algorithm).generatePrivate(encoded);
                } catch (InvalidKeySpecException e) {
                    // Not of this kind.
                }
            }
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            throw new ConfigurationException("the key in " + key + " is broken");
        }
        throw new ConfigurationException("the key in " + key + " is broken, or not RSA, EC or Ed25519");
    }

    private static boolean fits(PrivateKey secret, PublicKey known) throws GeneralSecurityException {
        String algorithm = switch (secret.getAlgorithm()) {
            case "RSA" -> "SHA256withRSA";
            case "EC" -> "SHA256withECDSA";
            default -> "Ed25519";
        };
        Signature signer = Signature.getInstance(algorithm);
        signer.initSign(secret);
        signer.update(CHALLENGE);
        byte[] signed = signer.sign();
        try {
            Signature verifier = Signature.getInstance(algorithm);
            verifier.initVerify(known);
            verifier.update(CHALLENGE);
            return verifier.verify(signed);
        } catch (GeneralSecurityException e) {
            // A key of another kind, or length.
            return false;
        }
    }
}
