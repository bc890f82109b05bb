package dev.belay.server.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.belay.api.ConfigurationException;
import dev.belay.server.RunningServer;
import dev.belay.server.config.Configuration;
import dev.belay.store.DataDirectory;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Certificates from files, with real ones that are made here. */
class TlsTest {
    @TempDir
    private Path directory;

    private TestCertificate make(String host, String algorithm) throws Exception {
        return TestCertificate.make(directory, host, algorithm);
    }

    private Configuration.TlsFiles files() {
        return new Configuration.TlsFiles(
                TestCertificate.certificateFile(directory), TestCertificate.keyFile(directory));
    }

    private RunningServer start() {
        return RunningServer.start(
                directory.resolve("data"),
                Map.of(
                        "server.tls_certificate",
                        files().certificate().toString(),
                        "server.tls_key",
                        files().key().toString()));
    }

    /** One connection to the server that looks at the certificate and believes everything. */
    private static final class Connection implements AutoCloseable {
        private final SSLSocket socket;
        private final BufferedReader in;

        Connection(String url) throws Exception {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, new TrustManager[] {new Believer()}, new SecureRandom());
            URI address = URI.create(url);
            socket = (SSLSocket) context.getSocketFactory().createSocket(address.getHost(), address.getPort());
            socket.setSoTimeout(10_000);
            socket.startHandshake();
            in = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
        }

        String host() throws Exception {
            X509Certificate shown = (X509Certificate) socket.getSession().getPeerCertificates()[0];
            return shown.getSubjectX500Principal().getName();
        }

        String status() throws IOException {
            socket.getOutputStream()
                    .write("GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            String status = String.valueOf(in.readLine());
            int length = 0;
            for (String line = in.readLine(); line != null && !line.isEmpty(); line = in.readLine()) {
                if (line.toLowerCase(java.util.Locale.ROOT).startsWith("content-length:")) {
                    length = Integer.parseInt(line.substring(15).strip());
                }
            }
            in.skip(length);
            return status;
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }

    private static final class Believer implements X509TrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }

    private static String host(String url) throws Exception {
        try (Connection connection = new Connection(url)) {
            return connection.host();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"RSA", "EC", "Ed25519"})
    void keysOfEachKindServe(String algorithm) throws Exception {
        make("belay.example", algorithm).write(directory);

        try (RunningServer server = start();
                Connection connection = new Connection(server.url())) {
            assertThat(server.url()).startsWith("https://127.0.0.1:");
            assertThat(connection.host()).isEqualTo("CN=belay.example");
            assertThat(connection.status()).contains(" 200 ");
        }
    }

    @Test
    void aCertificateThatChangesIsForNewConnectionsAndCutsNone() throws Exception {
        make("one.example", "EC").write(directory);

        try (RunningServer server = start();
                Connection open = new Connection(server.url())) {
            assertThat(open.status()).contains(" 200 ");

            make("two.example", "EC").write(directory);

            await().atMost(Duration.ofSeconds(20))
                    .until(() -> host(server.url()).equals("CN=two.example"));
            assertThat(open.status()).contains(" 200 ");
            assertThat(open.host()).isEqualTo("CN=one.example");
        }
    }

    @Test
    void theDataDirectoryHoldsTheCertificateThatIsShown() throws Exception {
        TestCertificate one = make("one.example", "EC").write(directory);
        Path data = directory.resolve("data");

        try (RunningServer server = start()) {
            assertThat(DataDirectory.holder(data).orElseThrow().url()).contains(server.url());
            assertThat(DataDirectory.certificate(data)).contains(one.certificate());
        }
        assertThat(DataDirectory.certificate(data)).isEmpty();
    }

    @Test
    void filesThatDoNotFitTogetherChangeNothingUntilTheyDo() throws Exception {
        make("one.example", "EC").write(directory);
        List<String> shown = new ArrayList<>();
        try (Tls tls = new Tls(files(), shown::add)) {
            TestCertificate two = make("two.example", "EC");

            Files.writeString(files().certificate(), two.certificate());
            assertThat(tls.look("")).contains("is not that of the certificate");
            Files.writeString(files().certificate(), "");
            assertThat(tls.look("")).contains("no certificate");
            Files.delete(files().certificate());
            assertThat(tls.look("")).contains("cannot read");
            assertThat(shown).hasSize(1);

            tls.context().start();
            two.write(directory);
            assertThat(tls.look("")).isEmpty();
            assertThat(shown).hasSize(2);
            tls.context().stop();
        }
    }

    @Test
    void aKeyInAnotherFormIsToldWithTheCommandThatTurnsIt() throws Exception {
        TestCertificate made = make("one.example", "RSA").write(directory);
        for (String form : List.of("RSA PRIVATE KEY", "ENCRYPTED PRIVATE KEY")) {
            Files.writeString(files().key(), made.key().replace("PRIVATE KEY", form));

            assertThatThrownBy(() -> new Tls(files(), _ -> {}))
                    .isInstanceOf(ConfigurationException.class)
                    .hasMessageContaining("openssl pkcs8 -topk8 -nocrypt")
                    .hasMessageNotContaining(
                            made.key().lines().skip(1).findFirst().orElseThrow());
        }
    }

    @Test
    void whatIsNoKeyStopsTheStart() throws Exception {
        make("one.example", "RSA").write(directory);
        Files.writeString(files().key(), "nothing");
        assertThatThrownBy(this::start)
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("key.pem");

        make("one.example", "EC").write(directory);
        Files.writeString(files().key(), make("other.example", "RSA").key());
        assertThatThrownBy(this::start)
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("chain.pem");
    }
}
