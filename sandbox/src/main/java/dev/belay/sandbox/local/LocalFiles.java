package dev.belay.sandbox.local;

import dev.belay.api.FileException;
import dev.belay.api.SandboxException;
import dev.belay.sandbox.SandboxFiles;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** File operations, each done by a short-lived worker inside the sandbox on a connection of its own. */
final class LocalFiles implements SandboxFiles {
    private static final int MAX_PATH = 4095;

    private final Path socket;

    LocalFiles(Path socket) {
        this.socket = socket;
    }

    @Override
    public FileContent read(String path, long maxBytes) {
        return ask(request(FrameType.FILE_READ, path).u64(Math.max(0, maxBytes)), new byte[0], channel -> {
            FileStat stat = null;
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            for (Frame frame = next(channel); frame.type() != FrameType.FILE_DONE; frame = next(channel)) {
                if (frame.type() == FrameType.FILE_STATE) {
                    stat = state(frame);
                } else {
                    bytes.writeBytes(frame.payload());
                }
            }
            return new FileContent(bytes.toByteArray(), require(Optional.ofNullable(stat)));
        });
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
        FrameBuilder request =
                request(FrameType.FILE_WRITE, path).text(expectedVersion).u64(content.length);
        return require(states(request, content).entries().stream().findFirst());
    }

    @Override
    public FileStat stat(String path) {
        return require(states(request(FrameType.FILE_STAT, path), new byte[0]).entries().stream()
                .findFirst());
    }

    @Override
    public FileListing list(String path, int depth, int limit) {
        if (depth < 1 || limit < 1) {
            throw new IllegalArgumentException("depth and limit must be positive: " + depth + ", " + limit);
        }
        return states(request(FrameType.FILE_LIST, path).u32(depth).u32(limit), new byte[0]);
    }

    @Override
    public void remove(String path) {
        states(request(FrameType.FILE_REMOVE, path), new byte[0]);
    }

    private FileListing states(FrameBuilder request, byte[] content) {
        return ask(request, content, channel -> {
            List<FileStat> states = new ArrayList<>();
            Frame frame = next(channel);
            for (; frame.type() == FrameType.FILE_STATE; frame = next(channel)) {
                states.add(state(frame));
            }
            return new FileListing(states, frame.u8() == 1);
        });
    }

    private interface Answer<T> {
        T read(FrameChannel channel) throws IOException;
    }

    private <T> T ask(FrameBuilder request, byte[] content, Answer<T> answer) {
        try (FrameChannel channel = FrameChannel.connect(socket)) {
            try {
                channel.send(request.build());
                channel.send(ByteBuffer.wrap(content));
            } catch (IOException e) {
                // Refused before all of it was taken: the answer says why.
                return answer.read(channel);
            }
            return answer.read(channel);
        } catch (ClosedByInterruptException e) {
            throw new SandboxException("the file operation was interrupted", e);
        } catch (IOException e) {
            throw new SandboxException(
                    "the file operation was cut off: the sandbox ended, or has no process or memory left for it", e);
        }
    }

    private static Frame next(FrameChannel channel) throws IOException {
        Frame frame = channel.read();
        if (frame.type() == FrameType.FILE_ERROR) {
            throw new FileException(frame.text(), frame.text());
        }
        return frame;
    }

    private static FileStat state(Frame frame) throws IOException {
        String path = frame.text();
        Kind kind = kind(frame.u8());
        return new FileStat(path, kind, frame.u64(), frame.u64(), frame.u32(), frame.text());
    }

    private static Kind kind(int number) {
        return switch (number) {
            case 0 -> Kind.FILE;
            case 1 -> Kind.DIRECTORY;
            case 2 -> Kind.LINK;
            default -> Kind.OTHER;
        };
    }

    private static FileStat require(Optional<FileStat> state) {
        return state.orElseThrow(() -> new SandboxException("the sandbox gave no answer to a file operation"));
    }

    private static FrameBuilder request(int type, String path) {
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
        return new FrameBuilder(type).text(path);
    }
}
