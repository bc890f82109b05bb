package dev.belay.bench.sandbox;

import dev.belay.sandbox.ExecOutput;
import dev.belay.sandbox.ExecSpec;
import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.atomic.AtomicLong;

/** How fast a program's output gets out, and what Java holds of it meanwhile. */
final class Drain implements Measurements {
    private static final int REPEATS = 5;
    private static final long BYTES = 1L << 30;
    private static final long LOOK_EVERY = BYTES / 4;
    private static final String[] PROGRAM = {"head", "-c", Long.toString(BYTES), "/dev/zero"};

    @Override
    public void measure(Workbench bench, Report report) throws Exception {
        try (Workbench.Place place = bench.create()) {
            double[] ours = new double[REPEATS];
            double[] floors = new double[REPEATS];
            for (int i = 0; i < REPEATS; i++) {
                long began = System.nanoTime();
                drain(place, _ -> {});
                ours[i] = megabytesPerSecond(began);
                floors[i] = plain();
            }
            report.figure(
                    "output of a program",
                    Samples.median(ours),
                    Report.Goal.atLeast(300, "MB/s"),
                    "process, no walls",
                    Samples.median(floors));
            long before = liveBytes();
            AtomicLong most = new AtomicLong();
            drain(place, _ -> most.accumulateAndGet(liveBytes(), Math::max));
            report.figure(
                    "live heap grown while 1 GiB passes",
                    Math.max(0, most.get() - before) / 1e6,
                    Report.Goal.atMost(4, "MB"));
        }
    }

    private interface Look {
        void at(long bytes);
    }

    private static void drain(Workbench.Place place, Look look) throws InterruptedException {
        AtomicLong total = new AtomicLong();
        Workbench.requireSuccess(place.sandbox()
                .start(ExecSpec.of(PROGRAM), new ExecOutput() {
                    @Override
                    public void stdout(byte[] bytes) {
                        long now = total.addAndGet(bytes.length);
                        if (now / LOOK_EVERY > (now - bytes.length) / LOOK_EVERY) {
                            look.at(now);
                        }
                    }

                    @Override
                    public void stderr(byte[] bytes) {}
                })
                .await());
        if (total.get() != BYTES) {
            throw new IllegalStateException(total + " bytes came of " + BYTES);
        }
    }

    private static double plain() throws IOException, InterruptedException {
        long began = System.nanoTime();
        Process process = new ProcessBuilder(PROGRAM).start();
        byte[] buffer = new byte[64 << 10];
        try (InputStream output = process.getInputStream()) {
            while (output.read(buffer) >= 0) {
                // only its speed counts
            }
        }
        process.waitFor();
        return megabytesPerSecond(began);
    }

    private static double megabytesPerSecond(long began) {
        return BYTES / 1e6 / ((System.nanoTime() - began) / 1e9);
    }

    private static long liveBytes() {
        System.gc();
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }
}
