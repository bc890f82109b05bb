package dev.belay.sandbox.attack;

import static dev.belay.sandbox.attack.Field.alive;
import static dev.belay.sandbox.attack.Field.shell;

import dev.belay.sandbox.Exec;
import dev.belay.sandbox.ExecOutput;
import dev.belay.sandbox.ExecResult;
import dev.belay.sandbox.ExecSpec;
import dev.belay.sandbox.Sandbox;
import dev.belay.sandbox.SandboxLimits;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/** Bombs, floods and programs that will not end: section R of the catalogue. A bomb is lit only where its limit is known to hold. */
final class ResourceAttacks {
    static final Map<String, Attack> ALL = Map.ofEntries(
            Map.entry("R01", ResourceAttacks::forks),
            Map.entry("R02", ResourceAttacks::forkBomb),
            Map.entry("R03", ResourceAttacks::forksWithoutCgroups),
            Map.entry("R04", ResourceAttacks::memory),
            Map.entry("R05", ResourceAttacks::memoryInOtherPlaces),
            Map.entry("R07", ResourceAttacks::spinning),
            Map.entry("R08", ResourceAttacks::disk),
            Map.entry("R09", ResourceAttacks::inodes),
            Map.entry("R12", ResourceAttacks::flood),
            Map.entry("R13", ResourceAttacks::floodWithoutReader),
            Map.entry("R16", field -> outOfTime(field, "trap '' TERM; while :; do sleep 1; done")),
            Map.entry("R17", field -> outOfTime(field, "kill -STOP $PPID; kill -STOP $$")),
            Map.entry("R19", ResourceAttacks::inputThatIsNotRead),
            Map.entry("R20", ResourceAttacks::tinyWrites),
            Map.entry("R21", ResourceAttacks::hugeArguments),
            Map.entry("R22", ResourceAttacks::kernelMemory));

    private static final String NO_PROCESS_LIMIT =
            "the processes of a sandbox are not bounded on this level, as the report says";
    private static final String NO_MEMORY_LIMIT =
            "the memory of a sandbox as a whole is not bounded on this level, as the report says";

    private ResourceAttacks() {}

    private static String forks(Field field) throws Exception {
        field.requireHeld("process_limit", NO_PROCESS_LIMIT);
        Sandbox sandbox = field.create(Field.SMALL);
        String seen = sandbox.run(Field.python("""
                        children = []
                        try:
                            while len(children) < 2000:
                                child = os.fork()
                                if child == 0:
                                    signal.pause()
                                children.append(child)
                            escaped()
                        except OSError as error:
                            refused(error.errno)
                            print('within' if len(children) <= 96 else 'LEAK', len(children))
                        """).withTimeout(Duration.ofSeconds(30)))
                .stdout()
                .text();
        return seen.replace('\n', ' ') + alive(sandbox);
    }

    private static String forksWithoutCgroups(Field field) throws Exception {
        if (field.level.equals("root")) {
            throw new NotApplicableException("there are cgroups; R03 is tried on the other levels");
        }
        return forks(field);
    }

    private static String forkBomb(Field field) throws Exception {
        field.requireHeld("process_limit", NO_PROCESS_LIMIT);
        try (Sandbox sandbox = field.create(Field.SMALL)) {
            Exec bomb = sandbox.start(ExecSpec.shell("f() { f | f & }; f; sleep 1000"), ExecOutput.NONE);
            Thread.sleep(Field.size(500, 3000));
            List<ProcessHandle> running = field.processes(sandbox).all();
            long begun = System.nanoTime();
            sandbox.close();
            long millis = (System.nanoTime() - begun) / 1_000_000;
            bomb.await();
            long left = Processes.left(running);
            return (millis < 5000 ? "destroyed quickly, " : "destroyed slowly, ") + left + " left, " + millis + " ms";
        }
    }

