package dev.belay.sandbox.local;

import dev.belay.api.IdSource;
import dev.belay.api.SandboxId;
import dev.belay.sandbox.ExecResult;
import dev.belay.sandbox.ExecSpec;
import dev.belay.sandbox.MountedDirectory;
import dev.belay.sandbox.ProviderReport;
import dev.belay.sandbox.SandboxLimits;
import dev.belay.sandbox.SandboxSpec;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Random;

/** What a server that is not root gets: run by {@link PlainUserTest} as another user. Prints what it saw. */
final class PlainUserMain {
    private PlainUserMain() {}

    public static void main(String[] arguments) throws Exception {
        Path directory = Path.of(arguments[0]);
        IdSource ids = new IdSource(InstantSource.system(), new Random(11));
        Path state = Files.createDirectory(directory.resolve("state"));
        Path project = Files.createDirectory(directory.resolve("project"));
        SandboxLimits limits = new SandboxLimits(128L << 20, 40, 2, 256, 1 << 20);
        try (LocalProvider provider = new LocalProvider(directory.resolve("run"))) {
            ProviderReport report = provider.report();
            System.out.println("report " + report.isolation().level());
            report.isolation().properties().forEach(property -> System.out.println("property " + property));
            report.missing().forEach(missing -> System.out.println("missing " + missing));
            try (LocalSandbox sandbox = provider.createLocal(
                    new SandboxId(ids.next()),
                    new SandboxSpec(state, List.of(new MountedDirectory(project, "project")), limits))) {
                System.out.println("level " + sandbox.isolation().level() + " uid " + sandbox.kernelUser());
                show("id", sandbox.run(ExecSpec.shell("id -u; echo made > project/file; cat /proc/1/environ")));
                sandbox.files().write("project/second", "x".getBytes(StandardCharsets.UTF_8));
                show(
                        "bomb",
                        sandbox.run(
                                ExecSpec.shell("f() { f | f & }; f; sleep 1000").withTimeout(Duration.ofMillis(500))));
                show("memory", sandbox.run(ExecSpec.of("/usr/bin/python3", "-c", "bytearray(300 << 20)")));
                show("alive", sandbox.run(ExecSpec.of("echo", "alive")));
            }
        }
        System.out.println("file " + Files.getAttribute(project.resolve("file"), "unix:uid"));
        System.out.println("file " + Files.getAttribute(project.resolve("second"), "unix:uid"));
    }

    private static void show(String name, ExecResult result) {
        System.out.println(name + " " + result.status() + " " + result.exitCode() + " "
                + result.stdout().text().strip() + " "
                + result.stderr().text().strip().lines().reduce("", (a, b) -> b));
    }
}
