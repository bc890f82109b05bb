package dev.belay.cli.doctor;

import dev.belay.cli.serve.ConfigurationOptions;
import dev.belay.cli.terminal.Terminal;
import dev.belay.sandbox.ProviderReport;
import dev.belay.sandbox.local.LocalProvider;
import dev.belay.server.ModelProviders;
import dev.belay.server.config.Configuration;
import dev.belay.server.http.Json;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code belay doctor}. Exit codes: 0 if agents can run here, 1 if not. */
@Command(
        name = "doctor",
        description = "Shows what this machine offers; every property of a sandbox's walls is tried, not assumed.",
        footer = {"", "Exit codes: 0 if agents can run here, 1 if not."})
public final class DoctorCommand implements Callable<Integer> {
    private final Terminal terminal;
    private final Map<String, String> environment;

    @Option(names = "--json", description = "Print JSON, for programs.")
    private boolean json;

    @Mixin
    private ConfigurationOptions configuration = new ConfigurationOptions();

    public DoctorCommand(Terminal terminal, Map<String, String> environment) {
        this.terminal = terminal;
        this.environment = environment;
    }

    @Override
    public Integer call() {
        Configuration configured = configuration.read(environment, Map.of());
        try (LocalProvider provider = LocalProvider.open()) {
            ProviderReport sandboxes = provider.report();
            Diagnosis diagnosis = new Diagnosis(
                    Version.text(),
                    Machine.look(),
                    LocalProvider.bubblewrap(),
                    sandboxes,
                    ModelProviders.ready(configured, environment),
                    DataState.of(configured.dataDirectory(), configured.store()));
            if (json) {
                terminal.say(Json.writeText(diagnosis.json()));
            } else {
                diagnosis.print(terminal);
            }
            return diagnosis.healthy() ? ExitCode.OK : ExitCode.SOFTWARE;
        }
    }
}
