package dev.belay.sandbox;

import java.util.OptionalLong;

/**
 * What a sandbox uses now, all its processes together. A number that this host does not tell is absent.
 *
 * @param memoryBytes memory that is charged to it, caches of files among it
 * @param memoryPeakBytes the most since it started
 * @param cpuMicros time on a processor since it started
 * @param processes processes and threads
 * @param memoryKills how many of its processes the kernel killed for memory
 * @param throttled how often the CPU limit held it back
 */
public record SandboxUsage(
        OptionalLong memoryBytes,
        OptionalLong memoryPeakBytes,
        OptionalLong cpuMicros,
        OptionalLong processes,
        OptionalLong memoryKills,
        OptionalLong throttled) {
    /**
     * What the files of a sandbox take on the disk.
     *
     * @param bytes blocks that are really taken, not the sizes that files claim
     * @param entries files, directories and links
     */
    public record Disk(long bytes, long entries) {}
}
