package dev.belay.api;

/**
 * A file operation in a sandbox was refused. The code says why: {@code file_not_found}, {@code file_outside} (the path leads out of the
 * writable tree), {@code file_exists}, {@code not_a_file}, {@code not_a_directory}, {@code file_too_large}, {@code file_denied},
 * {@code disk_full}, {@code file_changed}, {@code bad_path}.
 */
public final class FileException extends BelayException {
    private static final long serialVersionUID = 1;

    public FileException(String code, String message) {
        super(code, message);
    }
}
