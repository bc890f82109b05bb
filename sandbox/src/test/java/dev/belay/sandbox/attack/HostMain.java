package dev.belay.sandbox.attack;

import dev.belay.api.BelayException;
import dev.belay.api.IdSource;
import dev.belay.api.SandboxId;
import dev.belay.sandbox.IsolationLevel;
import dev.belay.sandbox.ProviderReport;
import dev.belay.sandbox.Sandbox;
import dev.belay.sandbox.SandboxLimits;
import dev.belay.sandbox.SandboxSpec;
import dev.belay.sandbox.local.LocalProvider;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.List;

/** What a server says of its host, and whether it runs anything where it says that it cannot: {@code HostMain LEVEL DIRECTORY}. */
final class HostMain {
    private HostMain() {}

    public static void main(String[] arguments) throws Exception {
        Path directory = Path.of(arguments[1]);
        try (LocalProvider provider = new LocalProvider(directory.resolve("run"))) {
            ProviderReport report = provider.report();
            StringBuilder said = new StringBuilder("level " + report.isolation().level());
            report.isolation()
                    .properties()
                    .forEach(each -> said.append("; ")
                            .append(each.name())
                            .append(each.held() ? " held " : " open ")
                            .append(each.detail()));
            report.missing().forEach(each -> said.append("; missing ").append(each));
            boolean available = report.isolation().level() != IsolationLevel.UNAVAILABLE;
            try (Sandbox sandbox = provider.create(
                    new SandboxId(new IdSource(InstantSource.system(), new SecureRandom()).next()),
                    new SandboxSpec(Files.createTempDirectory(directory, "s"), List.of(), SandboxLimits.DEFAULT))) {
                said.append(available ? "; runs " : "; ESCAPED: runs ")
                        .append(sandbox.isolation().level());
            } catch (BelayException e) {
                said.append("; refused: ").append(e.text());
            }
            System.out.println(said.toString().replace('\n', ' '));
        }
        System.exit(0);
    }
}
