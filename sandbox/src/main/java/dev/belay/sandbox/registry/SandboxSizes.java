package dev.belay.sandbox.registry;

import dev.belay.api.InvalidRequestException;
import dev.belay.sandbox.SandboxLimits;
import java.util.Optional;
import java.util.OptionalInt;

/** What a request asks for of a sandbox, laid over what one gets by default. */
public final class SandboxSizes {
    private static final long MIB = 1L << 20;

    private SandboxSizes() {}

    /** @throws InvalidRequestException if a size is too small to run anything; {@link SandboxPolicy} says what is too much */
    public static SandboxLimits asked(
            SandboxLimits standard,
            OptionalInt memoryMb,
            Optional<Double> cpus,
            OptionalInt processes,
            OptionalInt diskMb) {
        try {
            return new SandboxLimits(
                    memoryMb.isPresent() ? memoryMb.getAsInt() * MIB : standard.memoryBytes(),
                    processes.orElse(standard.processes()),
                    cpus.orElse(standard.cpus()),
                    standard.openFiles(),
                    standard.fileBytes(),
                    diskMb.isPresent() ? diskMb.getAsInt() * MIB : standard.diskBytes());
        } catch (IllegalArgumentException e) {
            throw new InvalidRequestException("sandbox", String.valueOf(e.getMessage()));
        }
    }
}
