package dev.belay.sandbox.attack;

import static dev.belay.sandbox.attack.Field.refusal;
import static dev.belay.sandbox.attack.Field.shell;

import dev.belay.sandbox.Sandbox;
import dev.belay.sandbox.archive.ArchiveFormat;
import dev.belay.sandbox.archive.ArchiveLimits;
import dev.belay.sandbox.archive.Archives;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;

/** Archives that lead out, lie, or never end: section A of the catalogue. Each is made by Python on the host, which writes any name. */
final class ArchiveAttacks {
    static final Map<String, Attack> ALL = Map.ofEntries(
            Map.entry("A01", field -> name(field, "../../evil")),
            Map.entry("A02", field -> name(field, "/abs/evil")),
            Map.entry("A03", field -> name(field, "a/../../evil2")),
            Map.entry("A04", field -> name(field, "C:\\\\x")),
            Map.entry("A05", ArchiveAttacks::nul),
            Map.entry("A06", ArchiveAttacks::link),
            Map.entry("A07", field -> kinds(field, "type=tarfile.LNKTYPE, linkname='/etc/shadow'")),
            Map.entry("A08", ArchiveAttacks::devices),
            Map.entry("A09", ArchiveAttacks::setId),
            Map.entry("A10", ArchiveAttacks::bomb),
            Map.entry("A11", ArchiveAttacks::manyEntries),
            Map.entry("A12", ArchiveAttacks::nested),
            Map.entry("A13", ArchiveAttacks::sameNames),
            Map.entry("A14", ArchiveAttacks::reverse),
            Map.entry("A15", ArchiveAttacks::lies));

    private ArchiveAttacks() {}

    private static byte[] python(String code) throws IOException, InterruptedException {
        Process python = new ProcessBuilder("/usr/bin/python3", "-W", "ignore", "-c", """
            import io, struct, sys, tarfile, zipfile
            out = sys.stdout.buffer
            def entry(name, **kind):
                e = tarfile.TarInfo(name)
                for k, v in kind.items():
                    setattr(e, k, v)
                return e
            def tar(*entries):
                t = tarfile.open(fileobj=out, mode='w|')
                for e in entries:
                    t.addfile(e, io.BytesIO(b'x' * e.size))
                t.close()
            def zipped(entries, method=zipfile.ZIP_STORED):
                b = io.BytesIO()
                z = zipfile.ZipFile(b, 'w', method)
                for name, content in entries:
                    z.writestr(name, content)
                z.close()
                return b.getvalue()
            """ + code)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        byte[] written = python.getInputStream().readAllBytes();
        if (python.waitFor() != 0) {
            throw new IOException("the archive could not be made");
        }
        return written;
    }

    private static String unpack(Sandbox sandbox, ArchiveFormat format, byte[] archive, ArchiveLimits limits)
            throws IOException {
        return refusal(() -> Archives.unpack(sandbox.files(), "in", format, new ByteArrayInputStream(archive), limits))
                .replace("ESCAPED", "unpacked");
    }

    private static String unpack(Sandbox sandbox, ArchiveFormat format, byte[] archive) throws IOException {
        return unpack(sandbox, format, archive, ArchiveLimits.DEFAULT);
    }

    /** What lies anywhere but beneath the directory into which it was unpacked. */
    private static String around(Path state) throws IOException {
        Set<String> outside = new TreeSet<>();
        for (Path place : List.of(state, state.resolve("workspace"), state.resolve("tmp"))) {
            try (var files = Files.list(place)) {
                files.map(file -> file.getFileName().toString()).forEach(outside::add);
            }
        }
        outside.removeAll(Set.of("workspace", "tmp", "in", "probe"));
        return outside.isEmpty() && !Files.exists(Path.of("/abs")) ? "nothing outside" : "ESCAPED " + outside;
    }

    private static String name(Field field, String name) throws Exception {
        Path state = field.newState();
        Sandbox sandbox = field.create(state, Field.SMALL);
        byte[] zip = python("out.write(zipped([('" + name + "', 'x')]))");
        // The control: the name is really in it, and the JDK's reader hands it on as it is.
        try (ZipInputStream in = new ZipInputStream(new ByteArrayInputStream(zip))) {
            ZipEntry entry = in.getNextEntry();
            if (entry == null || !entry.getName().equals(name.replace("\\\\", "\\"))) {
                return "the archive does not hold the name";
            }
        }
        String asZip = unpack(sandbox, ArchiveFormat.ZIP, zip);
        String asTar = unpack(sandbox, ArchiveFormat.TAR, python("tar(entry('" + name + "', size=1))"));
        return asZip + " " + asTar + " " + around(state);
    }

