package dev.belay.sandbox.archive;

/**
 * Where an archive that comes in ends to be taken.
 *
 * @param bytes of all files, unpacked
 * @param entries directories and files
 * @param ratio how many times larger than the archive its files may be; small archives may be packed better
 */
public record ArchiveLimits(long bytes, int entries, int ratio) {
    public static final ArchiveLimits DEFAULT = new ArchiveLimits(8L << 30, 200_000, 100);

    /** So many bytes are always allowed, however well they were packed. */
    static final long ANY_RATIO = 16 << 20;
}
