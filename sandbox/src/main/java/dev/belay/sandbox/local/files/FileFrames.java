package dev.belay.sandbox.local.files;

import dev.belay.api.FileException;
import dev.belay.api.SandboxException;
import dev.belay.sandbox.SandboxFiles.FileListing;
import dev.belay.sandbox.SandboxFiles.FileStat;
import dev.belay.sandbox.SandboxFiles.Kind;
import dev.belay.sandbox.local.wire.Frame;
import dev.belay.sandbox.local.wire.FrameBuilder;
import dev.belay.sandbox.local.wire.FrameChannel;
import dev.belay.sandbox.local.wire.FrameType;
import dev.belay.sandbox.local.wire.InitConnections;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One file operation's connection: how requests are written, and answers and contents read. Every failure is told in our own words. */
final class FileFrames implements AutoCloseable {
    private static final int MAX_PATH = 4095;
    private static final int CHUNK = 64 << 10;
    /** Above the time that the sandbox itself gives an operation which is not a stream. */
    private static final Duration LONGEST_SILENCE = Duration.ofSeconds(90);

    private static final Logger LOG = LoggerFactory.getLogger(FileFrames.class);

    private final InitConnections init;
    private final FrameChannel channel;

    private FileFrames(InitConnections init, FrameChannel channel) {
        this.init = init;
        this.channel = channel;
    }

    /** Connects and sends the request. */
    static FileFrames open(InitConnections init, FrameBuilder request) {
        try {
            FrameChannel channel = init.open(LONGEST_SILENCE);
            FileFrames frames = new FileFrames(init, channel);
            frames.send(request.build());
            return frames;
        } catch (IOException e) {
            throw lost(init, e);
        }
    }

    static FrameBuilder request(int type, String path) {
        return path(new FrameBuilder(type), path);
    }

    /** Adds a path; {@link FileException} {@code bad_path} if it cannot be one. */
    static FrameBuilder path(FrameBuilder request, String path) {
        if (path.isEmpty() || path.indexOf('\0') >= 0) {
            throw new FileException("bad_path", "the path is empty or holds a NUL");
        }
        ByteBuffer bytes;
        try {
            bytes = StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(path));
        } catch (CharacterCodingException e) {
            throw new FileException("bad_path", "the path is not valid Unicode");
        }
        if (bytes.remaining() > MAX_PATH) {
            throw new FileException("bad_path", "the path is longer than " + MAX_PATH + " bytes");
        }
        return request.text(path);
    }

    /** Sends a frame. If the sandbox has refused already, throws what it said. */
    void send(ByteBuffer frame) {
        try {
            channel.send(frame);
        } catch (IOException e) {
            refusal(e);
        }
    }

    /** Sends a file's content to its end. */
    void sendContent(InputStream content) throws IOException {
        byte[] chunk = new byte[CHUNK];
        for (int n = content.readNBytes(chunk, 0, CHUNK); n > 0; n = content.readNBytes(chunk, 0, CHUNK)) {
            ByteBuffer frame = ByteBuffer.allocate(Frame.HEADER + n);
            send(frame.putInt(n)
                    .put((byte) FrameType.FILE_DATA)
                    .put(chunk, 0, n)
                    .flip());
        }
        sendEnd();
    }

    void sendEnd() {
        send(new FrameBuilder(FrameType.FILE_DONE).build());
    }

    /** What the sandbox said before it closed its side can still be read. */
    private void refusal(IOException cause) {
        if (cause instanceof ClosedByInterruptException) {
            throw lost(init, cause);
        }
        while (true) {
            next();
        }
    }

    /** The next frame of the answer. */
    Frame next() {
        try {
            Frame frame = channel.read();
            if (frame.type() == FrameType.FILE_ERROR) {
                throw new FileException(frame.text(), frame.text());
            }
            return frame;
        } catch (IOException e) {
            throw lost(init, e);
        }
    }

    /** The states up to the end of the answer. */
    FileListing states() {
        try {
            List<FileStat> states = new ArrayList<>();
            Frame frame = next();
            for (; frame.type() == FrameType.FILE_STATE; frame = next()) {
                states.add(state(frame));
            }
            return new FileListing(states, frame.u8() == 1);
        } catch (IOException e) {
            throw lost(init, e);
        }
    }

    /** The one state that the answer consists of. */
    FileStat state() {
        List<FileStat> states = states().entries();
        if (states.size() != 1) {
            throw new SandboxException("the sandbox gave no sound answer to a file operation");
        }
        return states.getFirst();
    }

    FileStat state(Frame frame) {
        try {
            String path = frame.text();
            Kind kind = switch (frame.u8()) {
                case 0 -> Kind.FILE;
                case 1 -> Kind.DIRECTORY;
                case 2 -> Kind.LINK;
                default -> Kind.OTHER;
            };
            return new FileStat(path, kind, frame.u64(), frame.u64(), frame.u32(), frame.text());
        } catch (IOException e) {
            throw lost(init, e);
        }
    }

    /** Whether the last frame of an answer says that nothing is left out. */
    boolean complete(Frame done) {
        try {
            return done.u8() == 1;
        } catch (IOException e) {
            throw lost(init, e);
        }
    }

    /** The bytes of one file, as they come in. */
    InputStream content() {
        return new Content();
    }

    private static SandboxException lost(InitConnections init, IOException e) {
        if (e instanceof ClosedByInterruptException) {
            return new SandboxException("the file operation was interrupted", e);
        }
        String why = init.whyItEnded();
        return new SandboxException(
                "the file operation was cut off: "
                        + (why.equals(InitConnections.ENDED)
                                ? "the sandbox ended, or has no process or memory left for it"
                                : why),
                e);
    }

    /** Sends nothing more, and returns when the worker has ended: it may still have been at what was sent before. */
    void abandon() {
        try (channel) {
            channel.endSending();
            Frame last = channel.read();
            while (last.type() != FrameType.FILE_ERROR) {
                last = channel.read();
            }
        } catch (IOException e) {
            LOG.debug("an abandoned file operation has ended: {}", e.toString());
        }
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw lost(init, e);
        }
    }

    private final class Content extends InputStream {
        private byte[] chunk = new byte[0];
        private int at;
        private boolean ended;

        private boolean fill() {
            while (!ended && at == chunk.length) {
                Frame frame = next();
                at = 0;
                if (frame.type() == FrameType.FILE_DATA) {
                    chunk = frame.payload();
                } else {
                    chunk = new byte[0];
                    ended = true;
                }
            }
            return !ended;
        }

        @Override
        public int read() {
            return fill() ? Byte.toUnsignedInt(chunk[at++]) : -1;
        }

        @Override
        public int read(byte[] to, int offset, int length) {
            if (length == 0) {
                return 0;
            }
            if (!fill()) {
                return -1;
            }
            int n = Math.min(length, chunk.length - at);
            System.arraycopy(chunk, at, to, offset, n);
            at += n;
            return n;
        }
    }
}