    private static String nul(Field field) throws Exception {
        Path state = field.newState();
        Sandbox sandbox = field.create(state, Field.SMALL);
        byte[] zip = python("out.write(zipped([('nulQx', 'x')]).replace(b'nulQx', b'nul\\0x'))");
        byte[] pax = python("""
                b = io.BytesIO()
                t = tarfile.open(fileobj=b, mode='w', format=tarfile.PAX_FORMAT)
                t.addfile(entry('p', pax_headers={'path': 'nulQx'}))
                t.close()
                out.write(b.getvalue().replace(b'nulQx', b'nul\\0x'))""");
        return unpack(sandbox, ArchiveFormat.ZIP, zip) + " " + unpack(sandbox, ArchiveFormat.TAR, pax) + " "
                + around(state);
    }

    private static String link(Field field) throws Exception {
        Path state = field.newState();
        Sandbox sandbox = field.create(state, Field.SMALL);
        String made = unpack(
                sandbox,
                ArchiveFormat.TAR,
                python("tar(entry('dir', type=tarfile.SYMTYPE, linkname='/etc'), entry('dir/passwd', size=1))"));
        shell(sandbox, "mkdir -p in; ln -s /dev/shm in/there; ln -s /dev/shm/f in/f");
        String through = unpack(sandbox, ArchiveFormat.TAR, python("tar(entry('there/x', size=1))"));
        String over = unpack(sandbox, ArchiveFormat.TAR, python("tar(entry('f', size=1))"));
        String out = shell(sandbox, "ls /dev/shm");
        return made + " " + through + " " + over + (out.isEmpty() ? " " + around(state) : " ESCAPED " + out);
    }

    private static String kinds(Field field, String kind) throws Exception {
        Path state = field.newState();
        Sandbox sandbox = field.create(state, Field.SMALL);
        String code = unpack(sandbox, ArchiveFormat.TAR, python("tar(entry('e', " + kind + "))"));
        return code + " " + shell(sandbox, "ls -A in 2>/dev/null | wc -l").strip() + " made " + around(state);
    }

    private static String devices(Field field) throws Exception {
        return kinds(field, "type=tarfile.BLKTYPE, devmajor=8") + "; "
                + kinds(field, "type=tarfile.CHRTYPE, devmajor=1, devminor=1") + "; "
                + kinds(field, "type=tarfile.FIFOTYPE");
    }

    private static String setId(Field field) throws Exception {
        Path state = field.newState();
        Sandbox sandbox = field.create(state, Field.SMALL);
        unpack(sandbox, ArchiveFormat.TAR, python("tar(entry('s', size=1, mode=0o4777, uid=0, gid=0, uname='root'))"));
        int onDisk = (int) Files.getAttribute(state.resolve("workspace/in/s"), "unix:mode", LinkOption.NOFOLLOW_LINKS);
        return shell(sandbox, "stat -c '%a %U' in/s").strip() + ", on the disk "
                + Integer.toOctalString(onDisk & 07777);
    }

    private static String bomb(Field field) throws Exception {
        Sandbox sandbox = field.create(Field.SMALL);
        byte[] zip =
                python("out.write(zipped([('z%%d' %% i, bytes(%d << 20)) for i in range(4)], zipfile.ZIP_DEFLATED))"
                        .formatted(Field.size(15, 60)));
        String byRatio = unpack(sandbox, ArchiveFormat.ZIP, zip);
        String byBytes = unpack(sandbox, ArchiveFormat.ZIP, zip, new ArchiveLimits(4 << 20, 10, 100_000));
        return byRatio + " " + byBytes;
    }

    private static String manyEntries(Field field) throws Exception {
        Sandbox sandbox = field.create(Field.SMALL);
        int entries = Field.size(3_000, 1_000_000);
        byte[] tar = python("t = tarfile.open(fileobj=out, mode='w|gz')\nfor i in range(" + entries
                + "):\n  t.addfile(entry('e%d' % i))\nt.close()");
        int limit = Field.size(1_000, 20_000);
        String code = unpack(sandbox, ArchiveFormat.TAR_GZ, tar, new ArchiveLimits(1L << 30, limit, 1000));
        int made = Integer.parseInt(shell(sandbox, "ls in | wc -l").strip());
        return code + (made <= limit ? ", not more than the limit" : ", ESCAPED " + made);
    }

