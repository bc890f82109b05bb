package dev.belay.bench.humaneval;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.function.UnaryOperator;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Runs a script, or a model that plays it over a wire, through {@code POST /agent/run} and looks at what the stream says. It reads from sockets that stay open and takes the answer
 * apart after the clock has stopped: on the server's own two cores, a client that does more shows in the server's figures. Safe for many
 * threads.
 */
final class RunClient implements AutoCloseable {
    private static final JsonMapper JSON = JsonMapper.shared();
    private static final byte[] LAST_CHUNK = "\r\n0\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] RESULT = "\"type\":\"result\"".getBytes(StandardCharsets.US_ASCII);

    private final URI server;
    private final UnaryOperator<String> model;
    private final ConcurrentLinkedDeque<Socket> idle = new ConcurrentLinkedDeque<>();

    /** @param model the model that plays a script */
    RunClient(String url, UnaryOperator<String> model) {
        this.model = model;
        server = URI.create(url);
    }

    /**
     * How a run went.
     *
     * @param passed whether the turn succeeded and its Bash call ended with exit code 0
     * @param totalNanos from before the request to after the end of the answer
     * @param resultNanos from before the request to the result, the last line of the answer
     * @param toolMillis what the tool calls took, sandbox creation included, as the stream says
     * @param turnMillis what the turn took, as its result says: without the request, the client and the last commit
     */
    record Outcome(boolean passed, long totalNanos, long resultNanos, double toolMillis, double turnMillis) {
        /** Everything up to the result that is not the tools', the model among it. */
        double overheadMillis() {
            return resultNanos / 1e6 - toolMillis;
        }

        double engineMillis() {
            return turnMillis - toolMillis;
        }
    }

    /** @param script the task's, which also the prompt names */
    Outcome run(String script) throws IOException {
        byte[] body = JSON.writeValueAsBytes(
                Map.of("prompt", "Solve the task " + script + ".", "model", model.apply(script)));
        ByteArrayOutputStream request = new ByteArrayOutputStream();
        request.writeBytes(("POST /agent/run HTTP/1.1\r\nHost: " + server.getAuthority()
                        + "\r\nContent-Type: application/json\r\nContent-Length: " + body.length + "\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII));
        request.writeBytes(body);
        Socket socket = connected();
        long began = System.nanoTime();
        request.writeTo(socket.getOutputStream());
        Answer answer = chunked(socket.getInputStream());
        long took = System.nanoTime() - began;
        idle.push(socket);
        return outcome(answer.bytes(), took, answer.resultAt() - began);
    }

    private Socket connected() throws IOException {
        Socket waiting = idle.poll();
        if (waiting != null) {
            return waiting;
        }
        Socket socket = new Socket(server.getHost(), server.getPort());
        socket.setTcpNoDelay(true);
        return socket;
    }

    /** @param resultAt when the result's line had begun to arrive */
    private record Answer(byte[] bytes, long resultAt) {}

    /** All bytes up to the last chunk's end. */
    private static Answer chunked(InputStream in) throws IOException {
        byte[] bytes = new byte[64 << 10];
        int length = 0;
        long resultAt = 0;
        while (!endsWith(bytes, length, LAST_CHUNK)) {
            if (length == bytes.length) {
                bytes = Arrays.copyOf(bytes, 2 * length);
            }
            int read = in.read(bytes, length, bytes.length - length);
            if (read < 0) {
                throw new IOException("the server closed the connection after: "
                        + new String(bytes, 0, length, StandardCharsets.UTF_8));
            }
            if (resultAt == 0 && has(bytes, Math.max(0, length - RESULT.length), length + read, RESULT)) {
                resultAt = System.nanoTime();
            }
            length += read;
        }
        return new Answer(Arrays.copyOf(bytes, length), resultAt);
    }

    private static boolean has(byte[] bytes, int from, int to, byte[] wanted) {
        for (int at = from; at <= to - wanted.length; at++) {
            if (Arrays.equals(bytes, at, at + wanted.length, wanted, 0, wanted.length)) {
                return true;
            }
        }
        return false;
    }

    private static boolean endsWith(byte[] bytes, int length, byte[] end) {
        return length >= end.length && Arrays.equals(bytes, length - end.length, length, end, 0, end.length);
    }

    /** The content of the chunks; their borders mean nothing. */
    private static String content(byte[] answer, int from) {
        ByteArrayOutputStream content = new ByteArrayOutputStream(answer.length);
        int at = from;
        while (true) {
            int end = at;
            while (answer[end] != '\r') {
                end++;
            }
            int size = Integer.parseInt(new String(answer, at, end - at, StandardCharsets.US_ASCII), 16);
            if (size == 0) {
                return content.toString(StandardCharsets.UTF_8);
            }
            content.write(answer, end + 2, size);
            at = end + 2 + size + 2;
        }
    }

    private static Outcome outcome(byte[] answer, long took, long result) throws IOException {
        // One character for each byte.
        String head = new String(answer, StandardCharsets.ISO_8859_1);
        if (!head.startsWith("HTTP/1.1 200 ")) {
            throw new IOException("the server answered " + head);
        }
        boolean testPassed = false;
        boolean success = false;
        double toolMillis = 0;
        double turnMillis = 0;
        for (String line : content(answer, head.indexOf("\r\n\r\n") + 4).lines().toList()) {
            JsonNode event = JSON.readTree(line);
            switch (event.required("type").asString()) {
                case "tool_result" -> {
                    toolMillis += event.required("duration_ms").asDouble();
                    testPassed |= event.required("tool").asString().equals("Bash")
                            && !event.required("is_error").asBoolean();
                }
                case "result" -> {
                    success = event.required("status").asString().equals("success");
                    turnMillis = event.required("duration_ms").asDouble();
                }
                default -> {}
            }
        }
        return new Outcome(testPassed && success, took, result, toolMillis, turnMillis);
    }

    @Override
    public void close() throws IOException {
        for (Socket socket : idle) {
            socket.close();
        }
    }
}
