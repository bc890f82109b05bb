package dev.belay.sandbox.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.belay.api.BelayException;
import dev.belay.api.IdSource;
import dev.belay.api.SandboxId;
import dev.belay.sandbox.ExecResult;
import dev.belay.sandbox.ExecSpec;
import dev.belay.sandbox.Sandbox;
import dev.belay.sandbox.SandboxLimits;
import dev.belay.sandbox.SandboxSpec;
import dev.belay.sandbox.local.LocalProvider;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.assertj.core.api.ThrowableAssert;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class ArchivesTest {
    private static LocalProvider provider;
    private static Sandbox sandbox;

    @TempDir
    static Path directory;

    @BeforeAll
    static void build() throws IOException {
        provider = new LocalProvider(directory.resolve("run"));
        sandbox = provider.create(
                new SandboxId(new IdSource(InstantSource.system(), new Random(3)).next()),
                new SandboxSpec(
                        Files.createDirectory(directory.resolve("state")),
                        List.of(),
                        new SandboxLimits(256L << 20, 64, 2, 256, 64 << 20)));
    }

    @AfterAll
    static void takeDown() {
        provider.close();
    }

    @BeforeEach
    void empty() throws InterruptedException {
        shell("cd /workspace && find . -mindepth 1 -delete; cd /tmp && find . -mindepth 1 -delete");
    }

    private static String shell(String line) throws InterruptedException {
        ExecResult result = sandbox.run(ExecSpec.shell(line));
        return result.stdout().text() + result.stderr().text();
    }

    /** What a Python program with {@code tarfile} and {@code zipfile} at hand writes to standard output. */
    private static byte[] python(String code) throws IOException, InterruptedException {
        Process python = new ProcessBuilder("/usr/bin/python3", "-c", """
            import io, sys, tarfile, zipfile
            def entry(name, **kind):
                e = tarfile.TarInfo(name)
                for k, v in kind.items():
                    setattr(e, k, v)
                return e
            """ + code)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        byte[] written = python.getInputStream().readAllBytes();
        assertThat(python.waitFor()).isZero();
        return written;
    }

    private static Archives.Tree unpack(ArchiveFormat format, byte[] archive) throws IOException {
        return unpack(format, archive, ArchiveLimits.DEFAULT);
    }

    private static Archives.Tree unpack(ArchiveFormat format, byte[] archive, ArchiveLimits limits) throws IOException {
        return Archives.unpack(sandbox.files(), "in", format, new ByteArrayInputStream(archive), limits);
    }

    private static byte[] pack(ArchiveFormat format, String path) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        Archives.pack(sandbox.files(), path, format, out);
        return out.toByteArray();
    }

    private static void assertRefused(String code, ThrowableAssert.ThrowingCallable action) {
        assertThatThrownBy(action)
                .isInstanceOfSatisfying(
                        BelayException.class,
                        e -> assertThat(e.code()).as(e.text()).isEqualTo(code));
    }

    @ParameterizedTest
    @EnumSource(ArchiveFormat.class)
    void whatGoesOutComesInAgain(ArchiveFormat format) throws Exception {
        shell("mkdir -p d/empty d/'a b'; echo one > d/x; head -c 3000000 /dev/urandom > d/'a b'/ü; : > d/none;"
                + " n=$(printf 'l%.0s' $(seq 120)); mkdir d/$n; echo deep > d/$n/$n; chmod 755 d/x; mkfifo d/p; ln"
                + " -s x d/link");

        Archives.Tree in = unpack(format, pack(format, "d"));

        assertThat(in.entries()).isEqualTo(7);
        assertThat(shell("rm d/p d/link; diff -r d in && echo same")).isEqualTo("same\n");
        assertThat(shell("stat -c %a in/x in/none")).isEqualTo("755\n644\n");
    }

    @Test
    void commonToolsReadWhatGoesOut() throws Exception {
        shell("mkdir -p d/e; echo one > d/x; n=$(printf 'l%.0s' $(seq 120)); echo deep > d/e/$n; touch d/'b\\c'");
        Path tar = Files.write(directory.resolve("out.tar.gz"), pack(ArchiveFormat.TAR_GZ, "d"));
        Path zip = Files.write(directory.resolve("out.zip"), pack(ArchiveFormat.ZIP, "d"));
        Process list = new ProcessBuilder("tar", "-tzf", tar.toString()).start();
        assertThat(list.inputReader().lines().toList())
                .contains("b_c", "e/", "e/" + "l".repeat(120), "x")
                .hasSize(4);
        assertThat(list.waitFor()).isZero();
        assertThat(python("print(sorted(zipfile.ZipFile('" + zip + "').namelist())[0])"))
                .asString()
                .isEqualTo("b_c\n");
    }

    @Test
    void whatCommonToolsWriteComesIn() throws Exception {
        byte[] tar = python("""
            t = tarfile.open(fileobj=sys.stdout.buffer, mode='w|gz', format=tarfile.GNU_FORMAT)
            t.addfile(entry('./', type=tarfile.DIRTYPE, mode=0o755))
            t.addfile(entry('./a/' + 'n' * 150, size=3, mode=0o4777), io.BytesIO(b'abc'))
            t.close()
            """);
        unpack(ArchiveFormat.TAR_GZ, tar);
        assertThat(shell("cat in/a/n*; stat -c '%a %U' in/a/n*")).isEqualTo("abc777 user\n");
    }

    @Test
    void aZipKeepsTheRightsOfItsFiles() throws Exception {
        byte[] zip = python("""
            b = io.BytesIO()
            z = zipfile.ZipFile(b, 'w', zipfile.ZIP_DEFLATED)
            for name, mode in ('a/', 0o40755), ('a/run', 0o104755), ('plain', 0o100644), ('own', 0o100600), ('none', 0):
                info = zipfile.ZipInfo(name)
                info.create_system, info.external_attr = (3 if mode else 0), mode << 16
                z.writestr(info, b'' if name == 'a/' else b'abc' * 1000)
            z.close()
            sys.stdout.buffer.write(b.getvalue())
            """);
        unpack(ArchiveFormat.ZIP, zip);
        assertThat(shell("cd in; stat -c '%n %a %s' a/run plain own none"))
                .isEqualTo("a/run 755 3000\nplain 644 3000\nown 600 3000\nnone 644 3000\n");
        assertRefused("bad_archive", () -> unpack(ArchiveFormat.ZIP, Arrays.copyOf(zip, zip.length - 100)));
    }

    @Test
    void theRightsThatAZipGivesReachNothingThroughALink() throws Exception {
        shell("mkdir -p in out; echo x > out/f; chmod 600 out/f; ln -s ../out in/d");
        byte[] zip = python("""
            b = io.BytesIO()
            z = zipfile.ZipFile(b, 'w')
            info = zipfile.ZipInfo('e_f')
            info.external_attr = 0o100777 << 16
            z.writestr(info, b'x')
            z.close()
            data = b.getvalue()
            at = data.rindex(b'e_f')
            sys.stdout.buffer.write(data[:at] + b'd/f' + data[at + 3:])
            """);
        assertRefused("file_exists", () -> unpack(ArchiveFormat.ZIP, zip));
        assertThat(shell("stat -c %a out/f")).isEqualTo("600\n");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "entry('../../evil', size=1)",
                "entry('/abs/evil', size=1)",
                "entry('a/../../evil2', size=1)",
                "entry('dir', type=tarfile.SYMTYPE, linkname='/etc')",
                "entry('hard', type=tarfile.LNKTYPE, linkname='/etc/shadow')",
                "entry('dev', type=tarfile.BLKTYPE)",
                "entry('dev', type=tarfile.CHRTYPE)",
                "entry('fifo', type=tarfile.FIFOTYPE)"
            })
    void aTarThatLeadsOutOrHoldsMoreThanFilesIsRefused(String entry) throws Exception {
        byte[] tar = python("t = tarfile.open(fileobj=sys.stdout.buffer, mode='w|')\nt.addfile(" + entry
                + ", io.BytesIO(b'x'))\nt.addfile(entry('after', size=1), io.BytesIO(b'x'))\nt.close()");
        assertRefused("bad_archive", () -> unpack(ArchiveFormat.TAR, tar));
        assertThat(shell("ls -A in; ls /workspace")).isEqualTo("in\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"../../evil", "/abs/evil", "a/../../evil2"})
    void aZipThatLeadsOutIsRefused(String name) throws Exception {
        byte[] zip = python("b = io.BytesIO()\nz = zipfile.ZipFile(b, 'w')\nz.writestr('" + name
                + "', 'x')\nz.close()\nsys.stdout.buffer.write(b.getvalue())");
        assertRefused("bad_archive", () -> unpack(ArchiveFormat.ZIP, zip));
        assertThat(shell("ls -A in; ls /workspace")).isEqualTo("in\n");
    }

    @Test
    void namesOfOtherSystemsArePlainNames() throws Exception {
        byte[] zip = python("b = io.BytesIO()\nz = zipfile.ZipFile(b, 'w')\nz.writestr('C:\\\\\\\\x', 'x')\nz.close()\n"
                + "sys.stdout.buffer.write(b.getvalue())");
        unpack(ArchiveFormat.ZIP, zip);
        assertThat(shell("ls in | wc -l")).isEqualTo("1\n");
    }

    @Test
    void aLinkThatLiesInTheWayIsNotFollowed() throws Exception {
        shell("mkdir in out; ln -s /workspace/out in/dir; ln -s /workspace/out/g in/f");
        byte[] through = python("t = tarfile.open(fileobj=sys.stdout.buffer, mode='w|')\n"
                + "t.addfile(entry('dir/x', size=1), io.BytesIO(b'x'))\n"
                + "t.close()");
        byte[] over = python("t = tarfile.open(fileobj=sys.stdout.buffer, mode='w|')\n"
                + "t.addfile(entry('f', size=1), io.BytesIO(b'x'))\n"
                + "t.close()");
        assertRefused("file_exists", () -> unpack(ArchiveFormat.TAR, through));
        unpack(ArchiveFormat.TAR, over);
        assertThat(shell("ls out; cat in/f; stat -c %F in/f")).isEqualTo("xregular file\n");
    }

    @Test
    void bombsEndAtTheirLimits() throws Exception {
        byte[] packed = python("b = io.BytesIO()\nz = zipfile.ZipFile(b, 'w', zipfile.ZIP_DEFLATED)\n"
                + "z.writestr('zeros', b'\\0' * (60 << 20))\nz.close()\nsys.stdout.buffer.write(b.getvalue())");
        assertRefused("limit_exceeded", () -> unpack(ArchiveFormat.ZIP, packed));
        assertRefused("limit_exceeded", () -> unpack(ArchiveFormat.ZIP, packed, new ArchiveLimits(1 << 20, 10, 100)));
        byte[] many = python("t = tarfile.open(fileobj=sys.stdout.buffer, mode='w|gz')\n"
                + "for i in range(2000):\n  t.addfile(entry('e%d' % i))\nt.close()");
        assertRefused(
                "limit_exceeded", () -> unpack(ArchiveFormat.TAR_GZ, many, new ArchiveLimits(1 << 30, 1000, 100)));
        assertThat(Integer.parseInt(shell("ls in | wc -l").strip())).isBetween(1, 1000);
    }

    @Test
    void whatIsDamagedIsTold() throws Exception {
        byte[] tar = python("t = tarfile.open(fileobj=sys.stdout.buffer, mode='w|')\n"
                + "t.addfile(entry('a', size=5000), io.BytesIO(b'x' * 5000))\n"
                + "t.close()");
        assertRefused("bad_archive", () -> unpack(ArchiveFormat.TAR, Arrays.copyOf(tar, 3000)));
        assertThat(shell("ls in")).as("the half of a file").isEmpty();
        byte[] lying = tar.clone();
        lying[124] = '7';
        assertRefused("bad_archive", () -> unpack(ArchiveFormat.TAR, lying));
        assertRefused("bad_archive", () -> unpack(ArchiveFormat.TAR_GZ, tar));
        assertRefused("bad_archive", () -> unpack(ArchiveFormat.ZIP, tar));
        assertRefused(
                "bad_archive",
                () -> unpack(ArchiveFormat.TAR, "no archive at all".getBytes(StandardCharsets.US_ASCII)));
        byte[] header = python("t = tarfile.open(fileobj=sys.stdout.buffer, mode='w|', format=tarfile.PAX_FORMAT)\n"
                + "t.addfile(entry('a', pax_headers={'comment': 'x' * 100000}))\nt.close()");
        assertRefused("bad_archive", () -> unpack(ArchiveFormat.TAR, header));
    }
}
