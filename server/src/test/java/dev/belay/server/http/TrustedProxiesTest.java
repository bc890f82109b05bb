package dev.belay.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.belay.api.AddressRange;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.Callback;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Whose word about the caller is taken; over real connections, to a server that says whom it sees. */
class TrustedProxiesTest {
    private final Server jetty = new Server();

    /** What the server makes of these headers, sent from 127.0.0.1: {@code scheme://host client}. */
    private String seen(String trusted, String... headers) throws Exception {
        List<AddressRange> ranges =
                trusted.isEmpty() ? List.of() : List.of(AddressRange.of(trusted).orElseThrow());
        HttpConfiguration http = new HttpConfiguration();
        http.addCustomizer(new TrustedProxies(ranges));
        ServerConnector connector = new ServerConnector(jetty, new HttpConnectionFactory(http));
        connector.setHost("127.0.0.1");
        jetty.addConnector(connector);
        jetty.setHandler(new Handler.Abstract() {
            @Override
            public boolean handle(Request request, Response response, Callback callback) {
                String text = request.getHttpURI().getScheme() + "://"
                        + request.getHttpURI().getAuthority() + " " + Request.getRemoteAddr(request);
                Content.Sink.write(response, true, text, callback);
                return true;
            }
        });
        jetty.start();
        try (var socket = new java.net.Socket("127.0.0.1", connector.getLocalPort())) {
            String request = "GET / HTTP/1.1\r\nHost: belay\r\nConnection: close\r\n" + String.join("\r\n", headers)
                    + (headers.length == 0 ? "" : "\r\n") + "\r\n";
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return answer.substring(answer.indexOf("\r\n\r\n") + 4);
        }
    }

    @AfterEach
    void stop() throws Exception {
        jetty.stop();
    }

    @Test
    void aTrustedProxysWordIsTaken() throws Exception {
        assertThat(seen(
                        "127.0.0.0/8",
                        "X-Forwarded-Proto: https",
                        "X-Forwarded-Host: belay.example",
                        "X-Forwarded-For: 192.0.2.7"))
                .isEqualTo("https://belay.example 192.0.2.7");
    }

    @Test
    void aStrangersWordIsNot() throws Exception {
        assertThat(seen(
                        "10.0.0.0/8",
                        "X-Forwarded-Proto: https",
                        "X-Forwarded-Host: belay.example",
                        "X-Forwarded-For: 192.0.2.7"))
                .isEqualTo("http://belay 127.0.0.1");
    }

    @Test
    void whatTheCallerWroteInFrontOfTheProxysWordIsNotTaken() throws Exception {
        assertThat(seen("127.0.0.0/8", "X-Forwarded-For: 127.0.0.1, 203.0.113.1, 192.0.2.7, 127.0.0.9"))
                .isEqualTo("http://belay 192.0.2.7");
    }

    @Test
    void whatIsNoAddressNoHostAndNoSchemeIsNotTaken() throws Exception {
        assertThat(seen(
                        "127.0.0.0/8",
                        "X-Forwarded-Proto: javascript",
                        "X-Forwarded-Host: belay.example/path",
                        "X-Forwarded-For: localhost"))
                .isEqualTo("http://belay 127.0.0.1");
    }
}
