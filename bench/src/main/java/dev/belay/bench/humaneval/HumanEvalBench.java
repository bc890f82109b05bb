package dev.belay.bench.humaneval;

import dev.belay.bench.process.ModelAccess;
import dev.belay.bench.process.ServerProcess;
import dev.belay.bench.process.TemporaryDirectory;
import dev.belay.modeldouble.Style;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;

/**
 * {@code belay bench humaneval FILE [--wire WIRE]}: every task of the data set through {@code POST /agent/run} of a server in a process of its own, one at
 * a time and eight at once, beside the same programs under plain bubblewrap; and all of them with the solution taken out. The model is a
 * script, or a model server that plays it over a wire.
 */
public final class HumanEvalBench {
    /** Runs before the first that counts: both JVMs compile what is hot by then. */
    private static final int WARM_UP = 1000;

    private final List<HumanEvalTask> tasks;
    private final Optional<Style> wire;
    private final PrintStream out;

    private HumanEvalBench(List<HumanEvalTask> tasks, Optional<Style> wire, PrintStream out) {
        this.tasks = tasks;
        this.wire = wire;
        this.out = out;
    }

    /** @return 0 if all tasks passed, and none without its solution */
    public static int run(List<String> arguments, PrintStream out) {
        boolean overWire = arguments.size() == 3 && arguments.get(1).equals("--wire");
        Optional<Style> wire = overWire ? Style.named(arguments.getLast()) : Optional.empty();
        if (arguments.size() != 1 && wire.isEmpty()) {
            out.println("usage: belay bench humaneval FILE [--wire messages|chat|responses] (HumanEval.jsonl)");
            return 2;
        }
        try {
            return new HumanEvalBench(HumanEvalTask.readAll(Path.of(arguments.getFirst())), wire, out).measure();
        } catch (IOException e) {
            out.println("belay bench humaneval: " + e.getMessage());
            return 1;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return 1;
        }
    }

    private int measure() throws IOException, InterruptedException {
        try (TemporaryDirectory root = TemporaryDirectory.make("belay-humaneval")) {
            Path data = root.path().resolve("data");
            Path scripts = Files.createDirectories(data.resolve("scripts"));
            for (HumanEvalTask task : tasks) {
                for (boolean solved : new boolean[] {true, false}) {
                    Files.writeString(scripts.resolve(task.scriptName(solved) + ".json"), task.script(solved));
                }
            }
            try (WireModels models = new WireModels(tasks);
                    ServerProcess server = ServerProcess.start(data, ModelAccess.environment(models.server()));
                    RunClient client = new RunClient(
                            server.url(), script -> wire.map(ModelAccess::model).orElse("scripted:" + script))) {
                return measure(server, client, new BubblewrapFloor(root.path()));
            }
        }
    }

    private int measure(ServerProcess server, RunClient client, BubblewrapFloor floor)
            throws IOException, InterruptedException {
        out.printf(
                Locale.ROOT,
                "server ready after %d ms, idle at %d MiB resident%n",
                server.readyMillis(),
                server.residentMiB());
        out.printf(
                Locale.ROOT,
                "load average: %s%n",
                Files.readString(Path.of("/proc/loadavg")).strip());
        for (int i = 0; i < WARM_UP; i++) {
            client.run(tasks.get(i % tasks.size()).scriptName(true));
        }
        floor.run(tasks.getFirst().program(true));
        // The floor and Belay take turns, so that what else the machine does hits both.
        List<RunClient.Outcome> alone = new ArrayList<>();
        double[] floors = new double[tasks.size()];
        for (int i = 0; i < tasks.size(); i++) {
            floors[i] = floor.run(tasks.get(i).program(true)) / 1e6;
            alone.add(client.run(tasks.get(i).scriptName(true)));
        }
        double[] totals = alone.stream().mapToDouble(o -> o.totalNanos() / 1e6).toArray();
        double[] overheads =
                alone.stream().mapToDouble(RunClient.Outcome::overheadMillis).toArray();
        out.printf(
                Locale.ROOT,
                "floor (bubblewrap + python3)  p50 %7.1f ms  p99 %7.1f ms%n",
                percentile(floors, 50),
                percentile(floors, 99));
        out.printf(
                Locale.ROOT,
                "task, one at a time           p50 %7.1f ms  p99 %7.1f ms%n",
                percentile(totals, 50),
                percentile(totals, 99));
        out.printf(
                Locale.ROOT,
                "  p50 over the floor's p50    %.2f (to reach: <= 1.5)%n",
                percentile(totals, 50) / percentile(floors, 50));
        out.printf(
                Locale.ROOT,
                "  overhead outside of tools   p50 %7.1f ms  p99 %7.1f ms (to reach: <= 5 and <= 25)%n",
                percentile(overheads, 50),
                percentile(overheads, 99));
        double[] engine =
                alone.stream().mapToDouble(RunClient.Outcome::engineMillis).toArray();
        out.printf(
                Locale.ROOT,
                "  of it in the turn's loop    p50 %7.1f ms  p99 %7.1f ms%n",
                percentile(engine, 50),
                percentile(engine, 99));
        out.printf(
                Locale.ROOT,
                "  tasks/s                     %.1f%n",
                1000 * totals.length / Arrays.stream(totals).sum());

        Batch eight = together(client, 8, true);
        out.printf(Locale.ROOT, "tasks/s, eight at once        %.1f, %d passed%n", eight.perSecond(), eight.passed());
        Batch unsolved = together(client, 8, false);
        long passed = alone.stream().filter(RunClient.Outcome::passed).count();
        out.printf(Locale.ROOT, "passed                        %d of %d%n", passed, tasks.size());
        out.printf(Locale.ROOT, "passed without the solution   %d of %d%n", unsolved.passed(), tasks.size());
        out.printf(Locale.ROOT, "server after the run          %d MiB resident%n", server.residentMiB());
        return passed == tasks.size() && eight.passed() == tasks.size() && unsolved.passed() == 0 ? 0 : 1;
    }

    private record Batch(long passed, double perSecond) {}

    private Batch together(RunClient client, int atOnce, boolean solved) throws InterruptedException, IOException {
        Semaphore places = new Semaphore(atOnce);
        long began = System.nanoTime();
        List<Future<RunClient.Outcome>> running = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (HumanEvalTask task : tasks) {
                running.add(threads.submit(() -> {
                    places.acquire();
                    try {
                        return client.run(task.scriptName(solved));
                    } finally {
                        places.release();
                    }
                }));
            }
        }
        double seconds = (System.nanoTime() - began) / 1e9;
        long passed = 0;
        for (Future<RunClient.Outcome> one : running) {
            try {
                passed += one.get().passed() ? 1 : 0;
            } catch (ExecutionException e) {
                throw new IOException("a run failed", e.getCause());
            }
        }
        return new Batch(passed, tasks.size() / seconds);
    }

    private static double percentile(double[] values, int percent) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[Math.min(sorted.length - 1, (int) Math.ceil(percent / 100.0 * sorted.length) - 1)];
    }
}
