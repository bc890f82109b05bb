package dev.belay.sandbox.archive;

import dev.belay.api.LimitException;
import dev.belay.sandbox.SandboxFiles;
import dev.belay.sandbox.SandboxFiles.FileStat;
import dev.belay.sandbox.SandboxFiles.Kind;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Optional;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipException;

/**
 * Archives into and out of a sandbox, streamed. What comes in is refused at the first name that leads elsewhere, link, device or FIFO, and
 * where it exceeds its limits; what was unpacked before stays. What goes out has clean relative names, directories and regular files only.
 */
public final class Archives {
    private Archives() {}

    /**
     * What an archive held, or holds.
     *
     * @param complete false if something was left out: links, devices, what cannot be read
     */
    public record Tree(int entries, long bytes, boolean complete) {}

    /**
     * Unpacks into a directory of the sandbox, which is made if it is not there.
     *
     * @throws FileException {@code bad_archive} if the archive is damaged or refused, or as {@link SandboxFiles} says
     * @throws LimitException if it holds more than the limits allow
     * @throws IOException if {@code archive} cannot be read
     */
    public static Tree unpack(
            SandboxFiles files, String directory, ArchiveFormat format, InputStream archive, ArchiveLimits limits)
            throws IOException {
        try (SandboxFiles.TreeWriter tree = files.writeTree(directory)) {
            return unpack(tree, format, archive, limits);
        }
    }

    /** As {@link #unpack(SandboxFiles, String, ArchiveFormat, InputStream, ArchiveLimits)} into a tree that is open already. */
    public static Tree unpack(
            SandboxFiles.TreeWriter tree, ArchiveFormat format, InputStream archive, ArchiveLimits limits)
            throws IOException {
        Counted packed = new Counted(archive);
        try {
            Unpacking unpacking = new Unpacking(tree, packed, limits);
            switch (format) {
                case TAR -> unpackTar(new TarReader(new BufferedInputStream(packed)), unpacking);
                case TAR_GZ -> unpackTar(new TarReader(new BufferedInputStream(gunzip(packed))), unpacking);
                case ZIP -> unpackZip(packed, unpacking);
            }
            tree.finish();
            return new Tree(unpacking.entries, unpacking.bytes, true);
        } catch (ZipException | EOFException e) {
            throw TarReader.damaged();
        }
    }

    private static InputStream gunzip(InputStream packed) throws IOException {
        return new GZIPInputStream(packed, 1 << 16);
    }

    private static void unpackTar(TarReader tar, Unpacking unpacking) throws IOException {
        for (Optional<TarReader.Entry> next = tar.next(); next.isPresent(); next = tar.next()) {
            TarReader.Entry entry = next.get();
            unpacking.take(entry.name(), entry.directory(), entry.mode(), tar.content());
        }
    }

    private static void unpackZip(InputStream packed, Unpacking unpacking) throws IOException {
        ZipReader zip = new ZipReader(new BufferedInputStream(packed, 1 << 16));
        for (Optional<ZipReader.Entry> next = zip.next(); next.isPresent(); next = zip.next()) {
            unpacking.take(next.get().name(), next.get().directory(), ZipReader.MODE, zip.content());
        }
        zip.modes(unpacking::mode);
    }

    /**
     * Packs a directory of the sandbox, or one file.
     *
     * @throws IOException if {@code archive} cannot be written
     */
    public static Tree pack(SandboxFiles files, String path, ArchiveFormat format, OutputStream archive)
            throws IOException {
        try (SandboxFiles.TreeReader tree = files.readTree(path)) {
            return pack(tree, format, archive);
        }
    }

    /** As {@link #pack(SandboxFiles, String, ArchiveFormat, OutputStream)} for a tree that is open already. */
    public static Tree pack(SandboxFiles.TreeReader tree, ArchiveFormat format, OutputStream archive)
            throws IOException {
        return switch (format) {
            case TAR -> packTar(tree, archive);
            case TAR_GZ -> {
                GZIPOutputStream zipped = new GZIPOutputStream(archive, 1 << 16);
                Tree packed = packTar(tree, zipped);
                zipped.finish();
                yield packed;
            }
            case ZIP -> packZip(tree, archive);
        };
    }

