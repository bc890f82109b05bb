package dev.belay.bench.sandbox;

import dev.belay.bench.process.BareBubblewrap;
import dev.belay.sandbox.ExecSpec;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** Sandboxes that nobody has built ahead: from the request to the first byte of a first program. */
final class ColdCreates implements Measurements {
    private static final int BATCHES = 10;
    private static final List<String> BUBBLEWRAP = BareBubblewrap.command(Workbench.ECHO);
    private static final ExecSpec ECHO = ExecSpec.of(Workbench.ECHO);

    @Override
    public void measure(Workbench bench, Report report) throws Exception {
        Samples.Pair alone = Samples.inTurn(
                bench.rounds() / 2,
                () -> {
                    long began = System.nanoTime();
                    try (Workbench.Place place = bench.create()) {
                        long created = System.nanoTime();
                        return created - began + place.firstByte(ECHO);
                    }
                },
                () -> PlainProcesses.firstByte(BUBBLEWRAP));
        report.latency(
                "cold create and first byte of `sh -c 'echo x'`",
                alone.operation(),
                8,
                "bare bubblewrap",
                alone.floor());
        Crun.compare(bench, report, alone.operation(), "`crun run`", crun -> crun.runs(bench.rounds() / 8));
        Crowd few = new Crowd(bench, 32);
        report.figure(
                "32 cold creates at once, p99",
                few.ours.p99(),
                Report.Goal.atMost(400, "ms"),
                "32 bare bubblewraps",
                few.floors.p99());
        Crowd many = new Crowd(bench, 100);
        report.figure(
                "100 cold creates at once, until all have answered",
                many.wholeOurs.p50(),
                Report.Goal.atMost(800, "ms"),
                "100 bare bubblewraps",
                many.wholeFloors.p50());
    }

    /** Batches of as many at once, in turn with their floor. A single one that fails ends the benchmark. */
    private static final class Crowd {
        /** One by one, and until the last of a batch. */
        final Samples ours, floors, wholeOurs, wholeFloors;

        Crowd(Workbench bench, int count) throws Exception {
            int batches = Math.clamp(bench.rounds() / 50, 2, BATCHES);
            long[] each = new long[batches * count];
            long[] eachFloor = new long[batches * count];
            long[] whole = new long[batches];
            long[] wholeFloor = new long[batches];
            for (int i = 0; i < batches; i++) {
                whole[i] = create(bench, count, each, i * count);
                wholeFloor[i] = run(count, eachFloor, i * count);
            }
            ours = Samples.of(each);
            floors = Samples.of(eachFloor);
            wholeOurs = Samples.of(whole);
            wholeFloors = Samples.of(wholeFloor);
        }

        private static long create(Workbench bench, int count, long[] each, int from) throws Exception {
            Queue<Workbench.Place> places = new ConcurrentLinkedQueue<>();
            long began = System.nanoTime();
            List<Long> ends = Together.virtual(count, () -> {
                Workbench.Place place = bench.create();
                places.add(place);
                long created = System.nanoTime();
                return created + place.firstByte(ECHO);
            });
            places.forEach(Workbench.Place::close);
            return put(ends, began, each, from);
        }

        private static long run(int count, long[] each, int from) throws Exception {
            long began = System.nanoTime();
            List<Long> ends = Together.platform(count, () -> {
                long start = System.nanoTime();
                return start + PlainProcesses.firstByte(BUBBLEWRAP);
            });
            return put(ends, began, each, from);
        }

        /** Until the last. */
        private static long put(List<Long> ends, long began, long[] each, int from) {
            long last = 0;
            for (int i = 0; i < ends.size(); i++) {
                each[from + i] = ends.get(i) - began;
                last = Math.max(last, each[from + i]);
            }
            return last;
        }
    }
}
