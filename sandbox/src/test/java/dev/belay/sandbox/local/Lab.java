package dev.belay.sandbox.local;

import dev.belay.api.IdSource;
import dev.belay.api.SandboxId;
import dev.belay.sandbox.MountedDirectory;
import dev.belay.sandbox.SandboxLimits;
import dev.belay.sandbox.SandboxSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

/** A provider and places for the state of its sandboxes, all in a temporary directory that goes with it. */
final class Lab implements AutoCloseable {
    private final IdSource ids = new IdSource(InstantSource.system(), new Random(7));
    private final Path directory;
    final LocalProvider provider;

    Lab() {
        try {
            directory = Files.createTempDirectory("lab-");
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        provider = new LocalProvider(directory.resolve("run"));
    }

    Path directory() {
        return directory;
    }

    Path newDirectory() {
        try {
            return Files.createTempDirectory(directory, "d");
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    LocalSandbox create() {
        return create(SandboxLimits.DEFAULT);
    }

    LocalSandbox create(SandboxLimits limits, MountedDirectory... mounted) {
        return create(newDirectory(), limits, mounted);
    }

    LocalSandbox create(Path state, SandboxLimits limits, MountedDirectory... mounted) {
        return provider.createLocal(new SandboxId(ids.next()), new SandboxSpec(state, List.of(mounted), limits));
    }

    /** Every process of a kernel user, as the host sees it. */
    static List<Long> processesOf(int kernelUser) {
        List<Long> found = new ArrayList<>();
        try (Stream<Path> entries = Files.list(Path.of("/proc"))) {
            for (Path entry : entries.toList()) {
                String name = entry.getFileName().toString();
                if (name.chars().allMatch(Character::isDigit) && uidOf(entry) == kernelUser) {
                    found.add(Long.parseLong(name));
                }
            }
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return found;
    }

    private static int uidOf(Path process) {
        try {
            return Files.readAllLines(process.resolve("status")).stream()
                    .filter(line -> line.startsWith("Uid:"))
                    .map(line -> Integer.parseInt(line.split("\t", -1)[1]))
                    .findFirst()
                    .orElse(-1);
        } catch (IOException e) {
            return -1; // ended meanwhile
        }
    }

    /** The cgroups that a helper made and that still exist. */
    static List<String> cgroupsOf(long helperPid) throws IOException, InterruptedException {
        Process find = new ProcessBuilder(
                        "find", "/sys/fs/cgroup", "-maxdepth", "5", "-name", "belay-" + helperPid + "-*")
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        List<String> found = find.inputReader().lines().toList();
        find.waitFor();
        return found;
    }

    @Override
    public void close() {
        provider.close();
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
