package dev.belay.sandbox.archive;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Writes a tar: ustar, with POSIX headers for names and sizes that do not fit. */
final class TarWriter {
    private static final int BLOCK = 512;
    private static final int LONGEST_NAME = 100;
    private static final long LARGEST = 1L << 33;

    private final OutputStream out;

    TarWriter(OutputStream out) {
        this.out = out;
    }

    void directory(String name, int mode, long modifiedMicros) throws IOException {
        header(name + "/", '5', mode, 0, modifiedMicros);
    }

    /** Writes exactly {@code size} bytes: a file that was cut meanwhile is filled up with zeros. */
    void file(String name, int mode, long size, long modifiedMicros, InputStream content) throws IOException {
        header(name, '0', mode, size, modifiedMicros);
        byte[] chunk = new byte[BLOCK << 7];
        long left = size;
        while (left > 0) {
            int n = content.readNBytes(chunk, 0, (int) Math.min(chunk.length, left));
            if (n == 0) {
                break;
            }
            out.write(chunk, 0, n);
            left -= n;
        }
        zeros(left + (-size & BLOCK - 1));
    }

    void finish() throws IOException {
        zeros(2 * BLOCK);
    }

    private void zeros(long count) throws IOException {
        byte[] zeros = new byte[BLOCK << 4];
        for (long left = count; left > 0; left -= zeros.length) {
            out.write(zeros, 0, (int) Math.min(zeros.length, left));
        }
    }

    private void header(String name, char type, int mode, long size, long modifiedMicros) throws IOException {
        byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
        boolean plain = bytes.length == name.length() && bytes.length <= LONGEST_NAME;
        if (!plain || size >= LARGEST) {
            byte[] extended = (line("path", name) + line("size", Long.toString(size))).getBytes(StandardCharsets.UTF_8);
            block("PaxHeader".getBytes(StandardCharsets.US_ASCII), 'x', 0644, extended.length, modifiedMicros);
            out.write(extended);
            zeros(-extended.length & BLOCK - 1);
        }
        byte[] shown = plain ? bytes : "long".getBytes(StandardCharsets.US_ASCII);
        block(shown, type, mode, size >= LARGEST ? 0 : size, modifiedMicros);
    }

    /** The length that stands in front counts itself. */
    private static String line(String key, String value) {
        int rest = (" " + key + "=" + value + "\n").getBytes(StandardCharsets.UTF_8).length;
        int length = rest + 1;
        while (Integer.toString(length).length() + rest != length) {
            length++;
        }
        return length + " " + key + "=" + value + "\n";
    }

    private void block(byte[] name, char type, int mode, long size, long modifiedMicros) throws IOException {
        byte[] header = new byte[BLOCK];
        System.arraycopy(name, 0, header, 0, name.length);
        octal(header, 100, 8, mode & 0777);
        octal(header, 108, 8, 1000);
        octal(header, 116, 8, 1000);
        octal(header, 124, 12, size);
        octal(header, 136, 12, Math.clamp(modifiedMicros / 1_000_000, 0, LARGEST - 1));
        Arrays.fill(header, 148, 156, (byte) ' ');
        header[156] = (byte) type;
        System.arraycopy("ustar\00000".getBytes(StandardCharsets.US_ASCII), 0, header, 257, 8);
        int sum = 0;
        for (byte b : header) {
            sum += Byte.toUnsignedInt(b);
        }
        octal(header, 148, 7, sum);
        out.write(header);
    }

    private static void octal(byte[] header, int from, int size, long value) {
        byte[] digits = ("%0" + (size - 1) + "o").formatted(value).getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(digits, 0, header, from, digits.length);
        header[from + size - 1] = 0;
    }
}
