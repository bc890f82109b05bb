package dev.belay.sandbox.local.files;

import dev.belay.sandbox.SandboxFiles;
import dev.belay.sandbox.local.wire.FrameBuilder;
import dev.belay.sandbox.local.wire.FrameType;
import java.io.IOException;
import java.io.InputStream;

/** A tree on its way into a sandbox. */
final class LocalTreeWriter implements SandboxFiles.TreeWriter {
    private static final int FILE = 0;
    private static final int DIRECTORY = 1;
    private static final int MODE = 2;

    private final FileFrames frames;
    private boolean finished;

    LocalTreeWriter(FileFrames frames) {
        this.frames = frames;
    }

    @Override
    public void directory(String path) {
        entry(DIRECTORY, 0755, path);
    }

    @Override
    public void file(String path, int mode, InputStream content) throws IOException {
        entry(FILE, mode, path);
        frames.sendContent(content);
    }

    @Override
    public void mode(String path, int mode) {
        entry(MODE, mode, path);
    }

    private void entry(int kind, int mode, String path) {
        FrameBuilder entry = new FrameBuilder(FrameType.FILE_ENTRY).u8(kind).u32(mode);
        frames.send(FileFrames.path(entry, path).build());
    }

    @Override
    public void finish() {
        frames.sendEnd();
        frames.states();
        finished = true;
    }

    /** When it was not finished: nothing more is written when this returns. */
    @Override
    public void close() {
        if (finished) {
            frames.close();
        } else {
            frames.abandon();
        }
    }
}
