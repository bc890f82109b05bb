package dev.belay.sandbox;

/**
 * What a sandbox may use.
 *
 * @param memoryBytes of all its processes together
 * @param processes processes and threads together
 * @param cpus share of the machine's cores, for example 1.5
 * @param openFiles per process
 * @param fileBytes the size to which one file may grow
 * @param diskBytes of all its files together
 * @param exactDisk whether {@code diskBytes} cannot be exceeded at all, by a file system of that size, or is looked at now and then
 */
public record SandboxLimits(
        long memoryBytes,
        int processes,
        double cpus,
        int openFiles,
        long fileBytes,
        long diskBytes,
        boolean exactDisk) {
    public static final long DEFAULT_DISK_BYTES = 8L << 30;
    public static final SandboxLimits DEFAULT = new SandboxLimits(1L << 30, 256, 2, 4096, 1L << 30);

    /** With a soft limit for the disk. */
    public SandboxLimits(long memoryBytes, int processes, double cpus, int openFiles, long fileBytes, long diskBytes) {
        this(memoryBytes, processes, cpus, openFiles, fileBytes, diskBytes, false);
    }

    /** With the standard limit for the disk. */
    public SandboxLimits(long memoryBytes, int processes, double cpus, int openFiles, long fileBytes) {
        this(memoryBytes, processes, cpus, openFiles, fileBytes, DEFAULT_DISK_BYTES);
    }

    public SandboxLimits {
        if (memoryBytes < 16L << 20
                || processes < 8
                || !(cpus > 0)
                || openFiles < 16
                || fileBytes < 1
                || diskBytes < 1) {
            throw new IllegalArgumentException("sandbox limits too small: memory >= 16 MiB, processes >= 8, cpus > 0,"
                    + " open files >= 16, file bytes >= 1, disk bytes >= 1");
        }
    }
}
