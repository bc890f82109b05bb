package dev.belay.agent.session;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * How long conversations are kept after their last use.
 *
 * @param age empty for ever
 * @param workspaceBytes what the events of one workspace's sessions may take together; empty for any
 */
public record RetentionRules(Optional<Duration> age, OptionalLong workspaceBytes) {
    public static final RetentionRules KEEP_ALL = new RetentionRules(Optional.empty(), OptionalLong.empty());
}
