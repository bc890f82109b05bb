package dev.belay.client.session;

import java.util.List;
import java.util.Optional;

/**
 * What the agent changed since the session began.
 *
 * @param directory where the paths begin
 * @param complete whether all files were compared
 */
public record Changes(String directory, boolean complete, List<File> files) {
    public Changes {
        files = List.copyOf(files);
    }

    /**
     * One file.
     *
     * @param change {@code added}, {@code modified} or {@code deleted}
     * @param size in bytes; of a deleted one before it went
     * @param diff unified; empty where one side is no text, or no copy of it is kept
     */
    public record File(String path, String change, long size, Optional<String> diff) {}
}
