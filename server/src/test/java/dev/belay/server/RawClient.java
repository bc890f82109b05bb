package dev.belay.server;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;

/** A client that speaks HTTP by hand over one socket: to leave without a word, not to read, or to send headers that clients do not let set. */
public final class RawClient implements AutoCloseable {
    private final Socket socket = new Socket();
    private final BufferedReader reader;

    public RawClient(String url, int receiveBuffer) {
        try {
            socket.setReceiveBufferSize(receiveBuffer);
            socket.connect(new InetSocketAddress(
                    URI.create(url).getHost(), URI.create(url).getPort()));
            reader = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public static RawClient to(String url) {
        return new RawClient(url, 64 << 10);
    }

    /** Sends a request; its headers are whole lines, without line breaks. */
    public RawClient send(String requestLine, String body, String... headers) {
        StringBuilder text = new StringBuilder(requestLine).append(" HTTP/1.1\r\n");
        for (String header : headers) {
            text.append(header).append("\r\n");
        }
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        text.append("Content-Length: ").append(bytes.length).append("\r\n\r\n").append(body);
        try {
            socket.getOutputStream().write(text.toString().getBytes(StandardCharsets.UTF_8));
            socket.getOutputStream().flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return this;
    }

    /** Posts a run with that key. */
    public RawClient run(String key, String body, String... headers) {
        String[] all = new String[headers.length + 2];
        all[0] = "Host: localhost";
        all[1] = "Authorization: Bearer " + key;
        System.arraycopy(headers, 0, all, 2, headers.length);
        return send("POST /agent/run", body, all);
    }

    /** After this many milliseconds without a byte, reading fails. */
    public RawClient readTimeout(int millis) {
        try {
            socket.setSoTimeout(millis);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return this;
    }

    /** Reads on to a line that contains the text, and returns it. */
    public String readTo(String text) {
        try {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                if (line.contains(text)) {
                    return line;
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        throw new AssertionError("the connection ended before " + text);
    }

    /** The session that the stream tells of. */
    public String session() {
        String line = readTo("\"session_id\":\"");
        int start = line.indexOf("\"session_id\":\"") + 14;
        return line.substring(start, start + 36);
    }

    /** Leaves. */
    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
