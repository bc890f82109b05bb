package dev.belay.bench.sandbox;

import dev.belay.sandbox.ExecSpec;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;

/** Programs in a sandbox that is there already. */
final class WarmExecs implements Measurements {
    private static final int AT_ONCE = 8;
    private static final int REPEATS = 5;

    @Override
    public void measure(Workbench bench, Report report) throws Exception {
        try (Workbench.Place place = bench.create()) {
            ExecSpec echo = ExecSpec.of(Workbench.ECHO);
            Samples.Pair warm = Samples.inTurn(
                    bench.rounds(), () -> place.firstByte(echo), () -> PlainProcesses.firstByte(Workbench.ECHO));
            report.latency(
                    "warm exec of `sh -c 'echo x'`, first byte",
                    warm.operation(),
                    1.2,
                    "process, no walls",
                    warm.floor());
            report.latency(
                    "the same", warm.operation(), "`posix_spawn`, no Java", PlainProcesses.spawns(bench.rounds()));
            Crun.compare(bench, report, warm.operation(), "`crun exec`", crun -> crun.execs(bench.rounds() / 4));
            throughput(bench, place, echo, report);
        }
    }

    private static void throughput(Workbench bench, Workbench.Place place, ExecSpec echo, Report report)
            throws Exception {
        int count = 4 * bench.rounds();
        double[] ours = new double[REPEATS];
        double[] floors = new double[REPEATS];
        for (int i = 0; i < REPEATS; i++) {
            AtomicInteger left = new AtomicInteger(count);
            ours[i] = perSecond(count, () -> Together.virtual(AT_ONCE, drawing(left, () -> place.firstByte(echo))));
            AtomicInteger plain = new AtomicInteger(count);
            floors[i] = perSecond(
                    count,
                    () -> Together.platform(AT_ONCE, drawing(plain, () -> PlainProcesses.firstByte(Workbench.ECHO))));
        }
        report.figure(
                "warm execs per second, 8 at once",
                Samples.median(ours),
                Report.Goal.atLeast(1500, "/s"),
                "processes, no walls",
                Samples.median(floors));
    }

    private static Callable<Integer> drawing(AtomicInteger left, Samples.Timed work) {
        return () -> {
            int done = 0;
            while (left.getAndDecrement() > 0) {
                work.run();
                done++;
            }
            return done;
        };
    }

    private static double perSecond(int count, Callable<?> all) throws Exception {
        long began = System.nanoTime();
        all.call();
        return count / ((System.nanoTime() - began) / 1e9);
    }
}
