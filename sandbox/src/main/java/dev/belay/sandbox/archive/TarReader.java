package dev.belay.sandbox.archive;

import dev.belay.api.FileException;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Reads a tar: ustar, with the extensions of POSIX and GNU for long names and large files. Only directories and regular files pass; an
 * archive with anything else is refused. Knows no limit on sizes: whoever reads counts.
 */
final class TarReader {
    private static final int BLOCK = 512;
    /** Of one extension header, in bytes. */
    private static final int MAX_EXTENSION = 64 << 10;

    private final InputStream in;
    private long left;
    private int padding;

    TarReader(InputStream in) {
        this.in = in;
    }

    /** @param name as the archive has it */
    record Entry(String name, boolean directory, int mode, long size) {}

    /** The next directory or file; empty at the end. */
    Optional<Entry> next() throws IOException {
        skip(left + padding);
        left = 0;
        padding = 0;
        String longName = "";
        long longSize = -1;
        while (true) {
            byte[] header = in.readNBytes(BLOCK);
            if (header.length == 0 || isZero(header)) {
                return Optional.empty();
            }
            if (header.length < BLOCK || !checksumHolds(header)) {
                throw damaged();
            }
            char type = (char) header[156];
            long size = number(header, 124, 12);
            switch (type) {
                case 'L' -> longName = text(extension(size), 0, Integer.MAX_VALUE);
                case 'x' -> {
                    Map<String, String> extended = extended(extension(size));
                    longName = extended.getOrDefault("path", longName);
                    longSize = extended.containsKey("size") ? decimal(extended.get("size")) : longSize;
                }
                case 'g' -> extension(size);
                default -> {
                    String name = longName.isEmpty() ? name(header) : longName;
                    return Optional.of(entry(name, type, header, longSize < 0 ? size : longSize));
                }
            }
        }
    }

    private Entry entry(String name, char type, byte[] header, long size) {
        boolean directory = type == '5';
        if (!directory && type != '0' && type != '\0' && type != '7') {
            throw EntryName.refused(name, kind(type));
        }
        left = directory ? 0 : size;
        padding = (int) (-left & BLOCK - 1);
        boolean marked = !directory && name.endsWith("/");
        return new Entry(name, directory || (marked && size == 0), (int) number(header, 100, 8) & 0777, left);
    }

    private static String kind(char type) {
        return switch (type) {
            case '1', '2', 'K' -> "a link; only directories and regular files are taken";
            case '3', '4' -> "a device; only directories and regular files are taken";
            case '6' -> "a FIFO; only directories and regular files are taken";
            default -> "a type that is not known here";
        };
    }

    /** The bytes of the entry that {@link #next} returned. */
    InputStream content() {
        return new InputStream() {
            @Override
            public int read() throws IOException {
                byte[] one = new byte[1];
                return read(one, 0, 1) < 0 ? -1 : Byte.toUnsignedInt(one[0]);
            }

            @Override
            public int read(byte[] to, int offset, int length) throws IOException {
                if (left == 0) {
                    return -1;
                }
                int n = in.read(to, offset, (int) Math.min(length, left));
                if (n < 0) {
                    throw damaged();
                }
                left -= n;
                return n;
            }
        };
    }

    private byte[] extension(long size) throws IOException {
        if (size < 0 || size > MAX_EXTENSION) {
            throw new FileException("bad_archive", "the archive was refused: it has a header of " + size + " bytes");
        }
        byte[] bytes = in.readNBytes((int) size);
        if (bytes.length < size) {
            throw damaged();
        }
        skip(-size & BLOCK - 1);
        return bytes;
    }

    private void skip(long count) throws IOException {
        try {
            in.skipNBytes(count);
        } catch (EOFException e) {
            throw damaged();
        }
    }

    /** Lines of the form {@code LENGTH KEY=VALUE\n}, where the length counts the whole line. */
    private static Map<String, String> extended(byte[] bytes) {
        Map<String, String> values = new HashMap<>();
        int at = 0;
        while (at < bytes.length && bytes[at] != 0) {
            int space = at;
            while (space < bytes.length && bytes[space] != ' ') {
                space++;
            }
            long length = decimal(text(bytes, at, space - at));
            if (length <= space - at + 2 || length > bytes.length - at) {
                throw damaged();
            }
            int size = at + (int) length - space - 2;
            String line = text(bytes, space + 1, size);
            if (line.getBytes(StandardCharsets.UTF_8).length < size) {
                throw damaged(); // cut at a NUL: readers would not agree on the name
            }
            int equals = line.indexOf('=');
            if (equals < 0) {
                throw damaged();
            }
            values.put(line.substring(0, equals), line.substring(equals + 1));
            at += (int) length;
        }
        return values;
    }

    private static long decimal(String text) {
        if (!text.matches("[0-9]{1,18}")) {
            throw damaged();
        }
        return Long.parseLong(text);
    }

    private static String name(byte[] header) {
        String name = text(header, 0, 100);
        boolean ustar = text(header, 257, 6).startsWith("ustar") && header[263] == '0';
        String prefix = ustar ? text(header, 345, 155) : "";
        return prefix.isEmpty() ? name : prefix + "/" + name;
    }

    /** Up to a NUL. */
    private static String text(byte[] bytes, int from, int longest) {
        int end = from;
        while (end < bytes.length && end - from < longest && bytes[end] != 0) {
            end++;
        }
        return new String(bytes, from, end - from, StandardCharsets.UTF_8);
    }

    /** Octal digits, or, with the highest bit set, a big-endian number. */
    private static long number(byte[] header, int from, int size) {
        long value = 0;
        if ((header[from] & 0x80) != 0) {
            for (int i = size - 8; i < size; i++) {
                value = value << 8 | Byte.toUnsignedLong(header[from + i]);
            }
        } else {
            String digits = text(header, from, size).strip();
            if (!digits.matches("[0-7]*")) {
                throw damaged();
            }
            value = digits.isEmpty() ? 0 : Long.parseLong(digits, 8);
        }
        if (value < 0) {
            throw damaged();
        }
        return value;
    }

    private static boolean checksumHolds(byte[] header) {
        long sum = 0;
        for (int i = 0; i < BLOCK; i++) {
            sum += i >= 148 && i < 156 ? ' ' : Byte.toUnsignedInt(header[i]);
        }
        return sum == number(header, 148, 8);
    }

    private static boolean isZero(byte[] block) {
        for (byte b : block) {
            if (b != 0) {
                return false;
            }
        }
        return true;
    }

    static FileException damaged() {
        return new FileException("bad_archive", "the archive is damaged, cut off, or of another format than was said");
    }
}
