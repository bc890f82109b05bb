package dev.belay.bench.sandbox;

import dev.belay.bench.process.BareBubblewrap;
import dev.belay.sandbox.ExecSpec;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.stream.Stream;

/** Hundreds of sandboxes that are there at once, and what each takes while nothing runs in it. */
final class ManyLive implements Measurements {
    private static final int SANDBOXES = 500;
    private static final int FLOORS = 100;

    @Override
    public void measure(Workbench bench, Report report) throws Exception {
        Deque<Workbench.Place> live = new ArrayDeque<>();
        try {
            live.add(bench.createBesideMany()); // with it the helper
            OptionalLong before = memory();
            for (int i = 1; i < SANDBOXES; i++) {
                live.add(bench.createBesideMany());
            }
            OptionalLong after = memory();
            OptionalDouble charged = live.stream()
                    .flatMapToLong(place -> place.sandbox().usage().memoryBytes().stream())
                    .average();
            int answering = 0;
            for (Workbench.Place place : live) {
                place.firstByte(ExecSpec.of(Workbench.ECHO));
                answering++;
            }
            report.figure("live at once, each answers", answering, Report.Goal.atLeast(SANDBOXES, "sandboxes"));
            if (before.isPresent() && after.isPresent()) {
                report.figure(
                        "idle, by the memory of its processes",
                        mebibytesEach(before, after, SANDBOXES - 1),
                        Report.Goal.atMost(1, "MiB"),
                        "bare bubblewrap running `sleep`",
                        floor());
            } else {
                report.note("(this user cannot see how much memory the processes take)");
            }
            if (charged.isPresent()) {
                report.figure(
                        "idle, by its control group, the kernel's part included",
                        charged.getAsDouble() / (1 << 20),
                        Report.Goal.atMost(1, "MiB"));
            }
        } finally {
            live.forEach(Workbench.Place::close);
        }
    }

    private static double floor() throws IOException, InterruptedException {
        Deque<Process> live = new ArrayDeque<>();
        OptionalLong before = memory();
        try {
            for (int i = 0; i < FLOORS; i++) {
                Process process =
                        new ProcessBuilder(BareBubblewrap.command("/bin/sh", "-c", "echo x; exec sleep 600")).start();
                live.add(process);
                process.getInputStream().read();
            }
            return mebibytesEach(before, memory(), FLOORS);
        } finally {
            for (Process process : live) {
                process.destroyForcibly().waitFor();
            }
        }
    }

    private static double mebibytesEach(OptionalLong before, OptionalLong after, int count) {
        return (double) (after.orElseThrow() - before.orElseThrow()) / count / 1024;
    }

    /** Of all processes below this one, in KiB; what several share is divided between them. Empty if that may not be read. */
    private static OptionalLong memory() throws IOException {
        long kibibytes = 0;
        List<ProcessHandle> all = ProcessHandle.current().descendants().toList();
        try {
            for (ProcessHandle process : all) {
                kibibytes += share(Path.of("/proc", Long.toString(process.pid()), "smaps_rollup"));
            }
        } catch (AccessDeniedException e) {
            return OptionalLong.empty();
        }
        return OptionalLong.of(kibibytes);
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
