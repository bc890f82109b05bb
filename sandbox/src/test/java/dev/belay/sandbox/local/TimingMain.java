package dev.belay.sandbox.local;

import dev.belay.sandbox.ExecSpec;
import dev.belay.sandbox.SandboxLimits;
import java.util.Arrays;

/** Prints how long a sandbox and an exec take beside the same command under plain bubblewrap and without any walls. Not a test. */
final class TimingMain {
    private static final String[] BUBBLEWRAP = {
        "setpriv",
        "--reuid",
        "200001",
        "--regid",
        "200001",
        "--clear-groups",
        "bwrap",
        "--unshare-all",
        "--ro-bind",
        "/usr",
        "/usr",
        "--symlink",
        "usr/bin",
        "/bin",
        "--symlink",
        "usr/lib",
        "/lib",
        "--symlink",
        "usr/lib64",
        "/lib64",
        "--proc",
        "/proc",
        "--dev",
        "/dev",
        "--tmpfs",
        "/tmp"
    };

    private TimingMain() {}

    public static void main(String[] arguments) throws Exception {
        String[] nothing = {"/bin/true"};
        String[] python = {"/usr/bin/python3", "-c", "pass"};
        try (Lab lab = new Lab();
                LocalSandbox sandbox = lab.create()) {
            for (int round = 0; round < 2; round++) {
                time("true, no walls", 300, () -> spawn(nothing));
                time("true, bubblewrap", 100, () -> spawn(BUBBLEWRAP, nothing));
                time("true, warm exec", 1000, () -> sandbox.run(ExecSpec.of(nothing)));
                time("python, no walls", 100, () -> spawn(python));
                time("python, bubblewrap", 100, () -> spawn(BUBBLEWRAP, python));
                time("python, warm exec", 100, () -> sandbox.run(ExecSpec.of(python)));
                time("stat of a file", 500, () -> sandbox.files().stat("/workspace"));
                time(
                        "create and destroy",
                        100,
                        () -> lab.create(SandboxLimits.DEFAULT).close());
            }
        }
    }

    private interface Step {
        void run() throws Exception;
    }

    private static void spawn(String[]... parts) throws Exception {
        String[] command = Arrays.stream(parts).flatMap(Arrays::stream).toArray(String[]::new);
        if (new ProcessBuilder(command).start().waitFor() != 0) {
            throw new AssertionError("failed: " + String.join(" ", command));
        }
    }

    private static void time(String name, int count, Step step) throws Exception {
        long[] nanos = new long[count];
        for (int i = 0; i < count; i++) {
            long start = System.nanoTime();
            step.run();
            nanos[i] = System.nanoTime() - start;
        }
        Arrays.sort(nanos);
        System.out.printf(
                "%-20s p50 %7.3f ms  p99 %7.3f ms  least %7.3f ms%n",
                name, nanos[count / 2] / 1e6, nanos[count * 99 / 100] / 1e6, nanos[0] / 1e6);
    }
}
