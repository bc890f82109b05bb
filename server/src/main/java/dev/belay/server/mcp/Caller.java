package dev.belay.server.mcp;

import dev.belay.api.Scope;
import dev.belay.server.http.EventSink.ReaderGoneException;
import dev.belay.server.http.PatientAnswer;

/**
 * Who calls a tool.
 *
 * @param depth how many agents have called each other until this call
 */
record Caller(Scope scope, int depth, PatientAnswer answer) {
    /** Waits, and keeps the caller company meanwhile. */
    <T> T await(PatientAnswer.Wait<T> wait) throws InterruptedException, ReaderGoneException {
        return answer.await(wait);
    }
}
