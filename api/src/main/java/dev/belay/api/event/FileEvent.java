package dev.belay.api.event;

/** What was changed in a sandbox's files from outside of it; what its programs change is theirs. Paths are those inside. */
public sealed interface FileEvent extends EventBody {
    record Written(String path, long bytes) implements FileEvent {}

    record DirectoryMade(String path) implements FileEvent {}

    record Moved(String from, String to) implements FileEvent {}

    record Removed(String path) implements FileEvent {}

    /** A tree was put beneath a directory. */
    record Unpacked(String directory, int entries, long bytes) implements FileEvent {}
}
