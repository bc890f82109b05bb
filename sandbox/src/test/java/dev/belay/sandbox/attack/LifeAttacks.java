package dev.belay.sandbox.attack;

import static dev.belay.sandbox.attack.Field.alive;
import static dev.belay.sandbox.attack.Field.refusal;
import static dev.belay.sandbox.attack.Field.shell;
import static org.awaitility.Awaitility.await;

import dev.belay.sandbox.Exec;
import dev.belay.sandbox.ExecOutput;
import dev.belay.sandbox.ExecResult;
import dev.belay.sandbox.ExecSpec;
import dev.belay.sandbox.Sandbox;
import dev.belay.sandbox.SandboxLimits;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;

/** Daemons, deaths and neighbours: sections L and C of the catalogue, as far as one process can try them. */
final class LifeAttacks {
    static final Map<String, Attack> ALL = Map.ofEntries(
            Map.entry("L01", LifeAttacks::daemons),
            Map.entry("L02", LifeAttacks::manyProcesses),
            Map.entry("L04", field -> deathOfParent(field, true)),
            Map.entry("L05", field -> deathOfParent(field, false)),
            Map.entry("L06", LifeAttacks::deathOfThread),
            Map.entry("L10", LifeAttacks::timeoutAndEnd),
            Map.entry("L11", LifeAttacks::zombies),
            Map.entry("C04", LifeAttacks::confusedInit),
            Map.entry("C05", LifeAttacks::options),
            Map.entry("C06", LifeAttacks::environment),
            Map.entry("C07", LifeAttacks::neighboursFiles),
            Map.entry("C08", LifeAttacks::neighboursProcesses),
            Map.entry("C11", LifeAttacks::secrets));

    private LifeAttacks() {}

    private static String daemons(Field field) throws Exception {
        Sandbox sandbox = field.create(Field.SMALL);
        ExecResult result = sandbox.run(Field.python("""
                for i in range(5):
                    if os.fork() == 0:
                        os.setsid()
                        if os.fork() == 0:
                            for number in range(1, 32):
                                try: signal.signal(number, signal.SIG_IGN)
                                except OSError: pass
                            time.sleep(1000)
                        os._exit(0)
                print('begun')
                """));
        return result.stdout().text().strip() + ", " + field.processes(sandbox).left() + " left, " + alive(sandbox);
    }

    private static String manyProcesses(Field field) throws Exception {
        field.requireHeld(
                "process_limit", "the processes of a sandbox are not bounded on this level, as the report says");
        int count = Field.size(200, 1000);
        Sandbox sandbox = field.create(new SandboxLimits(1L << 30, count + 50, 2, 256, 1 << 20));
        sandbox.start(
                Field.python("for i in range(" + count + "):\n  if os.fork() == 0: signal.pause()\nsignal.pause()"),
                ExecOutput.NONE);
        await().atMost(Duration.ofSeconds(30))
                .until(() -> field.processes(sandbox).count() > count);
        List<ProcessHandle> running = field.processes(sandbox).all();
        long begun = System.nanoTime();
        sandbox.close();
        long millis = (System.nanoTime() - begun) / 1_000_000;
        return Processes.left(running) + " left of " + count + ", " + millis + " ms";
    }

    /** Kills the helper of a provider of its own, or the sandbox's bubblewrap. */
    private static String deathOfParent(Field field, boolean helper) throws Exception {
        try (Field own = new Field(field.level, field.directory)) {
            Sandbox sandbox = own.create(Field.SMALL);
            Processes processes = own.processes(sandbox);
            Exec exec = sandbox.start(ExecSpec.shell("(setsid sleep 1000 &); sleep 1000"), ExecOutput.NONE);
            await().until(() -> processes.count() >= 5);
            List<ProcessHandle> running = processes.all();
            (helper ? processes.helper() : processes.bubblewrap()).destroyForcibly();
            String status = exec.await().status().word();
            long left = Processes.left(running);
            return status + ", " + left + " left";
        }
    }