    private static Tree packTar(SandboxFiles.TreeReader tree, OutputStream out) throws IOException {
        TarWriter tar = new TarWriter(out);
        int entries = 0;
        long bytes = 0;
        for (Optional<FileStat> next = tree.next(); next.isPresent(); next = tree.next()) {
            FileStat stat = next.get();
            String name = EntryName.out(stat.path());
            entries++;
            if (stat.kind() == Kind.DIRECTORY) {
                tar.directory(name, stat.mode(), stat.modifiedMicros());
            } else {
                bytes += stat.size();
                tar.file(name, stat.mode(), stat.size(), stat.modifiedMicros(), tree.content());
            }
        }
        tar.finish();
        return new Tree(entries, bytes, tree.complete());
    }

    private static Tree packZip(SandboxFiles.TreeReader tree, OutputStream out) throws IOException {
        ZipWriter zip = new ZipWriter(out);
        int entries = 0;
        long bytes = 0;
        for (Optional<FileStat> next = tree.next(); next.isPresent(); next = tree.next()) {
            FileStat stat = next.get();
            String name = EntryName.out(stat.path());
            entries++;
            boolean directory = stat.kind() == Kind.DIRECTORY;
            bytes += zip.entry(name, directory, stat.mode(), stat.modifiedMicros(), tree.content());
        }
        zip.finish();
        return new Tree(entries, bytes, tree.complete());
    }

    /** Hands entries on and counts them, and their real bytes. */
    private static final class Unpacking {
        private final SandboxFiles.TreeWriter tree;
        private final Counted packed;
        private final ArchiveLimits limits;
        private int entries;
        private int modes;
        private long bytes;

        Unpacking(SandboxFiles.TreeWriter tree, Counted packed, ArchiveLimits limits) {
            this.tree = tree;
            this.packed = packed;
            this.limits = limits;
        }

        void take(String name, boolean directory, int mode, InputStream content) throws IOException {
            String path = EntryName.in(name);
            if (++entries > limits.entries()) {
                throw new LimitException("the archive holds more than " + limits.entries() + " entries");
            }
            if (directory) {
                if (!path.isEmpty()) {
                    tree.directory(path);
                }
                return;
            }
            if (path.isEmpty()) {
                throw EntryName.refused(name, "no name");
            }
            tree.file(path, mode, new FilterInputStream(content) {
                @Override
                public int read(byte[] to, int offset, int length) throws IOException {
                    int n = super.read(to, offset, length);
                    count(Math.max(0, n));
                    return n;
                }

                @Override
                public void close() {
                    // The archive goes on.
                }
            });
        }

        void mode(String name, int mode) {
            if (++modes > entries) {
                throw TarReader.damaged(); // more of them than files
            }
            tree.mode(EntryName.in(name), mode);
        }

        private void count(int more) {
            bytes += more;
            if (bytes > limits.bytes()) {
                throw new LimitException("the archive holds more than " + limits.bytes() + " bytes");
            }
            if (bytes > ArchiveLimits.ANY_RATIO && bytes / limits.ratio() > packed.count) {
                throw new LimitException("the archive's files are more than " + limits.ratio()
                        + " times larger than itself; unpack it inside the sandbox if that is meant");
            }
        }
    }

    /** Counts what is read of the archive itself. */
    private static final class Counted extends FilterInputStream {
        private long count;

        Counted(InputStream in) {
            super(in);
        }

        @Override
        public int read() throws IOException {
            int b = super.read();
            count += b < 0 ? 0 : 1;
            return b;
        }

        @Override
        public int read(byte[] to, int offset, int length) throws IOException {
            int n = super.read(to, offset, length);
            count += Math.max(0, n);
            return n;
        }
    }
}
