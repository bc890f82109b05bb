package dev.belay.agent.session;

import dev.belay.sandbox.MountedDirectory;
import java.util.Optional;

/**
 * A run: one prompt in a session of its own.
 *
 * @param directory a directory of this host to work on instead of a project directory; only a caller in this process can name one
 */
public record RunRequest(String prompt, RunOptions options, Optional<MountedDirectory> directory) {
    public RunRequest(String prompt, RunOptions options) {
        this(prompt, options, Optional.empty());
    }
}
