package dev.belay.agent.dial;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * One HTTP/1.1 request on a connection of its own, and its answer as it comes. The JDK's client looks up names itself, so that it cannot be told
 * which address to dial. For one thread; closing it closes the connection.
 */
public final class HttpCall implements AutoCloseable {
    private static final int LONGEST_HEAD = 64 << 10;

    private final Socket socket;
    private final int status;
    private final Map<String, String> headers;
    private final InputStream body;

    /**
     * What is asked.
     *
     * @param headers in addition to {@code Host}, {@code Connection} and {@code Content-Length}
     */
    public record Request(String method, URI uri, Map<String, String> headers, byte[] body) {}

    private HttpCall(Socket socket, InputStream in, String method) throws IOException {
        this.socket = socket;
        String[] lines = head(in);
        while (status(lines[0]) / 100 == 1) {
            lines = head(in);
        }
        status = status(lines[0]);
        headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        for (int i = 1; i < lines.length; i++) {
            int colon = lines[i].indexOf(':');
            if (colon < 1) {
                throw new IOException("the answer has a broken header");
            }
            headers.merge(
                    lines[i].substring(0, colon).strip(),
                    lines[i].substring(colon + 1).strip(),
                    (a, b) -> a + ", " + b);
        }
        body = body(in, method);
    }

    /**
     * Sends a request and returns when the head of the answer is there.
     *
     * @param patience for the connection, and then for each time that nothing comes
     * @throws Dialler.RefusedException if the address may not be dialled
     */
    public static HttpCall send(Dialler dialler, Request request, Duration patience) throws IOException {
        Socket socket = dialler.connect(request.uri(), patience);
        try {
            socket.getOutputStream().write(bytes(request));
            socket.getOutputStream().flush();
            return new HttpCall(socket, new BufferedInputStream(socket.getInputStream()), request.method());
        } catch (IOException | RuntimeException e) {
            socket.close();
            throw e;
        }
    }

    private static byte[] bytes(Request request) throws IOException {
        URI uri = request.uri();
        String path = Optional.ofNullable(uri.getRawPath())
                        .filter(text -> !text.isEmpty())
                        .orElse("/")
                + (uri.getRawQuery() == null ? "" : "?" + uri.getRawQuery());
        StringBuilder head = new StringBuilder(request.method() + " " + path + " HTTP/1.1\r\nHost: "
                + uri.getRawAuthority() + "\r\nConnection: close\r\nContent-Length: " + request.body().length + "\r\n");
        request.headers()
                .forEach((name, value) ->
                        head.append(name).append(": ").append(value).append("\r\n"));
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.write(head.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1));
        bytes.write(request.body());
        return bytes.toByteArray();
    }

    private static String[] head(InputStream in) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        int newLines = 0;
        while (newLines < 2) {
            int b = in.read();
            if (b < 0) {
                throw new EOFException("the server closed the connection without an answer");
            }
            if (bytes.size() > LONGEST_HEAD) {
                throw new IOException("the head of the answer is larger than " + LONGEST_HEAD + " bytes");
            }
            if (b == '\n') {
                newLines++;
            } else if (b != '\r') {
                newLines = 0;
            }
            bytes.write(b);
        }
        return bytes.toString(StandardCharsets.ISO_8859_1).strip().split("\r?\n");
    }

    private static int status(String line) throws IOException {
        if (!line.matches("HTTP/1\\.[01] [1-5][0-9][0-9].*")) {
            throw new IOException("what answers there does not speak HTTP");
        }
        return Integer.parseInt(line.substring(9, 12));
    }

    private InputStream body(InputStream in, String method) throws IOException {
        if (method.equals("HEAD") || status == 204 || status == 304) {
            return InputStream.nullInputStream();
        }
        if (header("Transfer-Encoding").orElse("").toLowerCase(Locale.ROOT).contains("chunked")) {
            return new ChunkedInput(in);
        }
        Optional<String> length = header("Content-Length");
        if (length.isPresent() && !length.get().matches("[0-9]{1,18}")) {
            throw new IOException("the answer has a broken Content-Length");
        }
        return length.isPresent() ? new SizedInput(in, Long.parseLong(length.get())) : in;
    }

    public int status() {
        return status;
    }

    public Optional<String> header(String name) {
        return Optional.ofNullable(headers.get(name));
    }

    /** What follows the head; ends with it, and throws if it is cut. */
    public InputStream body() {
        return body;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
