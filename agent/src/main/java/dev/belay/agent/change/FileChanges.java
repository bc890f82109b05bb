package dev.belay.agent.change;

import dev.belay.agent.change.FilePicture.SeenFile;
import dev.belay.sandbox.SandboxFiles;
import dev.belay.sandbox.SandboxFiles.FileStat;
import dev.belay.sandbox.SandboxFiles.Kind;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** What became of the files beneath a directory of a sandbox since a picture was taken. Made and read while the sandbox is in use. */
public final class FileChanges {
    /** Of all diffs together, in characters. */
    private static final long DIFFS_IN_ALL = 64 << 20;

    private final FilePicture before;
    private final SeenTree now;
    private long diffs;

    private FileChanges(FilePicture before, SeenTree now) {
        this.before = before;
        this.now = now;
    }

    /** What happened to a file. */
    public enum What {
        ADDED,
        MODIFIED,
        DELETED
    }

    /**
     * One file that is not as it was.
     *
     * @param path relative to {@link #directory}
     * @param link whether it is, or was, a symbolic link
     * @param size now, or before it was deleted, in bytes
     * @param sha256 of what it holds now, where that was read; of a deleted file what it held
     * @param diff unified, lines without line breaks; empty where one side is no text or none is kept of it
     */
    public record FileChange(
            String path, What what, boolean link, long size, int mode, Optional<String> sha256, List<String> diff) {
        public FileChange {
            diff = List.copyOf(diff);
        }
    }

    /** Takes a change; may be as slow as the one it tells. */
    public interface Listener {
        void change(FileChange change) throws IOException;
    }

    /** Looks at what is there now. */
    public static FileChanges since(FilePicture before, SandboxFiles files) {
        return new FileChanges(before, SeenTree.of(files, before.directory()));
    }

    /** Beneath which files were compared, inside the sandbox. */
    public String directory() {
        return before.directory();
    }

    /** Whether all files were compared; where there are too many, what only one side shows is left out. */
    public boolean complete() {
        return before.complete() && now.complete();
    }

    /** Hands out each change once: first what was deleted, by path, then the others. */
    public void forEach(Listener listener) throws IOException {
        for (SeenFile old : before.files().values()) {
            if (!now.files().containsKey(old.path()) && now.complete()) {
                listener.change(deleted(old));
            }
        }
        Set<String> open = new HashSet<>();
        for (Map.Entry<String, FileStat> file : now.files().entrySet()) {
            SeenFile old = before.files().get(file.getKey());
            if (old == null ? before.complete() : differs(old, file.getValue())) {
                open.add(file.getKey());
            }
        }
        now.read(open::contains, (path, stat, content) -> {
            open.remove(path);
            Optional<FileChange> change = changed(path, stat, SeenContent.of(content, FilePicture.KEPT_PER_FILE));
            if (change.isPresent()) {
                listener.change(change.get());
            }
        });
        // Links, and what could not be read.
        for (String path : open.stream().sorted().toList()) {
            FileStat stat = now.stat(path);
            listener.change(new FileChange(
                    path,
                    before.files().containsKey(path) ? What.MODIFIED : What.ADDED,
                    stat.kind() == Kind.LINK,
                    stat.size(),
                    stat.mode(),
                    Optional.empty(),
                    List.of()));
        }
    }

    private static boolean differs(SeenFile old, FileStat stat) {
        return !old.version().equals(stat.version()) || old.mode() != stat.mode();
    }

    private FileChange deleted(SeenFile old) throws IOException {
        Optional<String> text = before.text(old);
        return new FileChange(
                old.path(),
                What.DELETED,
                old.link(),
                old.size(),
                old.mode(),
                old.sha256(),
                text.isPresent() ? diff(old.path(), text, Optional.empty()) : List.of());
    }

    /** Empty for a file that was touched and holds what it held. */
    private Optional<FileChange> changed(String path, FileStat stat, SeenContent content) throws IOException {
        Optional<SeenFile> old = Optional.ofNullable(before.files().get(path));
        if (old.flatMap(SeenFile::sha256).equals(Optional.of(content.sha256()))
                && old.get().mode() == stat.mode()) {
            return Optional.empty();
        }
        Optional<String> text = old.isPresent() ? before.text(old.get()) : Optional.empty();
        boolean comparable = content.text().isPresent() && (old.isEmpty() || text.isPresent());
        return Optional.of(new FileChange(
                path,
                old.isPresent() ? What.MODIFIED : What.ADDED,
                false,
                content.size(),
                stat.mode(),
                Optional.of(content.sha256()),
                comparable ? diff(path, text, content.text()) : List.of()));
    }

    private List<String> diff(String path, Optional<String> old, Optional<String> text) {
        if (diffs > DIFFS_IN_ALL) {
            return List.of();
        }
        List<String> lines = TextDiff.unified(path, old, text);
        diffs += lines.stream().mapToLong(String::length).sum();
        return lines;
    }
}
