package dev.belay.client.sandbox;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/**
 * What a new sandbox is to be; what is absent is the server's default.
 *
 * @param autoStop stopped when not used for so long
 * @param autoDestroy destroyed, files and all, when not used for so long
 * @param memoryMib of all its processes together
 * @param cpus its share of the machine's cores
 * @param projects project directories, shown at {@code /workspace/NAME}
 */
public record SandboxRequest(
        Optional<String> name,
        Map<String, String> labels,
        Optional<Duration> autoStop,
        Optional<Duration> autoDestroy,
        OptionalInt memoryMib,
        OptionalDouble cpus,
        OptionalInt processes,
        OptionalInt diskMib,
        List<String> projects) {
    /** All as the server has it. */
    public static final SandboxRequest STANDARD = new SandboxRequest(
            Optional.empty(),
            Map.of(),
            Optional.empty(),
            Optional.empty(),
            OptionalInt.empty(),
            OptionalDouble.empty(),
            OptionalInt.empty(),
            OptionalInt.empty(),
            List.of());

    public SandboxRequest {
        labels = Map.copyOf(labels);
        projects = List.copyOf(projects);
    }
}
