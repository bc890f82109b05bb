package dev.belay.modeldouble;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * What the model server sends for one request.
 *
 * @param headers as {@code Name: value}
 * @param chunked whether the body is framed, so that a client sees that it was cut; else the end of the connection ends it
 * @param status 0 for an answer without a head
 * @param bytes how many bytes of the body are sent
 * @param ending what follows them
 * @param pause how long the server waits after each event of a stream that is sent whole; without a pause all are sent at once
 */
public record Reply(
        int status, List<String> headers, String body, boolean chunked, int bytes, Ending ending, Duration pause) {
    /** In a stream with pauses, stands for the moment at which its event is sent: {@link System#nanoTime()}. */
    public static final String NOW = "@now@";

    public Reply {
        headers = List.copyOf(headers);
    }

    /** What the server does after what it sends. */
    public enum Ending {
        /** It ends the answer as it should. */
        WHOLE,
        /** It closes the connection. */
        CUT,
        /** It says nothing more, and waits for the client to go. */
        SILENCE,
        /** It throws the connection away, and with it what the client has not read yet. */
        RESET
    }

    public static Reply stream(String events) {
        return new Reply(
                200,
                List.of("Content-Type: text/event-stream"),
                events,
                true,
                length(events),
                Ending.WHOLE,
                Duration.ZERO);
    }

    public static Reply error(int status, String json, String... headers) {
        List<String> all = new ArrayList<>(List.of(headers));
        all.add("Content-Type: application/json");
        return new Reply(status, all, json, true, length(json), Ending.WHOLE, Duration.ZERO);
    }

    public Reply cutAfter(int bytes) {
        return new Reply(status, headers, body, chunked, bytes, Ending.CUT, Duration.ZERO);
    }

    public Reply silentAfter(int bytes) {
        return new Reply(status, headers, body, chunked, bytes, Ending.SILENCE, Duration.ZERO);
    }

    /** Nothing at all, not even a head: the connection is thrown away. */
    public static Reply reset() {
        return new Reply(0, List.of(), "", false, 0, Ending.RESET, Duration.ZERO);
    }

    /** The head, then nothing: the connection is thrown away. */
    public Reply resetAfterHead() {
        return new Reply(status, headers, body, chunked, 0, Ending.RESET, Duration.ZERO);
    }

    /** Without a frame: the end of the connection is the end of the body, wherever it comes. */
    public Reply unframed() {
        return new Reply(status, headers, body, false, bytes, ending, pause);
    }

    /** Event by event, with that pause after each. */
    public Reply paced(Duration between) {
        return new Reply(status, headers, body, chunked, bytes, Ending.WHOLE, between);
    }

    /** The length of the body, in bytes. */
    public int length() {
        return length(body);
    }

    private static int length(String text) {
        return text.getBytes(StandardCharsets.UTF_8).length;
    }
}
