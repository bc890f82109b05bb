package dev.belay.sandbox.archive;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.PushbackInputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.zip.ZipInputStream;

/**
 * Reads a zip as a stream: the names and sizes are those in front of each file, and the sizes are not believed. What rights the files have
 * stands in the directory behind all of them.
 */
final class ZipReader {
    /** What a file gets until its rights are known, and if it has none. */
    static final int MODE = 0644;

    /** Signature and fixed part of a directory's record; Java's reader has taken in as much of the first as a file's header has. */
    private static final int RECORD = 46;

    private static final int TAKEN_IN = 30;
    private static final int RECORD_SIGNATURE = 0x02014b50;
    private static final int END_SIGNATURE = 0x06054b50;
    private static final int LARGE_END_SIGNATURE = 0x06064b50;
    private static final int UNIX = 3;

    private final Files files;

    ZipReader(InputStream in) throws IOException {
        PushbackInputStream whole = new PushbackInputStream(in, 2);
        byte[] begin = whole.readNBytes(2);
        if (begin.length < 2 || begin[0] != 'P' || begin[1] != 'K') {
            throw TarReader.damaged();
        }
        whole.unread(begin);
        files = new Files(whole);
    }

    /** @param name as the archive has it */
    record Entry(String name, boolean directory) {}

    /** The next directory or file; empty behind the last. */
    Optional<Entry> next() throws IOException {
        try {
            return Optional.ofNullable(files.getNextEntry())
                    .map(entry -> new Entry(entry.getName(), entry.isDirectory()));
        } catch (IllegalArgumentException e) {
            throw TarReader.damaged(); // a name that is no UTF-8
        }
    }

    /** The bytes of the entry that {@link #next} returned. */
    InputStream content() {
        return files;
    }

    /** Told of files whose rights are not {@link #MODE}. */
    interface Modes {
        void mode(String name, int mode);
    }

    /** Reads the directory. Call when {@link #next} was empty. */
    void modes(Modes modes) throws IOException {
        InputStream in = files.directory();
        int signature = number(in.readNBytes(Integer.BYTES)).getInt();
        for (;
                signature == RECORD_SIGNATURE;
                signature = number(in.readNBytes(Integer.BYTES)).getInt()) {
            ByteBuffer record = number(in.readNBytes(RECORD - Integer.BYTES));
            if (record.remaining() < RECORD - Integer.BYTES) {
                throw TarReader.damaged();
            }
            int system = record.get(5 - Integer.BYTES);
            int nameSize = Short.toUnsignedInt(record.getShort(28 - Integer.BYTES));
            long more = Short.toUnsignedLong(record.getShort(30 - Integer.BYTES))
                    + Short.toUnsignedLong(record.getShort(32 - Integer.BYTES));
            int mode = (record.getInt(38 - Integer.BYTES) >>> 16) & 0777;
            byte[] name = in.readNBytes(nameSize);
            in.skipNBytes(more);
            if (system == UNIX && mode != 0 && mode != MODE && name.length > 0 && name[name.length - 1] != '/') {
                modes.mode(new String(name, StandardCharsets.UTF_8), mode);
            }
        }
        if (signature != END_SIGNATURE && signature != LARGE_END_SIGNATURE) {
            throw TarReader.damaged();
        }
    }

    private static ByteBuffer number(byte[] bytes) throws EOFException {
        if (bytes.length < Integer.BYTES) {
            throw new EOFException("the zip ends within its directory");
        }
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Java's reader of the files, with a way to what is behind them. */
    private static final class Files extends ZipInputStream {
        private final Remembering remembering;

        Files(InputStream source) {
            super(source, StandardCharsets.UTF_8);
            remembering = new Remembering(source);
            in = remembering;
        }

        InputStream directory() throws IOException {
            remembering.unreadLast();
            return remembering;
        }
    }

    /** Remembers what was read last. */
    private static final class Remembering extends PushbackInputStream {
        private final byte[] last = new byte[TAKEN_IN];
        private int size;

        Remembering(InputStream in) {
            super(in, 1024); // Java's reader gives back up to 512
        }

        @Override
        public int read(byte[] to, int offset, int length) throws IOException {
            int n = super.read(to, offset, length);
            int kept = Math.min(Math.max(n, 0), TAKEN_IN);
            int before = Math.min(size, TAKEN_IN - kept);
            System.arraycopy(last, size - before, last, 0, before);
            System.arraycopy(to, offset + Math.max(n, 0) - kept, last, before, kept);
            size = before + kept;
            return n;
        }

        void unreadLast() throws IOException {
            unread(last, 0, size);
        }
    }
}
