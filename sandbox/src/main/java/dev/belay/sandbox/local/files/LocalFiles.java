package dev.belay.sandbox.local.files;

import dev.belay.api.SandboxException;
import dev.belay.sandbox.SandboxFiles;
import dev.belay.sandbox.local.wire.FrameBuilder;
import dev.belay.sandbox.local.wire.FrameType;
import dev.belay.sandbox.local.wire.InitConnections;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;

/** File operations, each done by a short-lived worker inside the sandbox on a connection of its own. */
public final class LocalFiles implements SandboxFiles {
    private final InitConnections init;

    /** @param init of the sandbox whose files they are */
    public LocalFiles(InitConnections init) {
        this.init = init;
    }

    @Override
    public FileContent read(String path, long maxBytes) {
        try (Download download = download(path, maxBytes)) {
            return new FileContent(download.content().readAllBytes(), download.stat());
        } catch (IOException e) {
            throw new SandboxException("the file could not be read", e);
        }
    }

    @Override
    public Download download(String path, long maxBytes) {
        FileFrames frames = FileFrames.open(
                init, FileFrames.request(FrameType.FILE_READ, path).u64(Math.max(0, maxBytes)));
        try {
            return new LocalDownload(frames, frames.state(frames.next()));
        } catch (RuntimeException e) {
            frames.close();
            throw e;
        }
    }

    private record LocalDownload(FileFrames frames, FileStat stat, InputStream content) implements Download {
        LocalDownload(FileFrames frames, FileStat stat) {
            this(frames, stat, frames.content());
        }

        @Override
        public void close() {
            frames.close();
        }
    }

    @Override
    public FileStat write(String path, byte[] content) {
        return write(path, content, "");
    }

    @Override
    public FileStat create(String path, byte[] content) {
        return write(path, content, "absent");
    }

    @Override
    public FileStat writeIfUnchanged(String path, byte[] content, FileStat seen) {
        return write(path, content, seen.version());
    }

    private FileStat write(String path, byte[] content, String expectedVersion) {
        try {
            return write(path, new ByteArrayInputStream(content), expectedVersion, Long.MAX_VALUE);
        } catch (IOException e) {
            throw new SandboxException("the file could not be written", e);
        }
    }

    @Override
    public FileStat upload(String path, InputStream content, long maxBytes) throws IOException {
        return write(path, content, "", Math.max(0, maxBytes));
    }

    private FileStat write(String path, InputStream content, String expectedVersion, long maxBytes) throws IOException {
        FrameBuilder request = FileFrames.request(FrameType.FILE_WRITE, path)
                .text(expectedVersion)
                .u64(maxBytes);
        try (FileFrames frames = FileFrames.open(init, request)) {
            frames.sendContent(content);
            return frames.state();
        }
    }

    @Override
    public FileStat makeDirectory(String path) {
        return one(FileFrames.request(FrameType.FILE_MAKE_DIRECTORY, path));
    }

    @Override
    public FileStat move(String from, String to) {
        return one(FileFrames.path(FileFrames.request(FrameType.FILE_MOVE, from), to));
    }

    @Override
    public FileStat stat(String path) {
        return one(FileFrames.request(FrameType.FILE_STAT, path));
    }

    private FileStat one(FrameBuilder request) {
        try (FileFrames frames = FileFrames.open(init, request)) {
            return frames.state();
        }
    }

    @Override
    public FileListing list(String path, int depth, int limit) {
        if (depth < 1 || limit < 1) {
            throw new IllegalArgumentException("depth and limit must be positive: " + depth + ", " + limit);
        }
        FrameBuilder request =
                FileFrames.request(FrameType.FILE_LIST, path).u32(depth).u32(limit);
        try (FileFrames frames = FileFrames.open(init, request)) {
            return frames.states();
        }
    }

    @Override
    public void remove(String path) {
        try (FileFrames frames = FileFrames.open(init, FileFrames.request(FrameType.FILE_REMOVE, path))) {
            frames.states();
        }
    }

    @Override
    public TreeReader readTree(String path) {
        return new LocalTreeReader(FileFrames.open(init, FileFrames.request(FrameType.FILE_PACK, path)));
    }

    @Override
    public TreeWriter writeTree(String path) {
        return new LocalTreeWriter(FileFrames.open(init, FileFrames.request(FrameType.FILE_UNPACK, path)));
    }
}
