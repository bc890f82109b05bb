package dev.belay.server;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Predicate;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A WebSocket's client that speaks RFC 6455 by hand: to choose its headers, not to read, and to leave in the middle of a frame. */
public final class SocketClient implements AutoCloseable {
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(60);
    private static final int CONTINUATION = 0;
    private static final int TEXT = 1;
    private static final int CLOSE = 8;
    private static final int PING = 9;
    private static final int PONG = 10;

    private final Socket socket = new Socket();
    private final DataInputStream in;
    private final OutputStream out;
    private final String statusLine;
    private String protocol = "";
    private boolean answersPings = true;
    private Optional<Closed> closed = Optional.empty();

    /** How the server closed. */
    public record Closed(int code, String reason) {}

    private SocketClient(String url, int receiveBuffer, String pathAndQuery, String... headers) {
        try {
            if (receiveBuffer > 0) {
                socket.setReceiveBufferSize(receiveBuffer);
            }
            socket.setSoTimeout(60_000);
            URI uri = URI.create(url);
            socket.connect(new InetSocketAddress(uri.getHost(), uri.getPort()));
            in = new DataInputStream(new BufferedInputStream(socket.getInputStream()));
            out = socket.getOutputStream();
            StringBuilder request = new StringBuilder("GET " + pathAndQuery + " HTTP/1.1\r\n");
            if (!String.join("\n", headers).contains("Host: ")) {
                request.append("Host: ").append(uri.getAuthority()).append("\r\n");
            }
            request.append("Upgrade: websocket\r\nConnection: Upgrade\r\n")
                    .append("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n");
            for (String header : headers) {
                request.append(header).append("\r\n");
            }
            out.write(request.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1));
            statusLine = line();
            for (String line = line(); !line.isEmpty(); line = line()) {
                if (line.toLowerCase(java.util.Locale.ROOT).startsWith("sec-websocket-protocol:")) {
                    protocol = line.substring(23).strip();
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public static SocketClient open(String url, String query, String... headers) {
        return new SocketClient(url, 0, "/agent/ws" + query, headers);
    }

    /** With a receive buffer of that many bytes. */
    public static SocketClient openNarrow(String url, int receiveBuffer, String query, String... headers) {
        return new SocketClient(url, receiveBuffer, "/agent/ws" + query, headers);
    }

    private String line() throws IOException {
        StringBuilder line = new StringBuilder();
        for (int c = in.read(); c != '\n'; c = in.read()) {
            if (c < 0) {
                throw new EOFException("the server closed in its answer: " + line);
            }
            if (c != '\r') {
                line.append((char) c);
            }
        }
        return line.toString();
    }

    public String statusLine() {
        return statusLine;
    }

    /** The subprotocol that the server chose. */
    public String protocol() {
        return protocol;
    }

    /** Stops to answer pings. */
    public SocketClient mute() {
        answersPings = false;
        return this;
    }

    public SocketClient send(String text) {
        return frame(TEXT, text.getBytes(StandardCharsets.UTF_8));
    }

    /** Sends a frame of any kind, masked as a client's must be. */
    public SocketClient frame(int opcode, byte[] payload) {
        ByteBuffer frame = ByteBuffer.allocate(payload.length + 14);
        frame.put((byte) (0x80 | opcode));
        if (payload.length < 126) {
            frame.put((byte) (0x80 | payload.length));
        } else if (payload.length < 1 << 16) {
            frame.put((byte) (0x80 | 126)).putShort((short) payload.length);
        } else {
            frame.put((byte) (0x80 | 127)).putLong(payload.length);
        }
        int mask = ThreadLocalRandom.current().nextInt();
        frame.putInt(mask);
        for (int i = 0; i < payload.length; i++) {
            frame.put((byte) (payload[i] ^ (mask >> (8 * (3 - (i & 3))))));
        }
        try {
            out.write(frame.array(), 0, frame.position());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return this;
    }

    private void pong(byte[] payload) {
        try {
            frame(PONG, payload);
        } catch (UncheckedIOException e) {
            // The server has left already; what it said before is still to be read.
        }
    }

    /** The next text as it was sent; empty once the server has closed. */
    public Optional<String> nextText() {
        StringBuilder text = new StringBuilder();
        try {
            while (true) {
                int head = in.read();
                if (head < 0) {
                    return Optional.empty();
                }
                long length = in.readByte() & 0x7f;
                if (length == 126) {
                    length = in.readUnsignedShort();
                } else if (length == 127) {
                    length = in.readLong();
                }
                byte[] payload = new byte[(int) length];
                in.readFully(payload);
                switch (head & 0xf) {
                    case TEXT, CONTINUATION -> {
                        text.append(new String(payload, StandardCharsets.UTF_8));
                        if ((head & 0x80) != 0) {
                            return Optional.of(text.toString());
                        }
                    }
                    case PING -> {
                        if (answersPings) {
                            pong(payload);
                        }
                    }
                    case CLOSE -> {
                        closed = Optional.of(new Closed(
                                ((payload[0] & 0xff) << 8) | (payload[1] & 0xff),
                                new String(payload, 2, payload.length - 2, StandardCharsets.UTF_8)));
                        return Optional.empty();
                    }
                    default -> {}
                }
            }
        } catch (SocketException e) {
            // What the server had sent and was not read yet is gone with the connection.
            return Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The next frame, which must fit the description if it is a line of the stream. */
    public JsonNode next() {
        JsonNode json = JsonMapper.shared()
                .readTree(nextText().orElseThrow(() -> new AssertionError("the server closed: " + closed)));
        if (json.has("ts")) {
            Description.checkLine(json);
        }
        return json;
    }

    /** Reads on to a frame of that type. */
    public JsonNode next(String type) {
        return next("of the type " + type, frame -> frame.get("type").asString().equals(type));
    }

    /** Reads on to a status with that message. */
    public JsonNode status(String message) {
        return next(
                "that tells of " + message,
                frame -> frame.get("type").asString().equals("status")
                        && frame.get("message").asString().equals(message));
    }

    /** Signs of life come for ever; what is awaited does not take that long. */
    private JsonNode next(String what, Predicate<JsonNode> wanted) {
        long end = System.nanoTime() + LONGEST_WAIT.toNanos();
        for (JsonNode frame = next(); ; frame = next()) {
            if (wanted.test(frame)) {
                return frame;
            }
            if (System.nanoTime() > end) {
                throw new AssertionError("for " + LONGEST_WAIT.toSeconds() + " s there was no frame " + what
                        + "; the last one was " + frame);
            }
        }
    }

    /** Reads on until the server closes. */
    public Closed closed() {
        while (nextText().isPresent()) {}
        return howClosed().orElseThrow(() -> new AssertionError("the connection ended without a close"));
    }

    /** How the server has closed, if it said so. */
    public Optional<Closed> howClosed() {
        return closed;
    }

    /** Leaves without a word. */
    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
