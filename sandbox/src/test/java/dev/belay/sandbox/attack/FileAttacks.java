package dev.belay.sandbox.attack;

import static dev.belay.sandbox.attack.Field.refusal;
import static dev.belay.sandbox.attack.Field.shell;

import dev.belay.api.FileException;
import dev.belay.sandbox.Exec;
import dev.belay.sandbox.ExecOutput;
import dev.belay.sandbox.ExecSpec;
import dev.belay.sandbox.Sandbox;
import dev.belay.sandbox.SandboxFiles;
import dev.belay.sandbox.SandboxFiles.FileStat;
import dev.belay.sandbox.SandboxLimits;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** Uploads, downloads and lists that sandbox code tries to lead elsewhere: section H of the catalogue. */
final class FileAttacks {
    static final Map<String, Attack> ALL = Map.ofEntries(
            Map.entry("H01", FileAttacks::dotDot),
            Map.entry("H02", FileAttacks::absolute),
            Map.entry("H03", FileAttacks::directoryLink),
            Map.entry("H04", FileAttacks::fileLink),
            Map.entry("H05", FileAttacks::linkInside),
            Map.entry("H06", FileAttacks::swappedDirectory),
            Map.entry("H07", FileAttacks::magicLinks),
            Map.entry("H08", FileAttacks::fifo),
            Map.entry("H09", FileAttacks::socketAndDevice),
            Map.entry("H10", FileAttacks::hardLinks),
            Map.entry("H11", FileAttacks::endlessFile),
            Map.entry("H12", FileAttacks::growingFile),
            Map.entry("H13", FileAttacks::swappedFile),
            Map.entry("H14", FileAttacks::names),
            Map.entry("H15", FileAttacks::nul),
            Map.entry("H16", FileAttacks::longPaths),
            Map.entry("H17", FileAttacks::hugeTrees),
            Map.entry("H18", FileAttacks::runningPrograms),
            Map.entry("H19", FileAttacks::setId),
            Map.entry("H20", FileAttacks::ownership),
            Map.entry("H21", FileAttacks::fullDisk),
            Map.entry("H22", FileAttacks::linkLeftByTheLastStart));

    private static final byte[] EVIL = "evil".getBytes(StandardCharsets.UTF_8);

    private FileAttacks() {}

    /** Every way to put something at a path, each of which must be refused. */
    private static Set<String> everyWrite(Sandbox sandbox, String path) throws IOException {
        SandboxFiles files = sandbox.files();
        files.write("source", EVIL);
        Set<String> codes = new TreeSet<>();
        codes.add(refusal(() -> files.write(path, EVIL)));
        codes.add(refusal(() -> files.upload(path, new ByteArrayInputStream(EVIL), 100)));
        codes.add(refusal(() -> files.makeDirectory(path)));
        codes.add(refusal(() -> files.move("source", path)));
        codes.add(refusal(() -> {
            try (SandboxFiles.TreeWriter tree = files.writeTree(path)) {
                tree.file("f", 0644, new ByteArrayInputStream(EVIL));
                tree.finish();
            }
        }));
        return codes;
    }

    /** Every way to learn what is at a path. */
    private static Set<String> everyRead(Sandbox sandbox, String path) throws IOException {
        SandboxFiles files = sandbox.files();
        Set<String> codes = new TreeSet<>();
        codes.add(refusal(() -> files.read(path, 1 << 20)));
        codes.add(refusal(() -> files.download(path, 1 << 20).close()));
        codes.add(refusal(() -> {
            try (SandboxFiles.TreeReader tree = files.readTree(path)) {
                tree.next();
            }
        }));
        codes.add(refusal(() -> files.list(path, 1, 10)));
        return codes;
    }

    private static String dotDot(Field field) throws IOException {
        Path state = field.newState();
        Sandbox sandbox = field.create(state, Field.SMALL);
        Set<String> codes = everyWrite(sandbox, "../outside/v1");
        codes.addAll(everyWrite(sandbox, "a/../../outside/v1"));
        return codes + (Files.exists(state.resolve("outside")) ? " ESCAPED" : " nothing outside");
    }

    private static String absolute(Field field) throws IOException {
        Sandbox sandbox = field.create(Field.SMALL);
        String name = "belay-attack-" + ProcessHandle.current().pid();
        Set<String> codes = everyWrite(sandbox, "/etc/cron.d/" + name);
        codes.addAll(everyWrite(sandbox, "/usr/" + name));
        boolean there = Files.exists(Path.of("/etc/cron.d", name)) || Files.exists(Path.of("/usr", name));
        return codes + (there ? " ESCAPED" : " nothing outside");
    }

