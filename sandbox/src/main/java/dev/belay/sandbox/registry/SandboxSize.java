package dev.belay.sandbox.registry;

import dev.belay.api.InvalidRequestException;
import dev.belay.sandbox.SandboxLimits;
import java.util.Optional;
import java.util.OptionalInt;

/** What a request asks for of a sandbox; what it leaves out is as the server gives it. Sizes in MiB. */
public record SandboxSize(
        OptionalInt memoryMb, Optional<Double> cpus, OptionalInt processes, OptionalInt diskMb, boolean exactDisk) {
    public static final SandboxSize STANDARD =
            new SandboxSize(OptionalInt.empty(), Optional.empty(), OptionalInt.empty(), OptionalInt.empty(), false);

    private static final long MIB = 1L << 20;

    /** @throws InvalidRequestException if it is too small to run anything; {@link SandboxPolicy} says what is too much */
    public SandboxLimits over(SandboxLimits standard) {
        try {
            return new SandboxLimits(
                    memoryMb.isPresent() ? memoryMb.getAsInt() * MIB : standard.memoryBytes(),
                    processes.orElse(standard.processes()),
                    cpus.orElse(standard.cpus()),
                    standard.openFiles(),
                    standard.fileBytes(),
                    diskMb.isPresent() ? diskMb.getAsInt() * MIB : standard.diskBytes(),
                    exactDisk);
        } catch (IllegalArgumentException e) {
            throw new InvalidRequestException("sandbox", String.valueOf(e.getMessage()));
        }
    }
}
