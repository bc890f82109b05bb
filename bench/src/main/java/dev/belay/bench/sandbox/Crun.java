package dev.belay.bench.sandbox;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * The floor of containers: {@code crun}, the low-level runtime that podman uses, on a bundle of the host's own {@code /usr}. Commands go to one
 * shell that stays, so that no start of Java's is measured.
 */
final class Crun implements AutoCloseable {
    /** Crun refuses a host that has both kinds of control groups; in a mount namespace of the shell's own the empty one can go. */
    private static final String SHELL =
            "crun=\"crun --root $PWD/state\"; umount -l /sys/fs/cgroup/unified 2>/dev/null; while read -r line; do eval \"$line\"; echo; done";

    private final Path directory;
    private final Process shell;
    private final Writer in;
    private final BufferedReader out;

    private Crun(Path directory) throws IOException {
        this.directory = directory;
        bundle("run", "\"/bin/sh\", \"-c\", \"echo x\"");
        bundle("stay", "\"/bin/sleep\", \"600\"");
        shell = new ProcessBuilder("unshare", "-m", "sh", "-c", SHELL)
                .directory(directory.toFile())
                .redirectError(directory.resolve("log").toFile())
                .start();
        in = shell.outputWriter();
        out = shell.inputReader();
    }

    /** What of it is measured. */
    interface Use {
        Samples of(Crun crun) throws IOException;
    }

    /** Puts it as a further floor below a figure, or says why it is not there. */
    static void compare(Workbench bench, Report report, Samples times, String name, Use use) throws Exception {
        boolean root = "root".equals(System.getProperty("user.name"));
        boolean there =
                Stream.of("/usr/bin/crun", "/usr/local/bin/crun").anyMatch(each -> Files.isExecutable(Path.of(each)));
        if (!root || !there) {
            report.note("(without " + name + ": it needs root, and `apt-get install crun`)");
            return;
        }
        try (Crun crun = new Crun(Files.createTempDirectory(bench.directory(), "crun"))) {
            report.latency("the same", times, name, use.of(crun));
        }
    }

    private void bundle(String name, String argv) throws IOException {
        Path bundle = Files.createDirectories(directory.resolve(name));
        Files.createDirectories(bundle.resolve("rootfs"));
        StringBuilder binds = new StringBuilder();
        for (String path : new String[] {"/usr", "/bin", "/lib", "/lib64"}) {
            if (Files.exists(Path.of(path))) {
                binds.append("""
                        , {"destination": "%1$s", "type": "bind", "source": "%1$s", "options": ["rbind", "ro"]}""".formatted(path));
            }
        }
        Files.writeString(bundle.resolve("config.json"), """
            {"ociVersion": "1.0.0",
             "process": {"user": {"uid": 0, "gid": 0}, "args": [%s], "env": ["PATH=/usr/bin:/bin"], "cwd": "/",
                         "noNewPrivileges": true, "capabilities": {}},
             "root": {"path": "rootfs"},
             "mounts": [{"destination": "/proc", "type": "proc", "source": "proc"},
                        {"destination": "/dev", "type": "tmpfs", "source": "tmpfs"},
                        {"destination": "/tmp", "type": "tmpfs", "source": "tmpfs"}%s],
             "linux": {"namespaces": [{"type": "pid"}, {"type": "network"}, {"type": "ipc"}, {"type": "uts"},
                                      {"type": "mount"}, {"type": "cgroup"}],
                       "resources": {"memory": {"limit": 1073741824}, "pids": {"limit": 256}}}}
            """.formatted(argv, binds));
    }

    /** A container of its own for each {@code sh -c 'echo x'}, until its first byte. */
    Samples runs(int rounds) throws IOException {
        return times(rounds, "$crun run --bundle run c");
    }

    /** The same command in a container that is there. */
    Samples execs(int rounds) throws IOException {
        say("$crun run --detach --bundle stay stay >/dev/null </dev/null");
        out.readLine();
        return times(rounds, "$crun exec stay /bin/sh -c 'echo x' </dev/null");
    }

    private Samples times(int rounds, String command) throws IOException {
        long[] times = new long[rounds];
        for (int i = -rounds / 4; i < rounds; i++) {
            long began = System.nanoTime();
            say(command);
            if (!"x".equals(out.readLine())) {
                throw new IOException("crun failed: " + Files.readString(directory.resolve("log")));
            }
            times[Math.max(i, 0)] = System.nanoTime() - began;
            out.readLine();
        }
        return Samples.of(times);
    }

    private void say(String command) throws IOException {
        in.write(command + "\n");
        in.flush();
    }

    @Override
    public void close() throws IOException, InterruptedException {
        say("$crun delete --force stay");
        in.close();
        shell.waitFor();
    }
}
