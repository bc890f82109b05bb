package dev.belay.bench;

import dev.belay.bench.humaneval.HumanEvalBench;
import dev.belay.bench.log.LogBench;
import dev.belay.bench.model.ModelBench;
import dev.belay.bench.sandbox.SandboxBench;
import dev.belay.bench.session.SessionsBench;
import java.io.PrintStream;
import java.util.Arrays;
import java.util.List;

/** The benchmarks by name: {@code log}, {@code sandbox}, {@code sessions}, {@code model}, {@code humaneval}. */
public final class Main {
    private Main() {}

    /** @param args the benchmark's name, then its options */
    public static void main(String[] args) {
        System.exit(run(Arrays.asList(args), System.out));
    }

    /** The exit status: 0 done, 1 a figure was missed, 2 wrong arguments. */
    public static int run(List<String> args, PrintStream out) {
        String name = args.isEmpty() ? "" : args.getFirst();
        return switch (name) {
            case "log" -> LogBench.run(args.subList(1, args.size()), out);
            case "model" -> ModelBench.run(args.subList(1, args.size()), out);
            case "sandbox" -> SandboxBench.run(args.subList(1, args.size()), out);
            case "sessions" -> SessionsBench.run(args.subList(1, args.size()), out);
            case "humaneval" -> HumanEvalBench.run(args.subList(1, args.size()), out);
            default -> {
                out.println(
                        "usage: belay bench log [options] | sandbox [options] | sessions [--size N] | model [--wire WIRE]"
                                + " | humaneval FILE [--wire WIRE]");
                yield 2;
            }
        };
    }
}
