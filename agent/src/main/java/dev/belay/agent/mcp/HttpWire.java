package dev.belay.agent.mcp;

import dev.belay.agent.dial.Dialler;
import dev.belay.agent.dial.HttpCall;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * Streamable HTTP: a message is posted, and what the server says to it comes as the answer, in one piece or as a stream of events. No stream is
 * held open between requests: what a server would tell there, that its tools have changed, is asked for when it matters.
 */
final class HttpWire implements Wire {
    private static final Duration GOODBYE = Duration.ofSeconds(2);
    private static final int MOST_REDIRECTS = 3;
    private static final int SHOWN = 300;

    private final Dialler dialler;
    private final Map<String, String> headers;
    private final Duration patience;
    private volatile URI url;
    private volatile Optional<String> session = Optional.empty();
    private volatile Optional<String> version = Optional.empty();
    private volatile Receiver receiver = NOBODY;

    private static final Receiver NOBODY = new Receiver() {
        @Override
        public void message(String json) {}

        @Override
        public void ended(String why) {}
    };

    /** @param patience for each time that nothing comes */
    HttpWire(Dialler dialler, McpServer.Http server, Map<String, String> more, Duration patience) {
        this.dialler = dialler;
        this.url = server.url();
        this.headers = new LinkedHashMap<>(server.headers());
        headers.putAll(more);
        this.patience = patience;
    }

    @Override
    public void open(Receiver to) {
        receiver = to;
    }

    @Override
    public void speaks(String agreed) {
        version = Optional.of(agreed);
    }

    @Override
    public void send(String json, BooleanSupplier answered) throws IOException {
        for (int redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
            Optional<URI> elsewhere;
            try (HttpCall call = HttpCall.send(dialler, post(json), patience)) {
                elsewhere = elsewhere(call);
                if (elsewhere.isEmpty()) {
                    read(call);
                    if (!answered.getAsBoolean()) {
                        throw new IOException("it closed the connection without an answer");
                    }
                    return;
                }
            }
            url = elsewhere.get();
        }
        throw new IOException("it redirects in circles");
    }

    private HttpCall.Request post(String json) {
        Map<String, String> all = withSession();
        all.put("Content-Type", "application/json");
        all.put("Accept", "application/json, text/event-stream");
        return new HttpCall.Request("POST", url, all, json.getBytes(StandardCharsets.UTF_8));
    }

    private Map<String, String> withSession() {
        Map<String, String> all = new LinkedHashMap<>(headers);
        session.ifPresent(id -> all.put("Mcp-Session-Id", id));
        version.ifPresent(agreed -> all.put("MCP-Protocol-Version", agreed));
        return all;
    }

    /** Where a redirect leads that keeps the method. Not to another host: the headers are meant for this one. */
    private Optional<URI> elsewhere(HttpCall call) throws IOException {
        if (call.status() != 307 && call.status() != 308) {
            return Optional.empty();
        }
        URI target;
        try {
            target = url.resolve(call.header("Location").orElse(""));
        } catch (IllegalArgumentException e) {
            throw new IOException("it redirects to what is no address", e);
        }
        if (!url.getHost().equalsIgnoreCase(target.getHost())
                || url.getPort() != target.getPort()
                || !url.getScheme().equalsIgnoreCase(target.getScheme())) {
            throw new IOException("it redirects to another host (" + target.getScheme() + "://"
                    + target.getRawAuthority() + "); name that one instead");
        }
        return Optional.of(target);
    }

    private void read(HttpCall call) throws IOException {
        if (call.status() / 100 != 2) {
            byte[] said = call.body().readNBytes(SHOWN);
            throw new IOException("it answered " + call.status() + " "
                    + new String(said, StandardCharsets.UTF_8)
                            .replaceAll("\\s+", " ")
                            .strip());
        }
        if (session.isEmpty()) {
            session = call.header("Mcp-Session-Id").filter(id -> id.matches("[\\x21-\\x7e]{1,1024}"));
        }
        String type = call.header("Content-Type").orElse("").toLowerCase(Locale.ROOT);
        if (type.startsWith("text/event-stream")) {
            readEvents(new BufferedInputStream(call.body()));
        } else if (type.startsWith("application/json") && call.status() != 202) {
            byte[] body = call.body().readNBytes(LARGEST_MESSAGE + 1);
            requireSize(body.length);
            receiver.message(new String(body, StandardCharsets.UTF_8));
        }
    }

    /** Server-sent events, of which only the data counts here. */
    private void readEvents(InputStream in) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        StringBuilder data = new StringBuilder();
        int before = 0;
        for (int b = in.read(); b >= 0; before = b, b = in.read()) {
            if (b == '\n' && before == '\r') {
                continue;
            }
            if (b != '\n' && b != '\r') {
                line.write(b);
                requireSize(line.size() + data.length());
                continue;
            }
            String text = line.toString(StandardCharsets.UTF_8);
            line.reset();
            if (text.isEmpty()) {
                if (!data.isEmpty()) {
                    receiver.message(data.toString());
                }
                data.setLength(0);
            } else if (text.startsWith("data:")) {
                data.append(data.isEmpty() ? "" : "\n").append(text.substring(text.startsWith("data: ") ? 6 : 5));
            }
        }
    }

    private static void requireSize(int length) throws IOException {
        if (length > LARGEST_MESSAGE) {
            throw new IOException("it sent a message of more than " + LARGEST_MESSAGE + " bytes");
        }
    }

    /** The link ends the requests that are open. A session is given back; whether that arrives is the server's matter. */
    @Override
    public void close() {
        if (session.isEmpty()) {
            return;
        }
        Map<String, String> all = withSession();
        session = Optional.empty();
        try (HttpCall _ = HttpCall.send(dialler, new HttpCall.Request("DELETE", url, all, new byte[0]), GOODBYE)) {
            // Any answer will do.
        } catch (IOException e) {
            // It is gone, or does not know of sessions that end.
        }
    }
}
