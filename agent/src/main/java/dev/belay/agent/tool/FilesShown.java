package dev.belay.agent.tool;

import java.util.Optional;

/**
 * How much of files the model is shown as they are: every request carries all of it, and providers refuse requests that are too large. Safe for
 * many threads.
 */
public final class FilesShown {
    private static final int MOST_FILES = 20;
    private static final long MOST_BYTES = 16_000_000;
    private static final int MOST_PAGES = 100;

    private int files;
    private long bytes;
    private int pages;

    /** Counts one more, or says which limit it is over. */
    public synchronized Optional<String> add(long newBytes, int newPages) {
        if (files + 1 > MOST_FILES) {
            return Optional.of("a session shows at most " + MOST_FILES + " images and documents");
        }
        if (bytes + newBytes > MOST_BYTES) {
            return Optional.of("a session shows images and documents of at most " + MOST_BYTES + " bytes together, and "
                    + bytes + " are shown already");
        }
        if (pages + newPages > MOST_PAGES) {
            return Optional.of("a session shows at most " + MOST_PAGES + " pages of documents, and " + pages
                    + " are shown already");
        }
        files++;
        bytes += newBytes;
        pages += newPages;
        return Optional.empty();
    }
}
