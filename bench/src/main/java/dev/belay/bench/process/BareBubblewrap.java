package dev.belay.bench.process;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The floor of a sandbox: plain bubblewrap with every namespace and nothing of Belay around it. */
public final class BareBubblewrap {
    private static final List<String> WALLS = List.of(
            "bwrap",
            "--unshare-all",
            "--die-with-parent",
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
            "/tmp");

    private BareBubblewrap() {}

    /** The command that runs another one there. */
    public static List<String> command(String... argv) {
        List<String> all = new ArrayList<>(WALLS);
        all.addAll(List.of(argv));
        return all;
    }

    /** The same with that directory of the host as its working directory {@code /workspace}, writable. */
    public static List<String> commandIn(Path workspace, String... argv) {
        List<String> all = new ArrayList<>(WALLS);
        all.addAll(List.of("--bind", workspace.toString(), "/workspace", "--chdir", "/workspace"));
        all.addAll(List.of(argv));
        return all;
    }
}
