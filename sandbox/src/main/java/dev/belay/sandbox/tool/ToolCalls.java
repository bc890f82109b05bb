package dev.belay.sandbox.tool;

import dev.belay.api.JsonText;
import java.time.Duration;

/**
 * Answers the calls of one program. The program finds the other end at descriptor 3 ({@code BELAY_TOOLS_FD}), and a small library for it:
 * {@code from tools import add} in Python, {@code const { add } = require('tools')} in JavaScript.
 *
 * <p>The descriptor is all that gives the right to call: it needs no name and no token, and is gone with the exec. Passed to another sandbox it
 * is worth nothing: the first byte that comes from there ends it.
 */
@FunctionalInterface
public interface ToolCalls {
    /**
     * Answers a call, on a virtual thread of its own; calls that the program makes beside each other run side by side. The thread is
     * interrupted when the call's time is over or the exec has ended.
     *
     * @return the result, one JSON value
     * @throws ToolCallException if the call failed; anything else that is thrown is told to the program without its text
     */
    JsonText call(ToolCall call) throws ToolCallException, InterruptedException;

    /** What one program may do. */
    default Limits limits() {
        return Limits.DEFAULT;
    }

    /**
     * Bounds on the calls of one program. A call beyond them fails in the program and is never made; a call longer than {@code bytes} ends the
     * connection.
     *
     * @param atOnce calls that run at the same time
     * @param bytes of one call's name and arguments, and of one result
     * @param calls in all
     * @param time that one call may take
     */
    record Limits(int atOnce, int bytes, long calls, Duration time) {
        public static final Limits DEFAULT = new Limits(64, 1 << 20, 100_000, Duration.ofMinutes(5));
    }
}
