package dev.belay.bench.sandbox;

import dev.belay.api.JsonText;
import dev.belay.sandbox.ExecResult;
import dev.belay.sandbox.ExecSpec;
import dev.belay.sandbox.Interpreter;
import dev.belay.sandbox.Interpreter.Cell;
import dev.belay.sandbox.Language;
import java.time.Duration;

/** Python in a sandbox that is there already: fresh processes, cells of one interpreter, calls of tools that live outside. */
final class Code implements Measurements {
    private static final Duration LONG = Duration.ofMinutes(10);

    @Override
    public void measure(Workbench bench, Report report) throws Exception {
        try (Workbench.Place place = bench.create()) {
            warmPython(bench, place, report);
            cell(bench, place, report);
            toolCall(bench, place, report);
        }
    }

    private static void warmPython(Workbench bench, Workbench.Place place, Report report) throws Exception {
        String code = "print(1 + 1)";
        ExecSpec fork = ExecSpec.code(Language.PYTHON, code);
        place.sandbox().prepare(Language.PYTHON);
        Samples.Pair python = Samples.inTurn(
                bench.rounds(),
                () -> place.firstByte(fork),
                () -> PlainProcesses.firstByte("/usr/bin/python3", "-c", code));
        report.latency("warm Python, first byte", python.operation(), 2.5, "`python3 -c`, no walls", python.floor());
    }

    private static void cell(Workbench bench, Workbench.Place place, Report report) throws Exception {
        try (Interpreter python = place.sandbox().interpreter(Language.PYTHON, "/workspace");
                PlainProcesses.Cells plain = new PlainProcesses.Cells()) {
            Cell cell = Cell.of("x = 1");
            Samples.Pair cells = Samples.inTurn(
                    4 * bench.rounds(),
                    () -> {
                        long began = System.nanoTime();
                        Workbench.requireSuccess(python.run(cell));
                        return System.nanoTime() - began;
                    },
                    () -> plain.roundTrip("x = 1"));
            report.latency("stateful cell, round trip", cells.operation(), 0.3, "python3 on two pipes", cells.floor());
        }
    }

    private static void toolCall(Workbench bench, Workbench.Place place, Report report) throws Exception {
        int calls = 4 * bench.rounds();
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
        Workbench.requireSuccess(place.sandbox().run(program));
        ExecResult result = place.sandbox().run(program);
        Workbench.requireSuccess(result);
        report.latency(
                "tool call `add(5, 3)`, round trip",
                Samples.of(PlainProcesses.numbers(result.stdout().text())),
                0.12,
                "process on a socket, no walls",
                Samples.of(PlainProcesses.calls(bench.directory(), calls)));
    }
}
