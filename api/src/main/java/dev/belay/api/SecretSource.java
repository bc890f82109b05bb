package dev.belay.api;

import java.util.List;

/** Where redaction learns what to look for. */
public interface SecretSource {
    /** All secrets in use now. */
    List<Secret> secrets();

    /** A number that changes whenever {@link #secrets()} does; cheap, asked at every append. */
    long version();
}
