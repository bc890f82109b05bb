package dev.belay.sandbox.archive;

import dev.belay.api.InvalidRequestException;

/** The formats in which trees go in and out. */
public enum ArchiveFormat {
    TAR("tar", "application/x-tar"),
    TAR_GZ("tar.gz", "application/gzip"),
    ZIP("zip", "application/zip");

    private final String word;
    private final String contentType;

    ArchiveFormat(String word, String contentType) {
        this.word = word;
        this.contentType = contentType;
    }

    /** The word on the wire, which is also how a file's name ends. */
    public String word() {
        return word;
    }

    public String contentType() {
        return contentType;
    }

    /** @throws InvalidRequestException naming the known ones if there is no format of that word */
    public static ArchiveFormat of(String word) {
        for (ArchiveFormat format : values()) {
            if (format.word.equals(word)) {
                return format;
            }
        }
        throw new InvalidRequestException("format", "the format must be tar, tar.gz or zip");
    }
}
