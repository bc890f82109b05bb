package dev.belay.sandbox.local;

import dev.belay.api.BelayException;
import dev.belay.api.IdSource;
import dev.belay.api.SandboxId;
import dev.belay.sandbox.ExecResult;
import dev.belay.sandbox.ExecSpec;
import dev.belay.sandbox.Isolation;
import dev.belay.sandbox.Isolation.Property;
import dev.belay.sandbox.IsolationLevel;
import dev.belay.sandbox.ProviderReport;
import dev.belay.sandbox.SandboxLimits;
import dev.belay.sandbox.SandboxSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** Finds out what this host gives, by building a sandbox with small limits and trying each property from inside. */
final class LocalProbe {
    private static final SandboxLimits SMALL = new SandboxLimits(64L << 20, 32, 0.2, 64, 1 << 20);
    private static final Set<String> LIMITS = Set.of("memory_limit", "process_limit", "cpu_limit");

    private final LocalProvider provider;
    private final IdSource ids;
    private final Path parent;

    LocalProbe(LocalProvider provider, IdSource ids, Path parent) {
        this.provider = provider;
        this.ids = ids;
        this.parent = parent;
    }

    ProviderReport report() {
        try {
            Files.createDirectories(parent);
            Path state = Files.createTempDirectory(parent, "probe-");
            try {
                return probe(state);
            } finally {
                delete(state);
            }
        } catch (BelayException e) {
            return unavailable(e.text());
        } catch (IOException e) {
            return unavailable("No sandbox could be tried: " + e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return unavailable("The probe was interrupted.");
        }
    }

    private ProviderReport probe(Path state) throws InterruptedException {
        try (LocalSandbox sandbox =
                provider.createLocal(new SandboxId(ids.next()), new SandboxSpec(state, List.of(), SMALL))) {
            ExecResult result =
                    sandbox.startProbe(ExecSpec.of("belay-sandbox", "probe")).await();
            List<Property> seen = properties(result.stdout().text());
            if (seen.isEmpty()) {
                return unavailable("The probe inside the sandbox said nothing: " + result);
            }
            return judge(sandbox, seen);
        }
    }

    private static ProviderReport judge(LocalSandbox sandbox, List<Property> seen) {
        Isolation promised = sandbox.isolation();
        List<Property> all = new ArrayList<>();
        List<String> missing = new ArrayList<>();
        all.add(find(promised.properties(), "namespaces"));
        all.add(find(promised.properties(), "kernel_user"));
        for (Property property : seen) {
            if (property.name().equals("memory_limit") || property.name().equals("process_limit")) {
                Property mechanism = find(promised.properties(), property.name());
                all.add(new Property(property.name(), property.held(), mechanism.detail() + ": " + property.detail()));
            } else {
                all.add(property);
            }
        }
        long throttled = sandbox.usage().throttled().orElse(0);
        Property cpu = find(promised.properties(), "cpu_limit");
        all.add(new Property(
                "cpu_limit",
                throttled > 0,
                cpu.detail() + (throttled > 0 ? ": held back " + throttled + " times" : "")));
        boolean walls = true;
        boolean limits = true;
        for (Property property : all) {
            if (property.held()) {
                continue;
            }
            if (LIMITS.contains(property.name())) {
                limits = false;
                missing.add(property.name() + ": " + property.detail()
                        + ". Run the server where it can write cgroups (as root, or with systemd-run -p"
                        + " Delegate=yes).");
            } else {
                walls = false;
                missing.add(property.name() + " did not hold: " + property.detail());
            }
        }
        IsolationLevel level = !walls
                ? IsolationLevel.UNAVAILABLE
                : limits && promised.level() == IsolationLevel.FULL ? IsolationLevel.FULL : IsolationLevel.RESTRICTED;
        return new ProviderReport(LocalProvider.NAME, new Isolation(level, all), missing);
    }

    private static Property find(List<Property> properties, String name) {
        return properties.stream()
                .filter(property -> property.name().equals(name))
                .findFirst()
                .orElse(new Property(name, false, "unknown"));
    }

    /** Lines of the form {@code name held|open detail}. */
    private static List<Property> properties(String output) {
        List<Property> properties = new ArrayList<>();
        for (String line : output.split("\n", -1)) {
            String[] words = line.split(" ", 3);
            if (words.length == 3 && (words[1].equals("held") || words[1].equals("open"))) {
                properties.add(new Property(words[0], words[1].equals("held"), words[2]));
            }
        }
        return properties;
    }

    private static ProviderReport unavailable(String reason) {
        return new ProviderReport(
                LocalProvider.NAME, new Isolation(IsolationLevel.UNAVAILABLE, List.of()), List.of(reason));
    }

    private static void delete(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }
}