    /** Sizes are counted as they come: what a header claims, what overlaps and what lies in another archive counts for nothing. */
    private static String nested(Field field) throws Exception {
        Sandbox sandbox = field.create(Field.SMALL);
        byte[] inner = python("out.write(zipped([('n.zip', zipped([('z', bytes(20 << 20))], zipfile.ZIP_DEFLATED))]))");
        String nested = unpack(sandbox, ArchiveFormat.ZIP, inner);
        String kept = shell(sandbox, "ls in").strip();
        byte[] lying = python("""
                z = bytearray(zipped([('z', bytes(40 << 20))], zipfile.ZIP_DEFLATED))
                z[22:26] = struct.pack('<I', 10)
                c = z.find(b'PK\\1\\2')
                z[c + 24:c + 28] = struct.pack('<I', 10)
                out.write(z)""");
        return nested + " " + kept + ", lies: " + unpack(sandbox, ArchiveFormat.ZIP, lying);
    }

    private static String sameNames(Field field) throws Exception {
        Path state = field.newState();
        Sandbox sandbox = field.create(state, Field.SMALL);
        String code = unpack(
                sandbox,
                ArchiveFormat.ZIP,
                python("out.write(zipped([('a', '1'), ('A', '2'), ('a', '3'), ('\\u00fc', '4'), ('u\\u0308', '5')]))"));
        return code + " " + shell(sandbox, "ls in | wc -l; cat in/a").replace('\n', ' ') + around(state);
    }

    private static String reverse(Field field) throws Exception {
        Sandbox sandbox = field.create(Field.SMALL);
        sandbox.run(Field.python("""
                os.mkdir('d')
                for name in ('..\\\\..\\\\x', 'C:\\\\y', '-rf', 'new\\nline'):
                    open('d/' + name, 'w').write('x')
                os.symlink('/etc/passwd', 'd/link')
                os.symlink('/etc', 'd/dir')
                os.mkfifo('d/fifo')
                """));
        List<String> names = new ArrayList<>();
        ByteArrayOutputStream zip = new ByteArrayOutputStream();
        Archives.pack(sandbox.files(), "d", ArchiveFormat.ZIP, zip);
        try (ZipInputStream in = new ZipInputStream(new ByteArrayInputStream(zip.toByteArray()))) {
            for (ZipEntry entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
                names.add(entry.getName());
            }
        }
        ByteArrayOutputStream tar = new ByteArrayOutputStream();
        Archives.pack(sandbox.files(), "d", ArchiveFormat.TAR, tar);
        String inTar = tar.toString(StandardCharsets.ISO_8859_1);
        boolean clean = names.size() == 4
                && names.stream()
                        .noneMatch(name -> name.contains("\\")
                                || name.startsWith("/")
                                || List.of(name.split("/", -1)).contains(".."))
                && !inTar.contains("..\\")
                && !inTar.contains("/etc");
        return (clean ? "clean names, no links: " : "ESCAPED: ") + names;
    }

    private static String lies(Field field) throws Exception {
        Path state = field.newState();
        Sandbox sandbox = field.create(state, Field.SMALL);
        byte[] pax = python("""
                b = io.BytesIO()
                tarfile.open(fileobj=b, mode='w').addfile(entry('p'))
                h = bytearray(b.getvalue()[:512])
                h[156:157] = b'x'
                h[124:136] = b'%011o\\0' % (1 << 30)
                h[148:156] = b' ' * 8
                h[148:156] = b'%06o\\0 ' % sum(h)
                out.write(h + b'x' * 100000)""");
        byte[] shorter = python("""
                b = io.BytesIO()
                t = tarfile.open(fileobj=b, mode='w')
                t.addfile(entry('p', size=5000), io.BytesIO(b'x' * 5000))
                out.write(b.getvalue()[:3000])""");
        byte[] negative = python("""
                b = io.BytesIO()
                t = tarfile.open(fileobj=b, mode='w')
                t.addfile(entry('p', size=5000), io.BytesIO(b'x' * 5000))
                h = bytearray(b.getvalue())
                h[124:136] = b'\\xff' * 12
                h[148:156] = b' ' * 8
                h[148:156] = b'%06o\\0 ' % sum(h[:512])
                out.write(h)""");
        return unpack(sandbox, ArchiveFormat.TAR, pax) + " " + unpack(sandbox, ArchiveFormat.TAR, shorter) + " "
                + unpack(sandbox, ArchiveFormat.TAR, negative) + " "
                + shell(sandbox, "ls -A in | wc -l").strip() + " made " + around(state);
    }
}
