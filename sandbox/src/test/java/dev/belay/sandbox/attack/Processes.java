package dev.belay.sandbox.attack;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.stream.Stream;

/** The processes of a sandbox as the host sees them, on every level: bubblewrap and all that comes of it. */
record Processes(ProcessHandle helper, ProcessHandle bubblewrap) {
    List<ProcessHandle> all() {
        try (Stream<ProcessHandle> inside = bubblewrap.descendants()) {
            return Stream.concat(Stream.of(bubblewrap), inside).toList();
        }
    }

    int count() {
        return all().size();
    }

    /** How many are left besides bubblewrap, process 1 and one supervisor that waits for its exec, once what ends has been reaped. */
    long left() throws InterruptedException {
        return afterAMoment(() -> {
            List<ProcessHandle> all = all();
            return all.size()
                    - 2
                    - Math.min(1, all.stream().filter(Processes::waits).count());
        });
    }

    private static boolean waits(ProcessHandle process) {
        try {
            return Files.readString(Path.of("/proc", Long.toString(process.pid()), "comm"))
                    .equals("ahead\n");
        } catch (IOException e) {
            return false;
        }
    }

    /** How many of them are left, once what ends has been reaped. */
    static long left(List<ProcessHandle> processes) throws InterruptedException {
        return afterAMoment(
                () -> processes.stream().filter(ProcessHandle::isAlive).count());
    }

    private static long afterAMoment(LongSupplier left) throws InterruptedException {
        long deadline = System.nanoTime() + Duration.ofSeconds(5).toNanos();
        long now = left.getAsLong();
        while (now > 0 && System.nanoTime() < deadline) {
            Thread.sleep(5);
            now = left.getAsLong();
        }
        return now;
    }
}
