package dev.belay.cli.sandbox;

import dev.belay.api.InvalidRequestException;
import dev.belay.client.sandbox.SandboxRequest;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What a new sandbox is to be. */
final class CreateOptions {
    @Option(names = "--name", paramLabel = "N", description = "A name for people.")
    private Optional<String> name = Optional.empty();

    @Option(names = "--label", paramLabel = "K=V", description = "A label; may be given more than once.")
    private Map<String, String> labels = new LinkedHashMap<>();

    @Option(
            names = "--auto-stop",
            paramLabel = "MIN",
            description = "Stop it when it was not used for so many minutes.")
    private Optional<Double> autoStop = Optional.empty();

    @Option(
            names = "--auto-destroy",
            paramLabel = "MIN",
            description = "Destroy it, files and all, when it was not used for so many minutes.")
    private Optional<Double> autoDestroy = Optional.empty();

    @Option(names = "--memory", paramLabel = "MIB", description = "Memory of all its processes together.")
    private @Nullable Integer memory;

    @Option(names = "--cpus", paramLabel = "N", description = "Its share of the machine's cores.")
    private @Nullable Double cpus;

    @Option(names = "--processes", paramLabel = "N", description = "Processes and threads together.")
    private @Nullable Integer processes;

    @Option(names = "--disk", paramLabel = "MIB", description = "All its files together.")
    private @Nullable Integer disk;

    @Option(
            names = "--project",
            paramLabel = "NAME",
            description = "A project directory to show at /workspace/NAME; may be given more than once.")
    private List<String> projects = List.of();

    SandboxRequest request() {
        return new SandboxRequest(
                name,
                labels,
                autoStop.map(CreateOptions::minutes),
                autoDestroy.map(CreateOptions::minutes),
                optional(memory),
                cpus == null ? OptionalDouble.empty() : OptionalDouble.of(cpus),
                optional(processes),
                optional(disk),
                projects);
    }

    private static OptionalInt optional(@Nullable Integer number) {
        return number == null ? OptionalInt.empty() : OptionalInt.of(number);
    }

    private static Duration minutes(double count) {
        if (!(count >= 0 && count <= 1e6)) {
            throw new InvalidRequestException("minutes", "the number of minutes must be from 0 (never) to 1000000");
        }
        return Duration.ofMillis(Math.round(count * 60_000));
    }
}
