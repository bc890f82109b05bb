package dev.belay.client.sandbox;

import dev.belay.api.JsonText;
import java.time.Instant;

/**
 * Something that was done with a sandbox.
 *
 * @param seq its place in the sandbox's stream, from 1; the cursor to go on from
 * @param type for example {@code exec.ended} or {@code file.written}
 * @param principal who asked
 * @param json the whole event
 */
public record SandboxEvent(long seq, String type, Instant time, String principal, JsonText json) {}
