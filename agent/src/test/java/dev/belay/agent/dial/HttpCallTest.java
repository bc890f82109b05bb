package dev.belay.agent.dial;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLSocketFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests to a server that answers what a test says, byte for byte. */
class HttpCallTest {
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final BlockingQueue<String> requests = new ArrayBlockingQueue<>(8);
    private volatile String answer = "";
    private ServerSocket server;

    @BeforeEach
    void listen() throws IOException {
        server = new ServerSocket(0, 8, InetAddress.getLoopbackAddress());
        Thread.ofVirtual().start(() -> {
            while (!server.isClosed()) {
                try (Socket socket = server.accept()) {
                    byte[] bytes = new byte[4096];
                    int length = socket.getInputStream().read(bytes);
                    requests.add(new String(bytes, 0, Math.max(0, length), StandardCharsets.UTF_8));
                    socket.getOutputStream().write(answer.getBytes(StandardCharsets.UTF_8));
                    socket.getOutputStream().flush();
                } catch (IOException e) {
                    // The test has what it wants.
                }
            }
        });
    }

    @AfterEach
    void stop() throws IOException {
        server.close();
    }

    private URI url(String host) {
        return URI.create("http://" + host + ":" + server.getLocalPort() + "/mcp?a=b");
    }

    private HttpCall call() throws IOException {
        return HttpCall.send(
                new Dialler(Set.of("localhost")),
                new HttpCall.Request(
                        "POST", url("localhost"), Map.of("X-One", "1"), "hi".getBytes(StandardCharsets.UTF_8)),
                PATIENCE);
    }

    private String body() throws IOException {
        try (HttpCall call = call()) {
            return new String(call.body().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    @Test
    void aRequestSaysWhatItIsToSay() throws Exception {
        answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Two: 2\r\n\r\nok and more";

        try (HttpCall call = call()) {
            assertThat(call.status()).isEqualTo(200);
            assertThat(call.header("x-two")).contains("2");
            assertThat(call.body().readAllBytes()).asString().isEqualTo("ok");
        }
        assertThat(requests.poll(10, TimeUnit.SECONDS))
                .startsWith("POST /mcp?a=b HTTP/1.1\r\nHost: localhost:" + server.getLocalPort() + "\r\n")
                .contains("Content-Length: 2\r\n", "X-One: 1\r\n")
                .endsWith("\r\n\r\nhi");
    }

    @Test
    void aBodyComesInAnyFraming() throws Exception {
        answer = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\n\r\n";
        assertThat(body()).isEqualTo("abc0123456789");
        answer = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\nto the end";
        assertThat(body()).isEqualTo("to the end");
        answer = "HTTP/1.1 204 No Content\r\n\r\nnothing of this";
        assertThat(body()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nshort",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nshort\r\n",
                "HTTP/1.1 200 OK\r\nContent",
                ""
            })
    void anAnswerThatIsCutIsAnError(String cut) {
        answer = cut;

        assertThatThrownBy(this::body).isInstanceOf(EOFException.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "SSH-2.0-OpenSSH\r\n\r\n",
                "HTTP/1.1 200 OK\r\nbroken\r\n\r\n",
                "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n0\r\n\r\n",
            })
    void whatIsNoHttpIsAnError(String nonsense) {
        answer = nonsense;

        assertThatThrownBy(this::body).isInstanceOf(IOException.class);
    }

    @Test
    void aHeadWithoutEndIsAnError() {
        answer = "HTTP/1.1 200 OK\r\n" + "X: y\r\n".repeat(20_000);

        assertThatThrownBy(this::body).isInstanceOf(IOException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"localhost", "127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "LOCALHOST."})
    void thisMachineIsNotDialled(String host) {
        assertThatThrownBy(() -> new Dialler(Set.of()).connect(url(host), PATIENCE))
                .isInstanceOf(Dialler.RefusedException.class)
                .hasMessageContaining("mcp.allowed_hosts");
        assertThat(requests).isEmpty();
    }

    @Test
    void aHostIsAllowedByNameOrByNameAndPort() throws IOException {
        String port = ":" + server.getLocalPort();
        new Dialler(Set.of("127.0.0.1")).connect(url("127.0.0.1"), PATIENCE).close();
        new Dialler(Set.of("localhost" + port))
                .connect(url("LocalHost."), PATIENCE)
                .close();

        assertThatThrownBy(() -> new Dialler(Set.of("localhost:1")).connect(url("localhost"), PATIENCE))
                .isInstanceOf(Dialler.RefusedException.class);
    }

    @Test
    void aNameIsResolvedOnceForEachConnectionAndOnlyAddressesThatPassedAreDialled() {
        Deque<List<InetAddress>> answers = new ArrayDeque<>(List.of(
                List.of(InetAddress.ofLiteral("127.0.0.1")),
                List.of(InetAddress.ofLiteral("10.0.0.1"), InetAddress.ofLiteral("::1"))));
        Dialler dialler =
                new Dialler(Set.of(), _ -> answers.remove(), (SSLSocketFactory) SSLSocketFactory.getDefault());

        for (int i = 0; i < 2; i++) {
            assertThatThrownBy(() -> dialler.connect(url("rebinding.example"), PATIENCE))
                    .isInstanceOf(Dialler.RefusedException.class)
                    .hasMessageContaining("rebinding.example");
        }
        assertThat(answers).isEmpty();
    }
}
