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
    /** How many runs the server has seen when it is measured; the Java runtime goes on compiling for some thousands. */
    private static final int[] WARM_UPS = {1000, 5000};

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
                return measure(server, client, new BubblewrapFloor(root.path()), new ScriptTime(scripts));
            }
        }
    }

    private int measure(ServerProcess server, RunClient client, BubblewrapFloor floor, ScriptTime model)
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
        floor.run(tasks.getFirst().program(true));
        List<RunClient.Outcome> alone = List.of();
        int before = 0;
        for (int runs : WARM_UPS) {
            for (; before < runs; before++) {
                String script = tasks.get(before % tasks.size()).scriptName(true);
                client.run(script);
                model.play(script, HumanEvalTask.ANSWERS);
            }
            out.printf(Locale.ROOT, "after %,d runs%n", runs);
            alone = oneAtATime(client, floor, model);
            before += alone.size();
        }

        Batch eight = together(client, 8, true);
        out.printf(Locale.ROOT, "tasks/s, eight at once        %.1f, %d passed%n", eight.perSecond(), eight.passed());
        Batch unsolved = together(client, 8, false);
        long passed = alone.stream().filter(RunClient.Outcome::passed).count();
        out.printf(Locale.ROOT, "passed                        %d of %d%n", passed, tasks.size());
        out.printf(Locale.ROOT, "passed without the solution   %d of %d%n", unsolved.passed(), tasks.size());
        out.printf(Locale.ROOT, "server after the run          %d MiB resident%n", server.residentMiB());
        return passed == tasks.size() && eight.passed() == tasks.size() && unsolved.passed() == 0 ? 0 : 1;
    }

    /** The floor and Belay take turns, so that what else the machine does hits both. */
    private List<RunClient.Outcome> oneAtATime(RunClient client, BubblewrapFloor floor, ScriptTime model)
            throws IOException, InterruptedException {
        List<RunClient.Outcome> outcomes = new ArrayList<>();
        double[] floors = new double[tasks.size()];
        double[] models = new double[tasks.size()];
        for (int i = 0; i < tasks.size(); i++) {
            HumanEvalTask task = tasks.get(i);
            floors[i] = floor.run(task.program(true)) / 1e6;
            outcomes.add(client.run(task.scriptName(true)));
            // One that is asked over a wire is not the scripted one.
            models[i] = wire.isPresent() ? 0 : model.play(task.scriptName(true), HumanEvalTask.ANSWERS) / 1e6;
        }
        double[] totals =
                outcomes.stream().mapToDouble(o -> o.totalNanos() / 1e6).toArray();
        row("floor (bubblewrap + python3)", floors, "");
        row("task, one at a time", totals, "");
        out.printf(
                Locale.ROOT,
                "    p50 over the floor's p50      %.2f (to reach: <= 1.5)%n",
                percentile(totals, 50) / percentile(floors, 50));
        double[] overheads = new double[outcomes.size()];
        Arrays.setAll(overheads, i -> outcomes.get(i).overheadMillis() - models[i]);
        row("  overhead, to the result", overheads, " (to reach: <= 5 and <= 25)");
        row(
                "    of it in the turn's loop",
                outcomes.stream().mapToDouble(RunClient.Outcome::engineMillis).toArray(),
                "");
        row("  the scripted model, not in it", models, "");
        out.printf(
                Locale.ROOT,
                "  tasks/s                         %.1f%n",
                1000 * totals.length / Arrays.stream(totals).sum());
        return outcomes;
    }

    private void row(String what, double[] millis, String goal) {
        out.printf(
                Locale.ROOT,
                "  %-31s p50 %7.1f ms  p99 %7.1f ms%s%n",
                what,
                percentile(millis, 50),
                percentile(millis, 99),
                goal);
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
