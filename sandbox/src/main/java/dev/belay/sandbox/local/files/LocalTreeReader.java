package dev.belay.sandbox.local.files;

import dev.belay.api.SandboxException;
import dev.belay.sandbox.SandboxFiles;
import dev.belay.sandbox.SandboxFiles.FileStat;
import dev.belay.sandbox.SandboxFiles.Kind;
import dev.belay.sandbox.local.wire.Frame;
import dev.belay.sandbox.local.wire.FrameType;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Optional;

/** A tree on its way out of a sandbox. */
final class LocalTreeReader implements SandboxFiles.TreeReader {
    private final FileFrames frames;
    private InputStream content = InputStream.nullInputStream();
    private boolean ended;
    private boolean complete;

    LocalTreeReader(FileFrames frames) {
        this.frames = frames;
    }

    @Override
    public Optional<FileStat> next() {
        skipContent();
        if (ended) {
            return Optional.empty();
        }
        Frame frame = frames.next();
        if (frame.type() != FrameType.FILE_STATE) {
            ended = true;
            complete = frames.complete(frame);
            return Optional.empty();
        }
        FileStat stat = frames.state(frame);
        content = stat.kind() == Kind.FILE ? frames.content() : InputStream.nullInputStream();
        return Optional.of(stat);
    }

    private void skipContent() {
        try {
            content.transferTo(OutputStream.nullOutputStream());
        } catch (IOException e) {
            throw new SandboxException("a file could not be read", e);
        }
    }

    @Override
    public InputStream content() {
        return content;
    }

    @Override
    public boolean complete() {
        return complete;
    }

    @Override
    public void close() {
        frames.close();
    }
}
