package dev.belay.cli.serve;

import static org.assertj.core.api.Assertions.assertThat;

import dev.belay.cli.CommandProcess.Result;
import dev.belay.cli.InProcess;
import dev.belay.server.BelayServer;
import dev.belay.server.ServerOptions;
import dev.belay.server.config.Configuration;
import dev.belay.server.config.ConfigurationSources;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The local command line, and a server whose certificate is for another name and issued by nobody whom this machine knows. */
class ServedWithTlsTest {
    private static final String PASSWORD = "changeit";

    @TempDir
    private Path home;

    /** Writes {@code NAME.crt} and {@code NAME.key} as PEM. */
    private void certificate(String name) throws Exception {
        Path store = home.resolve(name + ".p12");
        Process keytool = new ProcessBuilder((System.getProperty("java.home") + "/bin/keytool -genkeypair -alias it"
                                + " -keyalg EC -dname CN=belay.example -storetype PKCS12 -storepass " + PASSWORD
                                + " -keystore " + store)
                        .split(" "))
                .redirectErrorStream(true)
                .start();
        String said = new String(keytool.getInputStream().readAllBytes());
        assertThat(keytool.waitFor()).as(said).isZero();
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(store)) {
            keys.load(in, PASSWORD.toCharArray());
        }
        Files.writeString(
                home.resolve(name + ".crt"),
                pem("CERTIFICATE", keys.getCertificate("it").getEncoded()));
        Files.writeString(
                home.resolve(name + ".key"),
                pem("PRIVATE KEY", keys.getKey("it", PASSWORD.toCharArray()).getEncoded()));
    }

    private static String pem(String kind, byte[] bytes) {
        return "-----BEGIN " + kind + "-----\n" + Base64.getMimeEncoder().encodeToString(bytes) + "\n-----END " + kind
                + "-----\n";
    }

    private Result belay(String... arguments) {
        return InProcess.run(home, arguments);
    }

    @Test
    void itKnowsTheServerByTheCertificateInTheDataDirectory() throws Exception {
        certificate("server");
        certificate("other");
        Path data = home.resolve(".local/share/belay");
        Configuration configuration = Configuration.read(new ConfigurationSources(
                Optional.empty(),
                Map.of(
                        "server.port",
                        "0",
                        "server.tls_certificate",
                        home.resolve("server.crt").toString(),
                        "server.tls_key",
                        home.resolve("server.key").toString(),
                        "data.directory",
                        data.toString(),
                        "log.level",
                        "warn"),
                Map.of()));

        try (BelayServer _ = BelayServer.start(new ServerOptions(configuration, Map.of(), false))) {
            Result organisations = belay("organisations", "list");
            assertThat(organisations.code()).as(organisations.err()).isZero();
            Result sandboxes = belay("sandbox", "ls");
            assertThat(sandboxes.code()).as(sandboxes.err()).isZero();

            Files.copy(
                    home.resolve("other.crt"),
                    data.resolve("belay.certificate"),
                    java.nio.file.StandardCopyOption.REPLACE_EXISTING);
            assertThat(belay("organisations", "list").err()).contains("certificate");
            assertThat(belay("sandbox", "ls").code()).isEqualTo(1);
        }
    }
}
