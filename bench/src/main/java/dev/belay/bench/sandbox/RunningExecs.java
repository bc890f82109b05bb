package dev.belay.bench.sandbox;

import dev.belay.sandbox.Exec;
import dev.belay.sandbox.ExecOutput;
import dev.belay.sandbox.ExecSpec;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;

/** How many threads of the operating system this JVM needs while many programs run. */
final class RunningExecs implements Measurements {
    private static final int EXECS = 200;
    private static final int SANDBOXES = 4;
    private static final String PROGRAM = "echo x; exec sleep 600";

    @Override
    public void measure(Workbench bench, Report report) throws Exception {
        Deque<Workbench.Place> places = new ArrayDeque<>();
        double ours;
        try {
            List<Exec> execs = new ArrayList<>();
            CountDownLatch started = new CountDownLatch(EXECS);
            for (int i = 0; i < SANDBOXES; i++) {
                places.add(bench.create());
            }
            for (int i = 0; i < EXECS; i++) {
                Workbench.Place place = places.remove();
                places.add(place);
                execs.add(place.sandbox().start(ExecSpec.of("/bin/sh", "-c", PROGRAM), new ExecOutput() {
                    @Override
                    public void stdout(byte[] bytes) {
                        started.countDown();
                    }

                    @Override
                    public void stderr(byte[] bytes) {}
                }));
            }
            started.await();
            ours = threads();
            for (Exec exec : execs) {
                exec.cancel();
            }
            for (Exec exec : execs) {
                exec.await();
            }
        } finally {
            places.forEach(Workbench.Place::close);
        }
        report.figure(
                "threads of the JVM with 200 running execs",
                ours,
                Report.Goal.atMost(60, "threads"),
                "200 plain processes, each with a reader",
                floor());
    }

    private static double floor() throws IOException, InterruptedException {
        Deque<Process> processes = new ArrayDeque<>();
        CountDownLatch started = new CountDownLatch(EXECS);
        try {
            for (int i = 0; i < EXECS; i++) {
                Process process = new ProcessBuilder("/bin/sh", "-c", PROGRAM).start();
                processes.add(process);
                Thread.ofPlatform().start(() -> read(process, started));
            }
            started.await();
            return threads();
        } finally {
            for (Process process : processes) {
                process.destroyForcibly().waitFor();
            }
        }
    }

    private static void read(Process process, CountDownLatch started) {
        try (var output = process.getInputStream()) {
            output.read();
            started.countDown();
            output.transferTo(OutputStream.nullOutputStream());
        } catch (IOException e) {
            // It was ended.
        }
    }

    private static long threads() throws IOException {
        try (Stream<Path> all = Files.list(Path.of("/proc/self/task"))) {
            return all.count();
        }
    }
}
