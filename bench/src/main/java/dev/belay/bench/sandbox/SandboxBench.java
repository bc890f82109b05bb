package dev.belay.bench.sandbox;

import dev.belay.api.IdSource;
import dev.belay.api.JsonText;
import dev.belay.api.SandboxId;
import dev.belay.sandbox.Exec;
import dev.belay.sandbox.ExecOutput;
import dev.belay.sandbox.ExecResult;
import dev.belay.sandbox.ExecSpec;
import dev.belay.sandbox.Interpreter;
import dev.belay.sandbox.Interpreter.Cell;
import dev.belay.sandbox.Language;
import dev.belay.sandbox.Sandbox;
import dev.belay.sandbox.SandboxLimits;
import dev.belay.sandbox.SandboxSpec;
import dev.belay.sandbox.local.LocalProvider;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

/** Execs, code and calls of tools in a sandbox that is there already, each beside its floor. */
public final class SandboxBench {
    private static final String USAGE =
            "usage: belay bench sandbox [--rounds N]    N: how often each is measured (default 500)";
    private static final int DEFAULT_ROUNDS = 500;
    private static final Duration LONG = Duration.ofMinutes(10);

    private final Sandbox sandbox;
    private final Path directory;
    private final int rounds;
    private final PrintStream out;

    private SandboxBench(Sandbox sandbox, Path directory, int rounds, PrintStream out) {
        this.sandbox = sandbox;
        this.directory = directory;
        this.rounds = rounds;
        this.out = out;
    }

    /** Measures and prints; 0 if every goal was reached, 1 if one was missed, 2 for wrong arguments. */
    public static int run(List<String> args, PrintStream out) {
        int rounds = DEFAULT_ROUNDS;
        try {
            if (args.size() == 2 && args.getFirst().equals("--rounds")) {
                rounds = Math.max(10, Integer.parseInt(args.get(1)));
            } else if (!args.isEmpty()) {
                out.println(USAGE);
                return 2;
            }
        } catch (NumberFormatException e) {
            out.println(USAGE);
            return 2;
        }
        return run(rounds, out);
    }

    private static int run(int rounds, PrintStream out) {
        IdSource ids = new IdSource(InstantSource.system(), new SecureRandom());
        try {
            Path directory = Files.createTempDirectory("belay-bench-sandbox");
            try (LocalProvider provider = LocalProvider.open();
                    Sandbox sandbox = provider.create(
                            new SandboxId(ids.next()), new SandboxSpec(directory, List.of(), SandboxLimits.DEFAULT))) {
                return new SandboxBench(sandbox, directory, rounds, out).measure() ? 0 : 1;
            } finally {
                delete(directory);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return 1;
        } catch (Exception e) {
            throw new IllegalStateException("the benchmark could not be run to its end", e);
        }
    }

    private boolean measure() throws Exception {
        out.printf(
                "java %s, %d processors, load %s, %d rounds%n%n",
                Runtime.version(), Runtime.getRuntime().availableProcessors(), load(), rounds);
        Comparison.printHead(out);
        boolean all = warmExec();
        all &= warmPython();
        all &= cell();
        all &= toolCall();
        out.println("\nload " + load());
        return all;
    }

    private boolean warmExec() throws Exception {
        ExecSpec echo = ExecSpec.of("/bin/sh", "-c", "echo x");
        return new Comparison("warm exec of `sh -c 'echo x'`, first byte", "process, no walls", 1.2)
                .measure(rounds, out, () -> firstByte(echo), () -> PlainProcesses.firstByte("/bin/sh", "-c", "echo x"));
    }

    private boolean warmPython() throws Exception {
        String code = "print(1 + 1)";
        ExecSpec fork = ExecSpec.code(Language.PYTHON, code);
        sandbox.prepare(Language.PYTHON);
        return new Comparison("warm Python, first byte", "`python3 -c`, no walls", 2.5)
                .measure(
                        rounds,
                        out,
                        () -> firstByte(fork),
                        () -> PlainProcesses.firstByte("/usr/bin/python3", "-c", code));
    }

    private long firstByte(ExecSpec spec) throws InterruptedException {
        AtomicLong first = new AtomicLong();
        long began = System.nanoTime();
        Exec exec = sandbox.start(spec, new ExecOutput() {
            @Override
            public void stdout(byte[] bytes) {
                first.compareAndSet(0, System.nanoTime());
            }

            @Override
            public void stderr(byte[] bytes) {}
        });
        requireSuccess(exec.await());
        return first.get() - began;
    }

    private boolean cell() throws Exception {
        try (Interpreter python = sandbox.interpreter(Language.PYTHON, "/workspace");
                PlainProcesses.Cells plain = new PlainProcesses.Cells()) {
            Cell cell = Cell.of("x = 1");
            return new Comparison("stateful cell, round trip", "python3 on two pipes", 0.3)
                    .measure(
                            rounds,
                            out,
                            () -> {
                                long began = System.nanoTime();
                                requireSuccess(python.run(cell));
                                return System.nanoTime() - began;
                            },
                            () -> plain.roundTrip("x = 1"));
        }
    }

    private boolean toolCall() throws Exception {
        int calls = 4 * rounds;
        String code = """
                import time
                from tools import add
                times = []
                for i in range(%d):
                    began = time.perf_counter_ns()
                    add(5, 3)
                    times.append(time.perf_counter_ns() - began)
                print(*times)
                """.formatted(calls);
        ExecSpec program = ExecSpec.code(Language.PYTHON, code)
                .withTimeout(LONG)
                .withOutputLimit(ExecSpec.MAX_OUTPUT_LIMIT)
                .withTools(_ -> new JsonText("8"));
        requireSuccess(sandbox.run(program));
        ExecResult result = sandbox.run(program);
        requireSuccess(result);
        return new Comparison("tool call `add(5, 3)`, round trip", "process on a socket, no walls", 0.12)
                .print(out, PlainProcesses.numbers(result.stdout().text()), PlainProcesses.calls(directory, calls));
    }

    private static void requireSuccess(ExecResult result) {
        if (!result.succeeded()) {
            throw new IllegalStateException("a program ended " + result.status() + " " + result.detail() + " "
                    + result.stderr().text());
        }
    }

    private static String load() throws IOException {
        return Files.readString(Path.of("/proc/loadavg")).strip();
    }

    private static void delete(Path directory) throws IOException {
        try (Stream<Path> all = Files.walk(directory)) {
            for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(each);
            }
        }
    }
}
