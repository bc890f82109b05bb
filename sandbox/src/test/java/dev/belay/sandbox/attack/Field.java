package dev.belay.sandbox.attack;

import dev.belay.api.BelayException;
import dev.belay.api.IdSource;
import dev.belay.api.SandboxId;
import dev.belay.sandbox.ExecResult;
import dev.belay.sandbox.ExecSpec;
import dev.belay.sandbox.Isolation.Property;
import dev.belay.sandbox.Sandbox;
import dev.belay.sandbox.SandboxLimits;
import dev.belay.sandbox.SandboxSpec;
import dev.belay.sandbox.local.LocalProvider;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** What attacks are tried on: a provider, sandboxes over directories of a directory, and somebody who listens on the host. */
final class Field implements AutoCloseable {
    static final SandboxLimits SMALL = new SandboxLimits(256L << 20, 96, 2, 256, 64 << 20);
    private static final boolean FULL = "full".equals(System.getProperty("belay.suite"));

    final String level;
    final LocalProvider provider;
    final Path directory;
    private final IdSource ids = new IdSource(InstantSource.system(), new SecureRandom());
    private final ServerSocket loopback;
    private final Process abstractListener;
    private final String socket = "belay-attacks-" + UUID.randomUUID();
    private final ProcessHandle helper;
    private final Map<Sandbox, Processes> sandboxes = new HashMap<>();

    Field(String level, Path directory) throws IOException {
        this.level = level;
        this.directory = directory;
        loopback = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        ProcessBuilder listener = new ProcessBuilder(
                "/usr/bin/python3",
                "-c",
                "import socket, sys\ns = socket.socket(socket.AF_UNIX)\ns.bind('\\0' + sys.argv[1])\ns.listen()\n"
                        + "socket.socket(1, 1).connect('\\0' + sys.argv[1])\nprint('ready', flush=True)\nsys.stdin.read()",
                socket);
        listener.environment().clear();
        abstractListener = listener.start();
        if (!"ready".equals(abstractListener.inputReader().readLine())) {
            throw new IOException("nobody listens on the host's abstract socket");
        }
        provider = new LocalProvider(directory.resolve("run"));
        List<ProcessHandle> before = children(ProcessHandle.current());
        provider.cleanUp();
        helper = only(ProcessHandle.current(), before);
    }

    /** How much to do. */
    static int size(int share, int full) {
        return FULL ? full : share;
    }

    Path newState() throws IOException {
        return Files.createTempDirectory(directory, "s");
    }

    Sandbox create(SandboxLimits limits) throws IOException {
        return create(newState(), limits);
    }

    Sandbox create(Path state, SandboxLimits limits) throws IOException {
        List<ProcessHandle> before = children(helper);
        Sandbox sandbox = provider.create(new SandboxId(ids.next()), new SandboxSpec(state, List.of(), limits));
        sandboxes.put(sandbox, new Processes(helper, only(helper, before)));
        sandbox.files()
                .write("/tmp/probe/probe.py", AttackCase.resource("probe.py").getBytes(StandardCharsets.UTF_8));
        return sandbox;
    }

    private static List<ProcessHandle> children(ProcessHandle parent) {
        try (Stream<ProcessHandle> children = parent.children()) {
            return children.toList();
        }
    }

    /** The one that has come since. */
    private static ProcessHandle only(ProcessHandle parent, List<ProcessHandle> before) {
        List<ProcessHandle> now = new ArrayList<>(children(parent));
        now.removeAll(before);
        if (now.size() != 1) {
            throw new AssertionError("not one new process but " + now);
        }
        return now.getFirst();
    }

    Processes processes(Sandbox sandbox) {
        return Objects.requireNonNull(sandboxes.get(sandbox));
    }

    /** Runs a case of kind {@code py} or {@code sh}, and returns what it printed. */
    String run(Sandbox sandbox, AttackCase attack) throws InterruptedException {
        String code = attack.codeFor(loopback.getLocalPort(), socket);
        ExecSpec spec = attack.kind() == AttackCase.Kind.PY ? python(code) : ExecSpec.of("/bin/sh", "-c", code);
        return sandbox.run(spec.withTimeout(Duration.ofSeconds(60))).stdout().text();
    }

    /** A program that has imported {@code probe.py}. */
    static ExecSpec python(String code) {
        return ExecSpec.of(
                "/usr/bin/python3", "-c", "import sys; sys.path.insert(0, '/tmp/probe')\nfrom probe import *\n" + code);
    }

    /** What a shell line prints, on either stream. */
    static String shell(Sandbox sandbox, String line) throws InterruptedException {
        ExecResult result = sandbox.run(ExecSpec.shell(line));
        return result.stdout().text() + result.stderr().text();
    }

    /** Says {@code alive} if it still runs programs. */
    static String alive(Sandbox sandbox) throws InterruptedException {
        return shell(sandbox, "echo alive").strip();
    }

    /** An action of the server's that must be refused. */
    interface Action {
        void run() throws IOException;
    }

    /** The code of the refusal. */
    static String refusal(Action action) throws IOException {
        try {
            action.run();
            return "ESCAPED";
        } catch (BelayException e) {
            return e.code();
        }
    }

    /** A bomb may be lit only where its limit has been tried and holds. */
    void requireHeld(String property, String otherwise) throws NotApplicableException {
        boolean held = provider.report().isolation().properties().stream()
                .filter(each -> each.name().equals(property))
                .anyMatch(Property::held);
        if (!held) {
            throw new NotApplicableException(otherwise);
        }
    }

    void requireRoot(String otherwise) throws NotApplicableException {
        if (!level.equals("root")) {
            throw new NotApplicableException(otherwise);
        }
    }

    @Override
    public void close() throws IOException, InterruptedException {
        for (Sandbox sandbox : sandboxes.keySet()) {
            sandbox.close();
        }
        provider.close();
        loopback.close();
        abstractListener.getOutputStream().close();
        abstractListener.waitFor(5, TimeUnit.SECONDS);
        abstractListener.destroyForcibly();
    }
}
