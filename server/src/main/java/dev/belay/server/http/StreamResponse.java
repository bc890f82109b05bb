package dev.belay.server.http;

import dev.belay.server.http.EventSink.ReaderGoneException;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;

/**
 * A response of JSON events: one per line ({@code application/x-ndjson}), or as server-sent events for a request that accepts
 * {@code text/event-stream}. For one thread; a reader that does not read blocks it until the connection's idle time is over.
 */
public final class StreamResponse {
    private static final int BUFFER_BYTES = 2 << 10;

    private final OutputStream out;
    private final boolean serverSent;

    private StreamResponse(OutputStream out, boolean serverSent) {
        this.out = out;
        this.serverSent = serverSent;
    }

    /** Whether the request asks for server-sent events: names them, and not with a weight of 0, which refuses them. */
    public static boolean wantsServerSent(Call call) {
        return call.header("Accept").stream()
                .flatMap(accept -> Stream.of(accept.toLowerCase(Locale.ROOT).split(",")))
                .map(range -> range.replaceAll("\\s", ""))
                .anyMatch(range -> range.matches("text/event-stream(;.*)?") && !range.matches(".*;q=0(\\.0*)?(;.*)?"));
    }

    /** Sets the header of a 200, which leaves with the first {@link #flush}. */
    public static StreamResponse begin(Call call) throws ReaderGoneException {
        boolean serverSent = wantsServerSent(call);
        HttpServletResponse response = header(call, serverSent);
        // Held for as long as the stream is open; the usual 32 KiB would be most of what one costs.
        response.setBufferSize(BUFFER_BYTES);
        try {
            return new StreamResponse(response.getOutputStream(), serverSent);
        } catch (IOException e) {
            throw gone(e);
        }
    }

    static HttpServletResponse header(Call call, boolean serverSent) {
        HttpServletResponse response = call.response();
        response.setStatus(200);
        response.setContentType(serverSent ? "text/event-stream" : "application/x-ndjson");
        response.setHeader("Cache-Control", "no-store");
        // Asks a proxy in front of us not to collect the stream.
        response.setHeader("X-Accel-Buffering", "no");
        return response;
    }

    /**
     * Writes one event; {@link #flush} makes sure that it leaves.
     *
     * @param seq the event's place in its stream; a transient one has none
     */
    public void write(String type, OptionalLong seq, String json) throws ReaderGoneException {
        StringBuilder text = new StringBuilder(json.length() + 64);
        if (serverSent) {
            seq.ifPresent(number -> text.append("id: ").append(number).append('\n'));
            text.append("event: ").append(type).append("\ndata: ").append(json).append("\n\n");
        } else {
            text.append(json).append('\n');
        }
        try {
            out.write(text.toString().getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw gone(e);
        }
    }

    public void flush() throws ReaderGoneException {
        try {
            out.flush();
        } catch (IOException e) {
            throw gone(e);
        }
    }

    /** Says that this is all. Nothing is left to be written when it returns. */
    public void end() throws ReaderGoneException {
        try {
            out.close();
        } catch (IOException e) {
            throw gone(e);
        }
    }

    static ReaderGoneException gone(IOException e) {
        return new ReaderGoneException(e, tookTooLong(e));
    }

    /** Whether a write failed because the reader took nothing until the connection's idle time was over. */
    static boolean tookTooLong(Throwable failure) {
        for (Throwable t = failure; t != null; t = t.getCause()) {
            if (t instanceof TimeoutException) {
                return true;
            }
        }
        return false;
    }
}
