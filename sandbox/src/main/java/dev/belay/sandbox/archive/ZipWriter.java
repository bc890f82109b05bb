package dev.belay.sandbox.archive;

import java.io.ByteArrayOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * Writes a zip whose files keep their rights: they stand in the directory behind the files, where Java's writer has no word for them.
 */
final class ZipWriter {
    private static final int RECORD = 46;
    private static final int UNIX = 3;
    private static final int DIRECTORY = 0040000;
    private static final int FILE = 0100000;

    private final Switched out;
    private final ZipOutputStream zip;
    private final List<Integer> modes = new ArrayList<>();

    ZipWriter(OutputStream target) {
        out = new Switched(target);
        zip = new ZipOutputStream(out, StandardCharsets.UTF_8);
    }

    /** Returns how many bytes the content had. */
    long entry(String name, boolean directory, int mode, long modifiedMicros, InputStream content) throws IOException {
        ZipEntry entry = new ZipEntry(directory ? name + "/" : name);
        entry.setTime(modifiedMicros / 1000);
        zip.putNextEntry(entry);
        long bytes = content.transferTo(zip);
        zip.closeEntry();
        modes.add((directory ? DIRECTORY : FILE) | (mode & 0777));
        return bytes;
    }

    void finish() throws IOException {
        ByteArrayOutputStream directory = new ByteArrayOutputStream();
        out.turnTo(directory);
        zip.finish();
        byte[] bytes = directory.toByteArray();
        ByteBuffer records = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        int at = 0;
        for (int mode : modes) {
            records.put(at + 5, (byte) UNIX);
            records.putInt(at + 38, mode << 16);
            at += RECORD + size(records, at + 28) + size(records, at + 30) + size(records, at + 32);
        }
        out.target().write(bytes);
        out.target().flush();
    }

    private static int size(ByteBuffer records, int at) {
        return Short.toUnsignedInt(records.getShort(at));
    }

    /** What comes last goes elsewhere. */
    private static final class Switched extends FilterOutputStream {
        private final OutputStream target;

        Switched(OutputStream target) {
            super(target);
            this.target = target;
        }

        OutputStream target() {
            return target;
        }

        void turnTo(OutputStream other) {
            out = other;
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            out.write(bytes, offset, length);
        }
    }
}