    private static String deathOfThread(Field field) throws Exception {
        StringBuilder seen = new StringBuilder();
        for (Thread.Builder kind : List.of(Thread.ofPlatform(), Thread.ofVirtual())) {
            AtomicReference<Sandbox> made = new AtomicReference<>();
            kind.start(() -> {
                        try {
                            made.set(field.create(Field.SMALL));
                        } catch (IOException e) {
                            throw new AssertionError(e);
                        }
                    })
                    .join();
            Thread.sleep(Field.size(200, 40_000)); // as long as a carrier of virtual threads is kept
            seen.append(alive(made.get())).append(' ');
        }
        return seen.toString();
    }

    private static String timeoutAndEnd(Field field) throws Exception {
        Sandbox sandbox = field.create(Field.SMALL);
        Set<String> words = new TreeSet<>();
        for (int i = 0; i < Field.size(20, 500); i++) {
            words.add(sandbox.run(ExecSpec.of("sleep", "0.05").withTimeout(Duration.ofMillis(50 + i % 10)))
                    .status()
                    .word());
        }
        words.removeAll(Set.of("exited", "timed_out"));
        return words.isEmpty() ? "one end each, " + alive(sandbox) : "ESCAPED " + words;
    }

    private static String zombies(Field field) throws Exception {
        Sandbox sandbox = field.create(Field.SMALL);
        sandbox.run(Field.python("""
                for i in range(%d):
                    child = os.fork()
                    if child == 0:
                        if os.fork() == 0:
                            os._exit(0)
                        os._exit(0)
                    os.waitpid(child, 0)
                """.formatted(Field.size(300, 3000))));
        return shell(sandbox, "cat /proc/[0-9]*/stat | awk '$3 == \"Z\"' | wc -l")
                        .strip() + " left, " + alive(sandbox);
    }

    private static String confusedInit(Field field) throws Exception {
        Sandbox sandbox = field.create(Field.SMALL);
        // Frames as the server would send them, on every descriptor there is and to every socket that can be named.
        String tried = sandbox.run(Field.python("""
                frame = struct.pack('<IB', 0, 1) * 1000
                for descriptor in range(3, 256):
                    try:
                        os.write(descriptor, frame)
                        escaped()
                    except OSError as error:
                        if error.errno != errno.EBADF: print('LEAK', descriptor, error)
                print(len(open('/proc/net/unix').read().splitlines()) - 1, 'sockets of a name')
                """)).stdout().text();
        return tried.strip() + ", " + alive(sandbox);
    }

    private static String options(Field field) throws Exception {
        Sandbox sandbox = field.create(Field.SMALL);
        StringBuilder seen = new StringBuilder();
        for (String program : List.of("--help", "-c", "--")) {
            seen.append(sandbox.run(ExecSpec.of(program, "x")).status().word()).append(' ');
        }
        sandbox.files().write("-rf", new byte[1]);
        sandbox.files().write("--bind", new byte[1]);
        sandbox.files().move("-rf", "--ro-bind");
        seen.append(sandbox.run(ExecSpec.of("/bin/pwd").in("--bind")).status().word());
        sandbox.files().remove("--ro-bind");
        return seen + " " + shell(sandbox, "ls -A").strip();
    }

    private static ExecResult with(Sandbox sandbox, String name, String value, String... argv)
            throws InterruptedException {
        return sandbox.run(ExecSpec.of(argv).withEnv(Map.of(name, value)));
    }

    private static String environment(Field field) throws Exception {
        Sandbox sandbox = field.create(Field.SMALL);
        sandbox.files().write("evil.sh", "echo evil".getBytes(StandardCharsets.UTF_8));
        String own = with(sandbox, "BASH_ENV", "/workspace/evil.sh", "/bin/bash", "-c", "true")
                .stdout()
                .text();
        StringBuilder seen = new StringBuilder(own.strip()).append(" in the exec alone");
        for (String name : List.of("LD_PRELOAD", "LD_AUDIT", "PYTHONSTARTUP", "NODE_OPTIONS", "GCONV_PATH")) {
            with(sandbox, name, "/workspace/evil.sh", "/bin/true");
        }
        seen.append(", next: ").append(shell(sandbox, "env | grep -c evil").strip());
        for (String name : List.of("A=B", "", "A\0B")) {
            String status;
            try {
                status = with(sandbox, name, "x", "/usr/bin/env").status().word();
            } catch (IllegalArgumentException | dev.belay.api.BelayException e) {
                status = "refused";
            }
            seen.append(' ').append(status);
        }
        return seen + ", " + alive(sandbox);
    }

