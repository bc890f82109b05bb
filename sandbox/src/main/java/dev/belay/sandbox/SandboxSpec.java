package dev.belay.sandbox;

import java.nio.file.Path;
import java.util.List;

/**
 * What a sandbox is made of.
 *
 * @param state an existing host directory that belongs to this sandbox alone; {@code workspace} and {@code tmp} beneath it (made if absent)
 *     become {@code /workspace} and {@code /tmp} inside
 * @param directories host directories shown at {@code /workspace/NAME}
 */
public record SandboxSpec(Path state, List<MountedDirectory> directories, SandboxLimits limits) {
    public SandboxSpec {
        directories = List.copyOf(directories);
    }
}
