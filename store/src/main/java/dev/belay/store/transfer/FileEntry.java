package dev.belay.store.transfer;

import dev.belay.api.StorageException;
import java.nio.file.Path;

/**
 * A file, a directory or a link of a data directory, as a backup remembers it.
 *
 * @param path beneath the data directory, with {@code /}
 * @param kind {@code file}, {@code directory} or {@code link}
 * @param mode as {@code rwxr-x---}; empty for a link
 * @param modified epoch microseconds
 * @param bytes its size, for a file
 * @param hash SHA-256 of the content, for a file
 * @param target of a link
 */
record FileEntry(String path, String kind, String mode, long modified, long bytes, String hash, String target) {
    static final String FILE = "file";
    static final String DIRECTORY = "directory";
    static final String LINK = "link";

    /** Where it goes beneath a directory; one that would go elsewhere is refused. */
    Path beneath(Path directory) {
        Path place = directory.resolve(path).normalize();
        if (path.isEmpty() || Path.of(path).isAbsolute() || !place.startsWith(directory) || place.equals(directory)) {
            throw new StorageException(
                    "backup_damaged", "the backup holds a file that would lie outside: " + path, null);
        }
        return place;
    }
}
