package dev.belay.bench.sandbox;

import dev.belay.bench.process.BareBubblewrap;
import dev.belay.sandbox.ExecSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Hundreds of sandboxes that are there at once, and what each takes while nothing runs in it. */
final class ManyLive implements Measurements {
    private static final int SANDBOXES = 500;
    private static final int FLOORS = 100;

    @Override
    public void measure(Workbench bench, Report report) throws Exception {
        Deque<Workbench.Place> live = new ArrayDeque<>();
        try {
            live.add(bench.create()); // with it the helper
            long before = memory();
            for (int i = 0; i < SANDBOXES; i++) {
                live.add(bench.create());
            }
            double grown = (double) (memory() - before) / SANDBOXES;
            double counted = live.stream()
                    .mapToLong(place -> place.sandbox().usage().memoryBytes().orElse(0))
                    .average()
                    .orElseThrow();
            int answering = 0;
            for (Workbench.Place place : live) {
                place.firstByte(ExecSpec.of(Workbench.ECHO));
                answering++;
            }
            report.figure("live at once, each answers", answering, Report.Goal.atLeast(SANDBOXES, "sandboxes"));
            report.figure(
                    "idle, by the memory of its processes",
                    grown / (1 << 20),
                    Report.Goal.atMost(1, "MiB"),
                    "bare bubblewrap running `sleep`",
                    floor() / (1 << 20));
            report.figure(
                    "idle, by its control group (0: none), kernel included",
                    counted / (1 << 20),
                    Report.Goal.atMost(1, "MiB"));
        } finally {
            live.forEach(Workbench.Place::close);
        }
    }

    private static double floor() throws IOException, InterruptedException {
        Deque<Process> live = new ArrayDeque<>();
        long before = memory();
        try {
            for (int i = 0; i < FLOORS; i++) {
                Process process =
                        new ProcessBuilder(BareBubblewrap.command("/bin/sh", "-c", "echo x; exec sleep 600")).start();
                live.add(process);
                process.getInputStream().read();
            }
            return (double) (memory() - before) / FLOORS;
        } finally {
            for (Process process : live) {
                process.destroyForcibly().waitFor();
            }
        }
    }

    /** Of all processes below this one, in bytes; what several share is divided between them. */
    private static long memory() throws IOException {
        long kilobytes = 0;
        List<ProcessHandle> all = ProcessHandle.current().descendants().toList();
        for (ProcessHandle process : all) {
            kilobytes += share(Path.of("/proc", Long.toString(process.pid()), "smaps_rollup"));
        }
        return kilobytes << 10;
    }

    private static long share(Path rollup) throws IOException {
        try (Stream<String> lines = Files.lines(rollup)) {
            Optional<String> line =
                    lines.filter(each -> each.startsWith("Pss:")).findFirst();
            return line.map(text -> Long.parseLong(text.replaceAll("\\D", ""))).orElse(0L);
        } catch (NoSuchFileException e) {
            return 0; // it has ended
        }
    }
}
