package dev.belay.bench.sandbox;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** {@code belay bench sandbox}: what a sandbox costs, each figure beside its goal and the same work without a sandbox. */
public final class SandboxBench {
    private static final int DEFAULT_ROUNDS = 500;

    private SandboxBench() {}

    private static Map<String, Measurements> allGroups() {
        Map<String, Measurements> groups = new LinkedHashMap<>();
        groups.put("threads", new RunningExecs()); // first, while this JVM has few threads of its own
        groups.put("creates", new ColdCreates());
        groups.put("execs", new WarmExecs());
        groups.put("code", new Code());
        groups.put("drain", new Drain());
        groups.put("live", new ManyLive());
        groups.put("http", new OverHttp());
        return groups;
    }

    private record Options(int rounds, Set<String> groups) {
        static Options parse(List<String> args) {
            int rounds = DEFAULT_ROUNDS;
            Set<String> groups = allGroups().keySet();
            if (args.size() % 2 != 0) {
                throw new IllegalArgumentException("an option lacks its value");
            }
            for (int i = 0; i < args.size(); i += 2) {
                String value = args.get(i + 1);
                switch (args.get(i)) {
                    case "--rounds" -> rounds = Math.max(40, Integer.parseInt(value));
                    case "--only" -> groups = Set.of(value.split(","));
                    default -> throw new IllegalArgumentException("there is no option " + args.get(i));
                }
            }
            if (!allGroups().keySet().containsAll(groups)) {
                throw new IllegalArgumentException("there is no such group");
            }
            return new Options(rounds, groups);
        }
    }

    /** Measures and prints; 0 if every goal was reached, 1 if one was missed, 2 for wrong arguments. */
    public static int run(List<String> args, PrintStream out) {
        Options options;
        try {
            options = Options.parse(args);
        } catch (IllegalArgumentException e) {
            out.println("usage: belay bench sandbox [--rounds N] [--only GROUP,...]");
            out.println("  N: how often each is measured (default " + DEFAULT_ROUNDS + ")");
            out.println("  GROUP: " + String.join(", ", allGroups().keySet()));
            return 2;
        }
        try {
            return measure(options, out) ? 0 : 1;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return 1;
        } catch (Exception e) {
            throw new IllegalStateException("the benchmark could not be run to its end", e);
        }
    }

    private static boolean measure(Options options, PrintStream out) throws Exception {
        out.printf(
                "java %s, %d processors, load %s, %d rounds%n%n",
                Runtime.version(), Runtime.getRuntime().availableProcessors(), load(), options.rounds());
        Report report = new Report(out);
        try (Workbench bench = new Workbench(options.rounds())) {
            for (Map.Entry<String, Measurements> group : allGroups().entrySet()) {
                if (options.groups().contains(group.getKey())) {
                    group.getValue().measure(bench, report);
                }
            }
        }
        out.println("\nload " + load());
        return report.allReached();
    }

    private static String load() throws IOException {
        return Files.readString(Path.of("/proc/loadavg")).strip();
    }
}
