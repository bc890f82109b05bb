package dev.belay.sandbox.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.belay.api.FileException;
import dev.belay.sandbox.Exec;
import dev.belay.sandbox.ExecOutput;
import dev.belay.sandbox.ExecResult.Status;
import dev.belay.sandbox.ExecSpec;
import dev.belay.sandbox.SandboxFiles;
import dev.belay.sandbox.SandboxFiles.FileListing;
import dev.belay.sandbox.SandboxFiles.FileStat;
import dev.belay.sandbox.SandboxFiles.Kind;
import dev.belay.sandbox.SandboxLimits;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.Callable;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LocalFilesTest {
    private static Lab lab;
    private static LocalSandbox sandbox;
    private static SandboxFiles files;

    @BeforeAll
    static void build() {
        lab = new Lab();
        sandbox = lab.create(new SandboxLimits(256L << 20, 64, 2, 256, 8 << 20));
        files = sandbox.files();
    }

    @AfterAll
    static void takeDown() {
        lab.close();
    }

    @BeforeEach
    void empty() throws InterruptedException {
        shell("cd /workspace && find . -mindepth 1 -delete; cd /tmp && find . -mindepth 1 -delete; rm -rf /dev/shm/*");
    }

    private static String shell(String line) throws InterruptedException {
        return sandbox.run(ExecSpec.shell(line)).stdout().text();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String text(String path) {
        return new String(files.read(path, 1 << 20).bytes(), StandardCharsets.UTF_8);
    }

    private static void assertRefused(String code, ThrowingCallable action) {
        assertThatThrownBy(action)
                .isInstanceOfSatisfying(
                        FileException.class,
                        e -> assertThat(e.code()).as(e.text()).isEqualTo(code));
    }

    @Test
    void whatIsWrittenIsRead() throws InterruptedException {
        FileStat written = files.write("a/b/c.txt", bytes("hello"));
        assertThat(written.path()).isEqualTo("/workspace/a/b/c.txt");
        assertThat(written.kind()).isEqualTo(Kind.FILE);
        assertThat(written.size()).isEqualTo(5);
        assertThat(written.mode()).isEqualTo(0644);
        assertThat(text("/workspace/a/b/c.txt")).isEqualTo("hello");
        assertThat(files.stat("a/b/c.txt")).isEqualTo(written);
        assertThat(files.read("a/b/c.txt", 5).stat()).isEqualTo(written);
        assertThat(shell("stat -c '%U %a' a/b/c.txt")).isEqualTo("user 644\n");
        files.write("/tmp/x", new byte[0]);
        assertThat(shell("cat /tmp/x | wc -c")).isEqualTo("0\n");
    }

    @Test
    void aLargeFileGoesBothWays() {
        byte[] large = new byte[7 << 20];
        new java.util.Random(5).nextBytes(large);
        files.write("large", large);
        assertThat(files.read("large", large.length).bytes()).isEqualTo(large);
        assertRefused("file_too_large", () -> files.read("large", large.length - 1));
    }

    @Test
    void aFilePastTheLimitIsRefusedAndLeavesNothing() {
        assertRefused("file_too_large", () -> files.write("big", new byte[9 << 20]));
        assertThat(files.list("/workspace", 1, 10).entries()).isEmpty();
    }

    @Test
    void overwritingKeepsTheModeAndNotTheSetIdBits() throws InterruptedException {
        files.write("run.sh", bytes("#!/bin/sh\necho one\n"));
        shell("chmod 755 run.sh");
        assertThat(files.write("run.sh", bytes("#!/bin/sh\necho two\n")).mode()).isEqualTo(0755);
        assertThat(shell("./run.sh")).isEqualTo("two\n");
    }

    @Test
    void anEditFailsIfTheFileChangedSinceItWasRead() throws InterruptedException {
        files.write("f", bytes("one"));
        FileStat seen = files.stat("f");
        FileStat second = files.writeIfUnchanged("f", bytes("two"), seen);
        assertRefused("file_changed", () -> files.writeIfUnchanged("f", bytes("three"), seen));
        assertThat(files.writeIfUnchanged("f", bytes("four"), second).size()).isEqualTo(4);
        FileStat fourth = files.stat("f");
        shell("printf same > f");
        assertRefused("file_changed", () -> files.writeIfUnchanged("f", bytes("five"), fourth));
        shell("rm f");
        assertRefused("file_changed", () -> files.writeIfUnchanged("f", bytes("six"), fourth));
        assertThat(files.list("/workspace", 1, 10).entries()).isEmpty();
    }

    @Test
    void aFileIsCreatedOnlyWhereThereIsNone() throws InterruptedException {
        assertThat(files.create("d/f", bytes("one")).size()).isEqualTo(3);
        assertRefused("file_exists", () -> files.create("d/f", bytes("two")));
        assertRefused("not_a_file", () -> files.create("d", bytes("two")));
        shell("ln -s d/f link");
        assertRefused("file_exists", () -> files.create("link", bytes("two")));
        assertThat(new String(files.read("d/f", 10).bytes(), StandardCharsets.UTF_8))
                .isEqualTo("one");
        assertThat(files.list("/workspace", 2, 10).entries())
                .extracting(FileStat::path)
                .containsExactly("/workspace/d", "/workspace/d/f", "/workspace/link");
    }

    @Test
    void whatIsNotThereIsNotFound() {
        assertRefused("file_not_found", () -> files.read("nothing", 10));
        assertRefused("file_not_found", () -> files.stat("no/thing"));
        assertRefused("file_not_found", () -> files.list("nothing", 1, 10));
        assertRefused("file_not_found", () -> files.remove("nothing"));
        files.write("f", bytes("x"));
        assertRefused("not_a_directory", () -> files.read("f/g", 10));
        assertRefused("not_a_directory", () -> files.write("f/g", bytes("y")));
        assertRefused("not_a_directory", () -> files.list("f", 1, 10));
        files.write("d/f", bytes("x"));
        assertRefused("not_a_file", () -> files.read("d", 10));
        assertRefused("not_a_file", () -> files.write("d", bytes("y")));
    }

    @Test
    void pathsThatLeadOutAreRefused() throws InterruptedException {
        shell("ln -s /etc out; ln -s /etc/passwd file; ln -s ../../../../etc up; ln -s /dev/shm shm; ln -s"
                + " /proc/self/cwd magic");
        for (String path : new String[] {
            "/etc/passwd",
            "../etc/passwd",
            "out/passwd",
            "file",
            "up/passwd",
            "/proc/self/status",
            "/usr/bin/env",
            "/dev/null"
        }) {
            assertRefused("file_outside", () -> files.read(path, 100000));
        }
        assertRefused("file_denied", () -> files.read("/proc/1/exe", 100000));
        for (String path : new String[] {"/etc/x", "../x", "out/x", "up/x", "shm/x", "/dev/shm/x", "/x/y"}) {
            assertRefused("file_outside", () -> files.write(path, bytes("x")));
        }
        assertRefused("file_outside", () -> files.write("file", bytes("x")));
        assertRefused("file_outside", () -> files.list("/etc", 1, 10));
        assertRefused("file_outside", () -> files.list("out", 1, 10));
        assertRefused("file_outside", () -> files.remove("out/passwd"));
        assertRefused("file_outside", () -> files.stat("shm"));
        assertThat(shell("ls /dev/shm")).isEmpty();
    }

    @Test
    void linksThatStayInsideWork() throws InterruptedException {
        shell("mkdir d; ln -s d relative; ln -s /workspace/d absolute; ln -s d/new dangling; ln -s /tmp t");
        assertThat(files.write("relative/a", bytes("1")).path()).isEqualTo("/workspace/d/a");
        assertThat(files.write("absolute/b", bytes("2")).path()).isEqualTo("/workspace/d/b");
        assertThat(files.write("dangling", bytes("3")).path()).isEqualTo("/workspace/d/new");
        assertThat(files.write("t/c", bytes("4")).path()).isEqualTo("/tmp/c");
        assertThat(shell("cat d/a d/b d/new /tmp/c; readlink dangling")).isEqualTo("1234d/new\n");
        shell("ln -s loop loop");
        assertRefused("bad_path", () -> files.write("loop", bytes("x")));
        files.remove("relative");
        assertThat(shell("ls d | wc -l")).isEqualTo("3\n");
    }

    @Test
    void onlyRegularFilesAreReadAndWritten() throws InterruptedException {
        shell("mkfifo p; python3 -c \"import socket; socket.socket(1, 1).bind('s')\"");
        assertRefused("not_a_file", () -> files.read("p", 10));
        assertRefused("not_a_file", () -> files.write("p", bytes("x")));
        assertRefused("not_a_file", () -> files.read("s", 10));
        assertThat(files.stat("p").kind()).isEqualTo(Kind.OTHER);
        files.remove("p");
        files.remove("s");
    }

    @Test
    void anEndlessFileIsRefusedByItsSize() throws InterruptedException {
        shell("truncate -s 7M sparse");
        assertRefused("file_too_large", () -> files.read("sparse", 1 << 20));
    }

    @Test
    void pathsThatAreNoneAreRefused() {
        assertRefused("bad_path", () -> files.read("", 10));
        assertRefused("bad_path", () -> files.read("a\0b", 10));
        assertRefused("bad_path", () -> files.read("\ud800", 10));
        assertRefused("bad_path", () -> files.write("x".repeat(256), bytes("x")));
        assertRefused("bad_path", () -> files.write("x/".repeat(2100) + "y", bytes("x")));
        assertRefused("bad_path", () -> files.write("a/..", bytes("x")));
        assertRefused("bad_path", () -> files.write("x/".repeat(2043), bytes("x")));
    }

    @Test
    void strangeNamesAreKept() throws InterruptedException {
        for (String name : new String[] {"-rf", "new\nline", "\u001b[31m", "quo\"te", "ünï", "x".repeat(255), " "}) {
            files.write(name, bytes(name));
            assertThat(text(name)).isEqualTo(name);
            files.remove(name);
        }
        sandbox.run(ExecSpec.of("/usr/bin/python3", "-c", "open(b'/workspace/bad\\xff\\xfename', 'w').write('x')"));
        assertThat(files.list("/workspace", 1, 10).entries())
                .singleElement()
                .satisfies(entry -> assertThat(entry.path()).startsWith("/workspace/bad"));
    }

    @Test
    void aListIsSortedAndSaysWhenItIsCut() throws InterruptedException {
        shell("mkdir -p a/b/c a-b; touch a/x a/b/y a/b/c/z a-b/w z; ln -s /etc/passwd link; ln -s a dirlink");
        FileListing all = files.list("/workspace", 10, 100);
        assertThat(all.complete()).isTrue();
        assertThat(all.entries().stream().map(FileStat::path))
                .isSorted()
                .containsExactly(
                        "/workspace/a",
                        "/workspace/a-b",
                        "/workspace/a-b/w",
                        "/workspace/a/b",
                        "/workspace/a/b/c",
                        "/workspace/a/b/c/z",
                        "/workspace/a/b/y",
                        "/workspace/a/x",
                        "/workspace/dirlink",
                        "/workspace/link",
                        "/workspace/z");
        assertThat(files.list(".", 1, 100).entries().stream().map(FileStat::kind))
                .containsExactly(Kind.DIRECTORY, Kind.DIRECTORY, Kind.LINK, Kind.LINK, Kind.FILE);
        assertThat(files.list("a", 2, 100).entries()).hasSize(4);
        FileListing cut = files.list("/workspace", 10, 4);
        assertThat(cut.complete()).isFalse();
        assertThat(cut.entries()).isEqualTo(all.entries().subList(0, 4));
        assertThat(files.list("/workspace", 10, 11).complete()).isTrue();
    }

    @Test
    void aHugeDirectoryIsListedInPart() throws InterruptedException {
        sandbox.run(ExecSpec.of(
                "/usr/bin/python3",
                "-c",
                "import os\nfor i in range(20000): os.close(os.open(f'/tmp/{i:06}', os.O_CREAT))"));
        FileListing first = files.list("/tmp", 1, 100);
        assertThat(first.complete()).isFalse();
        assertThat(first.entries()).hasSize(100);
        assertThat(first.entries().getLast().path()).isEqualTo("/tmp/000099");
    }

    @Test
    void aTreeOfAnyDepthIsRemoved() throws InterruptedException {
        sandbox.run(ExecSpec.of("/usr/bin/python3", "-c", """
            import os
            os.mkdir('deep'); os.chdir('deep')
            for i in range(3000):
                open('f', 'w').close(); os.mkdir('d'); os.chdir('d')
            """));
        assertThat(files.list("/workspace", 20, 1000).complete()).isTrue();
        assertThat(files.list("/workspace", 1000, 10000).complete()).isFalse();
        files.remove("deep");
        files.write("a/b/c", bytes("x"));
        shell("chmod 500 a; ln -s a l");
        files.remove("l");
        assertThat(text("a/b/c")).isEqualTo("x");
        assertRefused("file_denied", () -> files.remove("/workspace"));
        assertRefused("file_denied", () -> files.remove("/tmp/"));
        shell("chmod 700 a");
        files.remove("a");
        assertThat(files.list("/workspace", 1, 10).entries()).isEmpty();
    }

    @Test
    void swappingADirectoryForALinkNeverLetsAWriteOut() throws InterruptedException {
        shell("mkdir race; mkdir /dev/shm/out; ln -s /dev/shm/out race_l");
        Exec swap = sandbox.start(ExecSpec.of("/usr/bin/python3", "-c", """
            import ctypes
            libc = ctypes.CDLL(None)
            while True:
                libc.renameat2(-100, b'/workspace/race', -100, b'/workspace/race_l', 2)
            """), ExecOutput.NONE);
        int inside = 0;
        int refused = 0;
        for (int i = 0; i < 1500; i++) {
            Callable<FileStat> write = writing("race/v" + i);
            try {
                write.call();
                inside++;
            } catch (FileException e) {
                assertThat(e.code()).isIn("file_outside", "file_not_found", "not_a_directory");
                refused++;
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        }
        swap.cancel();
        swap.await();
        assertThat(shell("find /dev/shm/out -type f | wc -l")).isEqualTo("0\n");
        assertThat(inside).as("writes that found the directory").isPositive();
        assertThat(refused).as("writes that met the link").isPositive();
    }

    @Test
    void aProgramThatStopsEverybodyElseDoesNotStopFileOperations() throws InterruptedException {
        Exec stop = sandbox.start(ExecSpec.of("/usr/bin/python3", "-c", """
            import os, signal
            open('/workspace/begun', 'w').close()
            while True:
                try:
                    os.kill(-1, signal.SIGSTOP)
                except ProcessLookupError:
                    pass
            """), ExecOutput.NONE);
        await().until(() -> files.list("/workspace", 1, 10).entries().size() == 1);
        for (int i = 0; i < 50; i++) {
            assertThat(files.write("f", bytes("x" + i)).kind()).isEqualTo(Kind.FILE);
        }
        stop.cancel();
        assertThat(stop.await().status()).isEqualTo(Status.CANCELLED);
    }

    private static Callable<FileStat> writing(String path) {
        return () -> files.write(path, bytes("x"));
    }

    @Test
    void aStreamIsWrittenAndReadPieceByPiece() throws Exception {
        long size = ("full".equals(System.getProperty("belay.suite")) ? 1024L : 6) << 20;
        try (Lab roomy = new Lab()) {
            SandboxFiles large = roomy.create(new SandboxLimits(256L << 20, 64, 2, 256, 2L << 30))
                    .files();
            FileStat written = large.upload("large", new Pattern(size), Long.MAX_VALUE);
            assertThat(written.size()).isEqualTo(size);
            try (SandboxFiles.Download download = large.download("large", Long.MAX_VALUE);
                    InputStream expected = new Pattern(size)) {
                assertThat(download.stat()).isEqualTo(written);
                byte[] a = new byte[1 << 16];
                byte[] b = new byte[1 << 16];
                long read = 0;
                for (int n = download.content().readNBytes(a, 0, a.length);
                        n > 0;
                        n = download.content().readNBytes(a, 0, a.length)) {
                    assertThat(expected.readNBytes(b, 0, n)).isEqualTo(n);
                    assertThat(Arrays.mismatch(a, 0, n, b, 0, n)).isEqualTo(-1);
                    read += n;
                }
                assertThat(read).isEqualTo(size);
            }
        }
    }

    /** Bytes that never repeat at the same place of a chunk. */
    private static final class Pattern extends InputStream {
        private final long size;
        private long at;

        Pattern(long size) {
            this.size = size;
        }

        @Override
        public int read() {
            return at == size ? -1 : (int) (at++ * 31 >> 3) & 0xff;
        }
    }

    @Test
    void anUploadThatBreaksOffOrIsTooLargeLeavesTheFileAsItWas() throws Exception {
        files.write("f", bytes("before"));
        InputStream breaking = new InputStream() {
            private int left = 200_000;

            @Override
            public int read() throws IOException {
                if (left-- <= 0) {
                    throw new IOException("the client left");
                }
                return 'x';
            }
        };
        assertThatThrownBy(() -> files.upload("f", breaking, Long.MAX_VALUE)).hasMessage("the client left");
        assertRefused("file_too_large", () -> files.upload("f", new Pattern(1 << 20), 1000));
        assertRefused("file_too_large", () -> files.upload("f", new Pattern(20 << 20), Long.MAX_VALUE));
        assertThat(text("f")).isEqualTo("before");
        await().untilAsserted(() -> assertThat(shell("ls -A")).isEqualTo("f\n"));
    }

    @Test
    void directoriesAreMadeWithTheirParents() throws InterruptedException {
        assertThat(files.makeDirectory("a/b/c").path()).isEqualTo("/workspace/a/b/c");
        assertThat(files.makeDirectory("a/b/c").kind()).isEqualTo(Kind.DIRECTORY);
        assertThat(files.makeDirectory("/tmp").kind()).isEqualTo(Kind.DIRECTORY);
        files.write("f", bytes("x"));
        assertRefused("file_exists", () -> files.makeDirectory("f"));
        assertRefused("file_outside", () -> files.makeDirectory("/usr/x"));
        shell("ln -s /usr out");
        assertRefused("file_outside", () -> files.makeDirectory("out/x"));
    }

    @Test
    void filesAndDirectoriesMoveAndNothingIsOverwritten() throws InterruptedException {
        files.write("a/f", bytes("moved"));
        files.write("g", bytes("there"));
        assertThat(files.move("a/f", "b/c/f").path()).isEqualTo("/workspace/b/c/f");
        assertThat(text("b/c/f")).isEqualTo("moved");
        assertThat(files.move("b", "d").kind()).isEqualTo(Kind.DIRECTORY);
        assertThat(text("d/c/f")).isEqualTo("moved");
        assertRefused("file_exists", () -> files.move("d/c/f", "g"));
        assertRefused("file_not_found", () -> files.move("missing", "x"));
        assertRefused("file_denied", () -> files.move("g", "/tmp/g"));
        assertRefused("file_denied", () -> files.move("/workspace", "/tmp/w"));
        assertRefused("file_outside", () -> files.move("/usr/bin/env", "x"));
        assertRefused("file_outside", () -> files.move("g", "../x"));
        shell("ln -s /etc/passwd link");
        assertThat(files.move("link", "other").kind()).as("the link itself").isEqualTo(Kind.LINK);
        assertThat(text("g")).isEqualTo("there");
    }
}
