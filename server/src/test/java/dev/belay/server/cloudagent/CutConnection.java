package dev.belay.server.cloudagent;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Reads so many bytes of a session's events and leaves, wherever that is; then says which lines had come whole. */
enum CutConnection {
    NDJSON {
        @Override
        List<String> whole(byte[] body) {
            String text = dechunked(body);
            return text.substring(0, text.lastIndexOf('\n') + 1).lines().toList();
        }
    },
    SERVER_SENT {
        @Override
        List<String> whole(byte[] body) {
            String text = dechunked(body);
            int end = text.lastIndexOf("\n\n");
            return end < 0
                    ? List.of()
                    : text.substring(0, end)
                            .lines()
                            .filter(line -> line.startsWith("data: "))
                            .map(line -> line.substring(6))
                            .toList();
        }
    },
    WEB_SOCKET {
        @Override
        List<String> whole(byte[] body) {
            List<String> texts = new ArrayList<>();
            ByteArrayOutputStream text = new ByteArrayOutputStream();
            ByteBuffer frames = ByteBuffer.wrap(body);
            while (frames.remaining() >= 2) {
                int head = frames.get();
                long length = frames.get() & 0x7f;
                int more = length == 126 ? Short.BYTES : length == 127 ? Long.BYTES : 0;
                if (frames.remaining() < more) {
                    break;
                }
                if (more > 0) {
                    length = more == Short.BYTES ? frames.getShort() & 0xffff : frames.getLong();
                }
                if (frames.remaining() < length) {
                    break;
                }
                byte[] payload = new byte[(int) length];
                frames.get(payload);
                if ((head & 0xf) <= 1) {
                    text.writeBytes(payload);
                    if (head < 0) {
                        texts.add(text.toString(StandardCharsets.UTF_8));
                        text.reset();
                    }
                }
            }
            return texts;
        }
    };

    private static final byte[] HEAD_END = {'\r', '\n', '\r', '\n'};

    /** The lines that are whole in the first bytes of an answer's body. */
    abstract List<String> whole(byte[] body);

    /** Connects, reads at most that many bytes of the answer, and leaves. */
    List<String> read(String url, String key, String session, long after, int bytes) {
        try (Socket socket = connect(url, key, session, after, 0)) {
            return lines(bytes(socket, bytes));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Connects and reads nothing; 0 as the size of its receive buffer leaves it to the system. */
    Socket connect(String url, String key, String session, long after, int receiveBuffer) throws IOException {
        String position = "after_seq=" + after;
        String head = "Host: localhost\r\nX-API-Key: " + key + "\r\n";
        String request = switch (this) {
            case NDJSON -> "GET /agent/session/" + session + "/events?follow=true&" + position + " HTTP/1.1\r\n" + head;
            case SERVER_SENT ->
                "GET /agent/session/" + session + "/events?follow=true HTTP/1.1\r\n" + head
                        + "Accept: text/event-stream\r\nLast-Event-ID: " + after + "\r\n";
            case WEB_SOCKET ->
                "GET /agent/ws?session_id=" + session + "&" + position + " HTTP/1.1\r\n" + head
                        + "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                        + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
        };
        Socket socket = new Socket();
        if (receiveBuffer > 0) {
            socket.setReceiveBufferSize(receiveBuffer);
        }
        socket.connect(
                new InetSocketAddress(URI.create(url).getHost(), URI.create(url).getPort()));
        socket.setSoTimeout(10_000);
        socket.getOutputStream().write((request + "\r\n").getBytes(StandardCharsets.US_ASCII));
        return socket;
    }

    /** The lines that are whole in what came of an answer. */
    List<String> lines(byte[] answer) {
        return body(answer).map(this::whole).orElse(List.of());
    }

    /** What comes on the connection until it ends, at most that many bytes. */
    static byte[] bytes(Socket socket, int most) throws IOException {
        ByteArrayOutputStream got = new ByteArrayOutputStream();
        try {
            byte[] buffer = new byte[4096];
            while (got.size() < most) {
                int n = socket.getInputStream().read(buffer, 0, Math.min(buffer.length, most - got.size()));
                if (n < 0) {
                    break;
                }
                got.write(buffer, 0, n);
            }
        } catch (SocketTimeoutException e) {
            throw new AssertionError("a stream was silent for ten seconds", e);
        } catch (SocketException e) {
            // The server has closed it without being read to the end.
        }
        return got.toByteArray();
    }

    private static Optional<byte[]> body(byte[] answer) {
        for (int i = 0; i + HEAD_END.length <= answer.length; i++) {
            if (java.util.Arrays.equals(answer, i, i + HEAD_END.length, HEAD_END, 0, HEAD_END.length)) {
                String status = new String(answer, 0, 12, StandardCharsets.US_ASCII);
                if (!status.matches("HTTP/1.1 (200|101)")) {
                    throw new AssertionError(new String(answer, StandardCharsets.UTF_8));
                }
                return Optional.of(java.util.Arrays.copyOfRange(answer, i + HEAD_END.length, answer.length));
            }
        }
        return Optional.empty();
    }

    /** What came of the chunks of HTTP, the last of which may be torn. */
    private static String dechunked(byte[] body) {
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        int at = 0;
        while (true) {
            int end = at;
            while (end < body.length && body[end] != '\n') {
                end++;
            }
            if (end >= body.length) {
                return text.toString(StandardCharsets.UTF_8);
            }
            int size = Integer.parseInt(new String(body, at, end - at, StandardCharsets.US_ASCII).strip(), 16);
            int there = Math.min(size, body.length - end - 1);
            text.write(body, end + 1, there);
            at = end + 1 + size + 2;
            if (size == 0 || at >= body.length) {
                return text.toString(StandardCharsets.UTF_8);
            }
        }
    }
}
