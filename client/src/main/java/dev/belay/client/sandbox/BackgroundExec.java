package dev.belay.client.sandbox;

import java.util.Optional;
import java.util.OptionalInt;

/**
 * A command that was answered before it ended.
 *
 * @param outputPath the file of the sandbox that its output goes to
 * @param exitCode empty while it runs
 * @param status empty while it runs
 */
public record BackgroundExec(
        String execId, boolean running, String outputPath, OptionalInt exitCode, Optional<String> status) {}