    /** A directory of the host that its user could write: what a naive server would be led to. */
    private static Path target(Field field) throws IOException {
        Path target = Files.createTempDirectory(field.directory, "target");
        Files.writeString(target.resolve("secret"), "hunter2");
        return target;
    }

    private static boolean isUntouched(Path target) throws IOException {
        try (var files = Files.list(target)) {
            return files.count() == 1
                    && Files.readString(target.resolve("secret")).equals("hunter2");
        }
    }

    private static String directoryLink(Field field) throws Exception {
        Path state = field.newState();
        Path target = target(field);
        Sandbox sandbox = field.create(state, Field.SMALL);
        shell(sandbox, "ln -s /etc etc; ln -s " + target + " link; ln -s ../../../../../.." + target + " up");
        // The control: a server that writes beneath the directory by its path is led out.
        Path led = state.resolve("workspace/link/naive");
        Files.write(led, EVIL);
        if (!Files.exists(target.resolve("naive"))) {
            return "the link leads nowhere";
        }
        Files.delete(target.resolve("naive"));
        Set<String> codes = everyWrite(sandbox, "etc/x");
        codes.addAll(everyWrite(sandbox, "link/x"));
        codes.addAll(everyWrite(sandbox, "up/x"));
        codes.addAll(everyRead(sandbox, "link/secret"));
        codes.addAll(everyRead(sandbox, "etc/passwd"));
        return codes + (isUntouched(target) ? " nothing outside" : " ESCAPED");
    }

    private static String fileLink(Field field) throws Exception {
        Path target = target(field);
        Sandbox sandbox = field.create(Field.SMALL);
        shell(sandbox, "ln -s /etc/passwd f; ln -s " + target + "/secret s");
        Set<String> codes = everyRead(sandbox, "f");
        codes.addAll(everyRead(sandbox, "s"));
        codes.add(refusal(() -> sandbox.files().write("f", EVIL)));
        codes.add(refusal(() -> sandbox.files().write("s", EVIL)));
        return codes + (isUntouched(target) ? " nothing outside" : " ESCAPED");
    }

    private static String linkInside(Field field) throws Exception {
        Sandbox sandbox = field.create(Field.SMALL);
        shell(sandbox, "mkdir d; ln -s d ok");
        return sandbox.files().write("ok/in.txt", EVIL).path() + " "
                + new String(sandbox.files().read("ok/in.txt", 10).bytes(), StandardCharsets.UTF_8);
    }

    private static Exec swapping(Sandbox sandbox, String one, String other) {
        return sandbox.start(Field.python("""
                libc = ctypes.CDLL(None)
                while True:
                    libc.renameat2(-100, b'/workspace/%s', -100, b'/workspace/%s', 2)
                """.formatted(one, other)), ExecOutput.NONE);
    }

    private static String swappedDirectory(Field field) throws Exception {
        Sandbox sandbox = field.create(Field.SMALL);
        shell(sandbox, "mkdir race /dev/shm/out; ln -s /dev/shm/out race_l");
        Exec swap = swapping(sandbox, "race", "race_l");
        int inside = 0;
        int refused = 0;
        for (int i = 0; i < Field.size(800, 40_000); i++) {
            try {
                sandbox.files().write("race/v" + i % 1000, EVIL);
                inside++;
            } catch (FileException e) {
                refused++;
            }
        }
        swap.cancel();
        swap.await();
        String out = shell(sandbox, "ls /dev/shm/out");
        return (out.isEmpty() ? "nothing outside" : "ESCAPED " + out)
                + (inside > 0 && refused > 0 ? ", both met: " : ", not both met: ")
                + inside + " inside, " + refused + " refused";
    }

    private static String magicLinks(Field field) throws Exception {
        Path target = target(field);
        Sandbox sandbox = field.create(Field.SMALL);
        shell(sandbox, "ln -s /proc/self/root m; ln -s /proc/self/cwd c; ln -s /proc/1/root i");
        Set<String> codes = new TreeSet<>();
        for (String path : List.of(
                "/proc/self/root" + target + "/x", "/proc/1/cwd/x", "/dev/fd/3", "m" + target + "/x", "i/etc/x")) {
            codes.addAll(everyWrite(sandbox, path));
        }
        codes.addAll(everyRead(sandbox, "m" + target + "/secret"));
        // The directory of whoever resolves it: a place inside, if it is taken at all.
        if (!sandbox.files().write("c/x", EVIL).path().startsWith("/workspace/")) {
            return "ESCAPED through the working directory";
        }
        codes.addAll(everyRead(sandbox, "/proc/self/environ"));
        return codes + (isUntouched(target) ? " nothing outside" : " ESCAPED");
    }

