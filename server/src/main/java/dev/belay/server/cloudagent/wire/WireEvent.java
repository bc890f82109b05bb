package dev.belay.server.cloudagent.wire;

import java.util.OptionalLong;

/**
 * One line of a stream.
 *
 * @param type {@code status}, {@code thinking}, {@code tool_use}, {@code permission_request}, {@code permission_decision}, {@code tool_result},
 *     {@code text_delta} or {@code result}
 * @param seq its place in the session's stream; a transient line has none
 * @param json the whole line, without a line break
 */
public record WireEvent(String type, OptionalLong seq, String json) {
    static final String STATUS = "status";
    static final String RESULT = "result";
}