    private static String memory(Field field) throws Exception {
        Sandbox other = field.create(Field.SMALL);
        Sandbox sandbox = field.create(Field.SMALL);
        ExecResult result = sandbox.run(
                ExecSpec.of("/usr/bin/python3", "-c", "a = []\nfor i in range(64): a.append(bytearray(16 << 20))"));
        boolean told = result.status() == ExecResult.Status.OUT_OF_MEMORY
                || result.stderr().text().contains("MemoryError");
        return (told ? "out of memory" : "ESCAPED " + result) + ", " + alive(sandbox) + ", other " + alive(other);
    }

    private static String memoryInOtherPlaces(Field field) throws Exception {
        field.requireHeld("memory_limit", NO_MEMORY_LIMIT);
        Sandbox sandbox = field.create(new SandboxLimits(64L << 20, 64, 2, 256, 512 << 20));
        StringBuilder seen = new StringBuilder();
        seen.append(shell(sandbox, "head -c 100000000 /dev/zero > /dev/shm/f; stat -c %s /dev/shm/f; rm /dev/shm/f")
                .replaceAll("(?s).*No space left.*", "shm refused"));
        for (String way : List.of(
                "f = os.memfd_create('m')\nfor i in range(200): os.write(f, bytes(1 << 20))",
                "m = mmap.mmap(-1, 200 << 20)\nfor i in range(0, 200 << 20, 4096): m[i] = 1",
                "pairs = []\nfor i in range(100):\n  p = socket.socketpair()\n  p[0].setblocking(False)\n  pairs.append(p)\n"
                        + "  try:\n    while True: p[0].send(bytes(65536))\n  except BlockingIOError: pass\n"
                        + "a = bytearray(60 << 20)")) {
            ExecResult result = sandbox.run(Field.python(way + "\nescaped()"));
            seen.append(", ")
                    .append(result.stdout().text().strip())
                    .append(result.status().word());
        }
        return seen + ", " + alive(sandbox);
    }

    private static String spinning(Field field) throws Exception {
        field.requireHeld("cpu_limit", "the processor is not bounded on this level, as the report says");
        Sandbox sandbox = field.create(new SandboxLimits(256L << 20, 64, 0.3, 256, 1 << 20));
        String spent = sandbox.run(Field.python("""
                        readers = []
                        for i in range(4):
                            reader, writer = os.pipe()
                            if os.fork() == 0:
                                end = time.monotonic() + 1.5
                                while time.monotonic() < end: pass
                                os.write(writer, b'%d' % (time.process_time() * 1000))
                                os._exit(0)
                            os.close(writer)
                            readers.append(reader)
                        print(sum(int(os.read(reader, 20)) for reader in readers))
                        """)).stdout().text();
        long share = Long.parseLong(spent.strip()) / 15; // of 1,500 ms, in percent
        boolean held = share < 45 && sandbox.usage().throttled().orElse(0) > 0;
        return (held ? "within its share: " : "ESCAPED: ") + share + " % of a core";
    }

    private static Sandbox exact(Field field) throws Exception {
        field.requireRoot(
                "an exact limit needs a server that runs as root; the soft one is tried by SandboxLifecycleTest");
        return field.create(new SandboxLimits(256L << 20, 64, 2, 256, 1L << 30, 16 << 20, true));
    }

    private static String disk(Field field) throws Exception {
        Sandbox sandbox = exact(field);
        String refused = shell(sandbox, "head -c 64000000 /dev/zero > big");
        int kept = Integer.parseInt(shell(sandbox, "stat -c %s big").strip());
        return refused.strip() + ", " + (kept < 16 << 20 ? "within" : "ESCAPED") + ", " + alive(sandbox);
    }

    private static String inodes(Field field) throws Exception {
        Sandbox sandbox = exact(field);
        String seen = sandbox.run(Field.python("""
                        try:
                            for i in range(200000):
                                os.mknod(str(i))
                            escaped()
                        except OSError as error:
                            refused(error.errno)
                        """).withTimeout(Duration.ofMinutes(1)))
                .stdout()
                .text();
        return seen.strip() + ", " + alive(sandbox);
    }

