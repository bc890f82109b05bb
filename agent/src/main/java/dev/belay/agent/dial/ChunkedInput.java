package dev.belay.agent.dial;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;

/** The bytes of a body that comes in chunks (RFC 9112, 7.1). What follows the last chunk is not read: the connection ends there. */
final class ChunkedInput extends InputStream {
    private static final int LONGEST_LINE = 1024;

    private final InputStream in;
    private SizedInput chunk;
    private boolean first = true;
    private boolean last;

    ChunkedInput(InputStream in) {
        this.in = in;
        this.chunk = new SizedInput(in, 0);
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }

    @Override
    public int read(byte[] bytes, int from, int length) throws IOException {
        if (!last && chunk.ended()) {
            next();
        }
        return last ? -1 : chunk.read(bytes, from, length);
    }

    private void next() throws IOException {
        if (!first && !line().isEmpty()) {
            throw new IOException("a chunk of the answer is longer than it says");
        }
        first = false;
        String size = line().split(";", 2)[0].strip();
        if (!size.matches("[0-9a-fA-F]{1,15}")) {
            throw new IOException("a chunk of the answer does not say how long it is");
        }
        chunk = new SizedInput(in, Long.parseLong(size, 16));
        last = chunk.ended();
    }

    private String line() throws IOException {
        StringBuilder line = new StringBuilder();
        while (true) {
            int b = in.read();
            if (b < 0) {
                throw new EOFException("the answer was cut");
            }
            if (b == '\n') {
                return line.toString();
            }
            if (b != '\r') {
                line.append((char) b);
            }
            if (line.length() > LONGEST_LINE) {
                throw new IOException("a chunk of the answer does not say how long it is");
            }
        }
    }
}