    private static String neighboursFiles(Field field) throws Exception {
        Path state = field.newState();
        Sandbox one = field.create(state, Field.SMALL);
        Sandbox two = field.create(Field.SMALL);
        shell(one, "echo mine > /tmp/mine; echo mine > /dev/shm/mine; echo mine > mine; ipcmk -M 4096");
        String found = shell(
                two,
                "find / -xdev -name mine 2>/dev/null; ls /dev/shm /tmp /workspace | grep mine; cat "
                        + state + "/workspace/mine 2>/dev/null; ipcs -m | tail -n +4 | grep -c 0x; grep -c " + state
                        + " /proc/*/mountinfo /proc/mounts | grep -v ':0$'");
        String codes = refusal(() -> two.files().read(state + "/workspace/mine", 100));
        return found.strip().equals("0") ? "nothing of the other, " + codes : "ESCAPED " + found;
    }

    private static String neighboursProcesses(Field field) throws Exception {
        Sandbox one = field.create(Field.SMALL);
        Sandbox two = field.create(Field.SMALL);
        Exec victim = two.start(ExecSpec.of("sleep", "1000"), ExecOutput.NONE);
        await().until(() -> field.processes(two).count() >= 4);
        StringBuilder tried = new StringBuilder();
        for (ProcessHandle process : field.processes(two).all()) {
            tried.append("attempt(lambda: os.kill(").append(process.pid()).append(", 9))\n");
            tried.append("attempt(lambda: open('/proc/").append(process.pid()).append("/environ').read())\n");
        }
        // Numbers that mean nothing here are refused; one that by chance is a process of its own would not be there
        // long enough.
        String seen = one.run(Field.python(tried.toString())).stdout().text();
        boolean lives = alive(two).equals("alive");
        victim.cancel();
        ExecResult.Status status = victim.await().status();
        return seen.lines().distinct().sorted().toList()
                + (lives && status == ExecResult.Status.CANCELLED ? " unharmed" : " ESCAPED " + status);
    }

    /** The server's environment holds a secret in these tests: see the build file of this module. */
    private static String secrets(Field field) throws Exception {
        String secret = Optional.ofNullable(System.getenv("BELAY_TEST_SECRET")).orElse("");
        if (secret.isEmpty()) {
            return "there is no secret to look for";
        }
        Sandbox sandbox = field.create(Field.SMALL);
        Exec exec = sandbox.start(ExecSpec.of("sleep", "1000"), ExecOutput.NONE);
        await().until(() -> field.processes(sandbox).count() >= 4);
        int looked = 0;
        try (Stream<ProcessHandle> all = ProcessHandle.current().descendants()) {
            for (ProcessHandle process : all.toList()) {
                Path entry = Path.of("/proc", Long.toString(process.pid()));
                for (String file : List.of("cmdline", "environ")) {
                    String text = readable(entry.resolve(file));
                    looked += text.isEmpty() ? 0 : 1;
                    if (text.contains(secret)) {
                        return "ESCAPED: in the " + file + " of "
                                + readable(entry.resolve("comm")).strip();
                    }
                }
            }
        }
        exec.cancel();
        exec.await();
        String inside = shell(
                sandbox,
                "grep -ac '[" + secret.charAt(0) + "]" + secret.substring(1)
                        + "' /proc/[0-9]*/environ /proc/[0-9]*/cmdline 2>/dev/null | grep -v ':0$'");
        return (inside.isEmpty() ? "none" : "ESCAPED " + inside) + (looked > 0 ? " found" : " could be looked at");
    }

    private static String readable(Path file) {
        try {
            return new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            return ""; // ended, or closed to this user
        }
    }
}