    private static String fifo(Field field) throws Exception {
        Sandbox sandbox = field.create(Field.SMALL);
        shell(sandbox, "mkfifo p");
        long begun = System.nanoTime();
        Set<String> codes = new TreeSet<>();
        codes.add(refusal(() -> sandbox.files().read("p", 10)));
        codes.add(refusal(() -> sandbox.files().download("p", 10).close()));
        codes.add(refusal(() -> sandbox.files().write("p", EVIL)));
        codes.add(refusal(() -> sandbox.files().upload("p", new ByteArrayInputStream(EVIL), 10)));
        boolean quick = System.nanoTime() - begun < Duration.ofSeconds(1).toNanos();
        return codes + (quick ? " within a second" : " slowly");
    }

    private static String socketAndDevice(Field field) throws Exception {
        Sandbox sandbox = field.create(Field.SMALL);
        sandbox.run(Field.python("socket.socket(1, 1).bind('/workspace/s')"));
        Set<String> codes = new TreeSet<>();
        codes.add(refusal(() -> sandbox.files().read("s", 10)));
        codes.add(refusal(() -> sandbox.files().write("s", EVIL)));
        return codes + " " + everyRead(sandbox, "/dev/zero");
    }

    private static String hardLinks(Field field) throws Exception {
        Path target = target(field);
        Sandbox sandbox = field.create(Field.SMALL);
        String tried = sandbox.run(Field.python("""
                        for path in ('/usr/bin/env', '/etc/passwd', '%s/secret', '/workspace/../other/f', '/proc/self/environ'):
                            attempt(lambda: os.link(path, '/workspace/x'))
                        """.formatted(target))).stdout().text();
        return tried.lines().distinct().sorted().toList() + (isUntouched(target) ? " nothing outside" : " ESCAPED");
    }

    private static String endlessFile(Field field) throws Exception {
        Sandbox sandbox = field.create(Field.SMALL);
        String huge = sandbox.run(Field.python("signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
                        + "open('/workspace/s', 'w').close()\nattempt(lambda: os.truncate('/workspace/s', 100 << 40))"))
                .stdout()
                .text();
        shell(sandbox, "truncate -s 64M s");
        Set<String> codes = new TreeSet<>();
        codes.add(refusal(() -> sandbox.files().read("s", 1 << 20)));
        codes.add(refusal(() -> sandbox.files().download("s", 1 << 20).close()));
        return huge.strip() + " " + codes;
    }

    private static String growingFile(Field field) throws Exception {
        Sandbox sandbox = field.create(Field.SMALL);
        sandbox.files().write("f", new byte[1000]);
        Exec writer = sandbox.start(
                ExecSpec.shell("while sleep 0.001; do head -c 100000 /dev/zero >> f; done"), ExecOutput.NONE);
        try {
            for (int i = 0; i < 20; i++) {
                try (SandboxFiles.Download download = sandbox.files().download("f", 64 << 20)) {
                    long told = download.stat().size();
                    long came = download.content().transferTo(java.io.OutputStream.nullOutputStream());
                    if (came != told) {
                        return "ESCAPED: " + came + " bytes instead of " + told;
                    }
                }
            }
        } finally {
            writer.cancel();
            writer.await();
        }
        return "ends at the size it had";
    }

    private static String swappedFile(Field field) throws Exception {
        Sandbox sandbox = field.create(Field.SMALL);
        shell(sandbox, "mkdir d; printf content > f");
        Exec swap = swapping(sandbox, "d", "f");
        Set<String> seen = new TreeSet<>();
        for (int i = 0; i < Field.size(300, 10_000); i++) {
            try (SandboxFiles.Download download = sandbox.files().download("f", 100)) {
                seen.add(new String(download.content().readAllBytes(), StandardCharsets.UTF_8));
            } catch (FileException e) {
                seen.add(e.code());
            }
            String code = refusal(() -> sandbox.files().write("f", "content".getBytes(StandardCharsets.UTF_8)));
            seen.add(code.replace("ESCAPED", "written"));
        }
        swap.cancel();
        swap.await();
        String left = shell(sandbox, "find . -name '.*' -mindepth 1; cat f d 2>/dev/null");
        return seen + " " + left;
    }

    private static String names(Field field) throws Exception {
        Sandbox sandbox = field.create(Field.SMALL);
        int kept = 0;
        List<String> names = List.of(
                "-rf",
                "--help",
                "new\nline",
                "carriage\rreturn",
                "\u001b[31m",
                "quo\"te",
                "x".repeat(255),
                "\u202e",
                " ");
        for (String name : names) {
            sandbox.files().write(name, EVIL);
            if (sandbox.files().list(".", 1, 10).entries().stream()
                    .map(FileStat::path)
                    .anyMatch(("/workspace/" + name)::equals)) {
                kept++;
            }
            sandbox.files().remove(name);
        }
        sandbox.run(Field.python("open(b'/workspace/bad\\xff\\xfename', 'w').write('x')"));
        int listed = sandbox.files().list(".", 1, 10).entries().size();
        return kept + " of " + names.size() + " kept, " + listed + " of no character set listed";
    }

