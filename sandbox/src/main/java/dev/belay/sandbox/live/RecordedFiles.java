package dev.belay.sandbox.live;

import dev.belay.api.FileException;
import dev.belay.api.event.FileEvent;
import dev.belay.sandbox.SandboxFiles;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/** A sandbox's files, where each change is an event of its stream and none takes more of the disk than is left. */
final class RecordedFiles implements SandboxFiles {
    private final SandboxFiles files;
    private final LiveSandbox live;
    private final DiskWatch disk;
    private final AuditLog audit;

    RecordedFiles(LiveSandbox live, DiskWatch disk, AuditLog audit) {
        this.files = live.sandbox().files();
        this.live = live;
        this.disk = disk;
        this.audit = audit;
    }

    @Override
    public FileContent read(String path, long maxBytes) {
        return files.read(path, maxBytes);
    }

    @Override
    public Download download(String path, long maxBytes) {
        return files.download(path, maxBytes);
    }

    @Override
    public FileStat write(String path, byte[] content) {
        requireRoom(content.length);
        return written(files.write(path, content));
    }

    @Override
    public FileStat create(String path, byte[] content) {
        requireRoom(content.length);
        return written(files.create(path, content));
    }

    @Override
    public FileStat writeIfUnchanged(String path, byte[] content, FileStat seen) {
        requireRoom(content.length);
        return written(files.writeIfUnchanged(path, content, seen));
    }

    @Override
    public FileStat upload(String path, InputStream content, long maxBytes) throws IOException {
        return written(files.upload(path, content, Math.min(maxBytes, disk.room(live))));
    }

    private void requireRoom(int bytes) {
        long room = disk.room(live);
        if (bytes > room) {
            throw new FileException(
                    "disk_full", "only " + room + " bytes are left of the sandbox's limit for the disk; remove files");
        }
    }

    private FileStat written(FileStat stat) {
        disk.touched(live);
        audit.add(new FileEvent.Written(stat.path(), stat.size()));
        return stat;
    }

    @Override
    public FileStat makeDirectory(String path) {
        FileStat made = files.makeDirectory(path);
        audit.add(new FileEvent.DirectoryMade(made.path()));
        return made;
    }

    @Override
    public FileStat move(String from, String to) {
        FileStat moved = files.move(from, to);
        audit.add(new FileEvent.Moved(from, moved.path()));
        return moved;
    }

    @Override
    public void remove(String path) {
        files.remove(path);
        disk.touched(live);
        audit.add(new FileEvent.Removed(path));
    }

    @Override
    public FileStat stat(String path) {
        return files.stat(path);
    }

    @Override
    public FileListing list(String path, int depth, int limit) {
        return files.list(path, depth, limit);
    }

    @Override
    public TreeReader readTree(String path) {
        return files.readTree(path);
    }

    @Override
    public TreeWriter writeTree(String path) {
        return new RecordedTree(files.writeTree(path), path, disk.room(live));
    }

    private final class RecordedTree implements TreeWriter {
        private final TreeWriter tree;
        private final String directory;
        private long room;
        private int entries;
        private long bytes;
        private boolean recorded;

        RecordedTree(TreeWriter tree, String directory, long room) {
            this.tree = tree;
            this.directory = directory;
            this.room = room;
        }

        @Override
        public void directory(String path) {
            tree.directory(path);
            entries++;
        }

        @Override
        public void file(String path, int mode, InputStream content) throws IOException {
            entries++;
            tree.file(path, mode, new FilterInputStream(content) {
                @Override
                public int read(byte[] to, int offset, int length) throws IOException {
                    int n = super.read(to, offset, length);
                    count(Math.max(0, n));
                    return n;
                }
            });
        }

        @Override
        public void mode(String path, int mode) {
            tree.mode(path, mode);
        }

        private void count(int more) {
            bytes += more;
            room -= more;
            if (room < 0) {
                throw new FileException(
                        "disk_full", "the files take more than is left of the sandbox's limit for the disk");
            }
        }

        @Override
        public void finish() {
            tree.finish();
            record();
        }

        /** Also what a refusal left half done is a change. */
        @Override
        public void close() {
            tree.close();
            record();
        }

        private void record() {
            if (!recorded) {
                recorded = true;
                disk.touched(live);
                audit.add(new FileEvent.Unpacked(directory, entries, bytes));
            }
        }
    }
}