    private static String flood(Field field) throws Exception {
        Sandbox sandbox = field.create(Field.SMALL);
        long bytes = (long) Field.size(64, 1024) << 20;
        ExecResult result = sandbox.run(
                ExecSpec.shell("head -c " + bytes + " /dev/zero | tr '\\0' x").withOutputLimit(64 << 10));
        boolean counted = result.stdout().totalBytes() == bytes;
        boolean cut = result.stdout().text().length() < 66 << 10;
        return (counted ? "counted" : "not counted") + (cut ? " and cut" : " and ESCAPED") + ", " + alive(sandbox);
    }

    private static String floodWithoutReader(Field field) throws Exception {
        Sandbox sandbox = field.create(Field.SMALL);
        Exec exec = sandbox.start(ExecSpec.of("yes"), new Output() {
            @Override
            public void stdout(byte[] bytes) {
                throw new IllegalStateException("nobody reads any more");
            }
        });
        String status = exec.await().status().word();
        return status + ", " + field.processes(sandbox).left() + " left";
    }

    private static String outOfTime(Field field, String line) throws Exception {
        Sandbox sandbox = field.create(Field.SMALL);
        ExecResult result = sandbox.run(ExecSpec.shell(line).withTimeout(Duration.ofMillis(300)));
        return result.status().word() + ", " + field.processes(sandbox).left() + " left, " + alive(sandbox);
    }

    private static String inputThatIsNotRead(Field field) throws Exception {
        Sandbox sandbox = field.create(Field.SMALL);
        ExecResult result =
                sandbox.run(ExecSpec.shell("sleep 0.2; echo ended").withStdin(new byte[Field.size(8, 64) << 20]));
        return result.stdout().text().strip() + ", " + alive(sandbox);
    }

    private static String tinyWrites(Field field) throws Exception {
        Sandbox sandbox = field.create(Field.SMALL);
        AtomicInteger pieces = new AtomicInteger();
        Exec exec = sandbox.start(Field.python("for i in range(50000): os.write(1, b'x')"), new Output() {
            @Override
            public void stdout(byte[] bytes) {
                pieces.incrementAndGet();
            }
        });
        long total = exec.await().stdout().totalBytes();
        return total + " bytes, " + (pieces.get() < 25_000 ? "merged: " : "piece by piece: ") + pieces + " pieces";
    }

    private static String hugeArguments(Field field) throws Exception {
        Sandbox sandbox = field.create(Field.SMALL);
        ExecResult arguments = sandbox.run(ExecSpec.of("/bin/echo", "x".repeat(3 << 20)));
        ExecResult environment = sandbox.run(ExecSpec.of("/bin/true").withEnv(Map.of("X", "x".repeat(3 << 20))));
        return arguments.status().word() + " " + environment.status().word() + ", " + alive(sandbox) + ": "
                + arguments.detail();
    }

    private static String kernelMemory(Field field) throws Exception {
        field.requireHeld("memory_limit", NO_MEMORY_LIMIT);
        Sandbox other = field.create(Field.SMALL);
        Sandbox sandbox = field.create(new SandboxLimits(64L << 20, 64, 2, 256, 1 << 20));
        sandbox.run(Field.python("""
                        os.mkdir('chain')
                        os.chdir('chain')
                        for i in range(%d):
                            os.mkdir('d')
                            os.chdir('d')
                        """.formatted(Field.size(2_000, 50_000))).withTimeout(Duration.ofMinutes(2)));
        String nests = sandbox.run(Field.python("""
                        import select
                        polls = []
                        try:
                            for i in range(10000):
                                e = select.epoll()
                                if polls:
                                    e.register(polls[-1].fileno())
                                polls.append(e)
                            escaped()
                        except OSError as error:
                            refused(error.errno)
                        """)).stdout().text();
        sandbox.files().remove("chain");
        return nests.strip() + ", " + alive(sandbox) + ", other " + alive(other);
    }

    /** Output of which only the first stream matters. */
    private abstract static class Output implements ExecOutput {
        @Override
        public void stderr(byte[] bytes) {}
    }
}