    private static String nul(Field field) throws IOException {
        Sandbox sandbox = field.create(Field.SMALL);
        Set<String> codes = everyWrite(sandbox, "a\0b");
        codes.addAll(everyRead(sandbox, "a\0b"));
        return codes.toString();
    }

    private static String longPaths(Field field) throws IOException {
        Sandbox sandbox = field.create(Field.SMALL);
        Set<String> codes = everyWrite(sandbox, "x/".repeat(10_000) + "y");
        codes.addAll(everyWrite(sandbox, "x".repeat(4097)));
        codes.addAll(everyWrite(sandbox, "x".repeat(256)));
        return codes.toString();
    }

    private static String hugeTrees(Field field) throws Exception {
        Sandbox sandbox = field.create(Field.SMALL);
        sandbox.run(Field.python("""
                        for i in range(%d):
                            os.mknod(f'/tmp/{i:07}')
                        os.mkdir('deep')
                        os.chdir('deep')
                        for i in range(%d):
                            os.mkdir('d')
                            os.chdir('d')
                        """.formatted(Field.size(20_000, 1_000_000), Field.size(500, 5_000)))
                .withTimeout(Duration.ofMinutes(5)));
        SandboxFiles.FileListing wide = sandbox.files().list("/tmp", 1, 100);
        SandboxFiles.FileListing deep = sandbox.files().list("deep", 100, 10_000);
        System.gc();
        long used = Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
        sandbox.files().remove("deep");
        return wide.entries().size() + " of many, complete " + wide.complete() + "; "
                + deep.entries().size() + " levels; "
                + (used < 64L << 20 ? "heap small" : "heap of " + used);
    }

    private static String runningPrograms(Field field) throws IOException {
        Sandbox sandbox = field.create(Field.SMALL);
        Set<String> codes = new TreeSet<>();
        for (String path : List.of("/proc/1/exe", "/proc/self/exe", "/usr/bin/env", "/bin/sh", "/proc/self/fd/4")) {
            codes.addAll(everyWrite(sandbox, path));
        }
        return codes.toString();
    }

    private static String setId(Field field) throws Exception {
        Path state = field.newState();
        Sandbox sandbox = field.create(state, Field.SMALL);
        try (SandboxFiles.TreeWriter tree = sandbox.files().writeTree("t")) {
            tree.file("s", 06755, new ByteArrayInputStream(EVIL));
            tree.finish();
        }
        int onDisk = (int) Files.getAttribute(state.resolve("workspace/t/s"), "unix:mode", LinkOption.NOFOLLOW_LINKS);
        return "inside " + shell(sandbox, "stat -c %a t/s").strip() + ", on the disk "
                + Integer.toOctalString(onDisk & 07777);
    }

    private static String ownership(Field field) throws Exception {
        Sandbox sandbox = field.create(Field.SMALL);
        sandbox.files().write("a/b", EVIL);
        try (SandboxFiles.TreeWriter tree = sandbox.files().writeTree("t")) {
            tree.directory("d");
            tree.file("d/f", 0600, new ByteArrayInputStream(EVIL));
            tree.finish();
        }
        return shell(sandbox, "stat -c %U:%G a a/b t t/d t/d/f | sort -u; cat t/d/f");
    }

    private static InputStream zeros() {
        return new InputStream() {
            @Override
            public int read() {
                return 0;
            }
        };
    }

    private static String fullDisk(Field field) throws Exception {
        field.requireRoot(
                "an exact limit needs a server that runs as root; the soft one is tried by SandboxLifecycleTest");
        Sandbox sandbox = field.create(new SandboxLimits(256L << 20, 64, 2, 256, 1L << 30, 16 << 20, true));
        String code = refusal(() -> sandbox.files().upload("large", zeros(), 64 << 20));
        return code + ", left " + shell(sandbox, "ls -A").strip().replace("lost+found", "");
    }

    private static String linkLeftByTheLastStart(Field field) throws Exception {
        Path state = field.newState();
        Path target = target(field);
        try (Sandbox first = field.create(state, Field.SMALL)) {
            shell(first, "ln -s " + target + " d; ln -s " + target + "/secret f");
        }
        Sandbox second = field.create(state, Field.SMALL);
        Set<String> codes = everyWrite(second, "d/x");
        codes.add(refusal(() -> second.files().write("f", EVIL)));
        codes.addAll(everyRead(second, "f"));
        return codes + (isUntouched(target) ? " nothing outside" : " ESCAPED");
    }
}
