package dev.belay.cli;

import dev.belay.api.ConfigurationException;
import java.lang.reflect.InvocationTargetException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Unmatched;

/** {@code belay bench}: hands over to the benchmarks, a module above this one that is found by name if it is on the class path. */
@Command(name = BenchCommand.NAME, description = "Runs a benchmark.")
final class BenchCommand implements Callable<Integer> {
    static final String NAME = "bench";
    private static final String BENCHMARKS = "dev.belay.bench.Main";

    @Unmatched
    private List<String> arguments = new ArrayList<>();

    @Override
    public Integer call() throws Exception {
        try {
            Class.forName(BENCHMARKS).getMethod("main", String[].class).invoke(null, (Object)
                    arguments.toArray(String[]::new));
            return ExitCode.OK;
        } catch (ClassNotFoundException e) {
            throw new ConfigurationException(
                    "the benchmarks are not on the class path; start them with ./belay bench in a checkout");
        } catch (InvocationTargetException e) {
            throw e.getCause() instanceof Exception cause ? cause : e;
        }
    }
}
