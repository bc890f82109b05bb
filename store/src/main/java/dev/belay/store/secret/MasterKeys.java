package dev.belay.store.secret;

import dev.belay.api.ConfigurationException;
import dev.belay.api.StorageException;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Optional;

/**
 * Where the master key of a data directory is: in the environment, else in a file of the directory that only its owner can read and that no
 * backup holds.
 */
public final class MasterKeys {
    /** The file in the data directory; no backup may hold it. */
    public static final String FILE = "belay.master-key";

    /** The environment variable; it wins over the file. */
    public static final String VARIABLE = "BELAY_MASTER_KEY";

    private final Path file;
    private final Optional<String> given;

    public MasterKeys(Path dataDirectory, Map<String, String> environment) {
        this.file = dataDirectory.resolve(FILE);
        this.given = Optional.ofNullable(environment.get(VARIABLE)).filter(text -> !text.isBlank());
    }

    /**
     * The key; empty if there is none yet.
     *
     * @throws ConfigurationException if there is something in its place that is none, or that cannot be read
     */
    public Optional<MasterKey> find() {
        if (given.isPresent()) {
            return Optional.of(MasterKey.read(given.get(), VARIABLE));
        }
        try {
            return Optional.of(MasterKey.read(Files.readString(file), file.toString()));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw new ConfigurationException("the master key cannot be read: " + e);
        }
    }

    /** The key, made now if there is none. */
    public MasterKey findOrMake() {
        return find().orElseGet(this::make);
    }

    private MasterKey make() {
        MasterKey made = MasterKey.generate();
        try {
            // Complete before it has its name, so that a crash leaves either no key or a whole one.
            Path whole = Files.createTempFile(
                    file.getParent(),
                    FILE,
                    ".new",
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            try {
                Files.writeString(whole, made.text() + "\n");
                Files.createLink(file, whole);
            } finally {
                Files.delete(whole);
            }
            return made;
        } catch (FileAlreadyExistsException e) {
            return find().orElseThrow();
        } catch (IOException e) {
            throw new StorageException("storage_failed", "cannot write the master key to " + file + ": " + e, e);
        }
    }
}
