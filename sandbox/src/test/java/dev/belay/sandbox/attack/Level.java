package dev.belay.sandbox.attack;

import java.util.ArrayList;
import java.util.List;

/** What a server may run as. Each is a command that starts another as that. */
enum Level {
    ROOT("root", false),
    PLAIN_USER("user", true),
    /** Root of a user namespace that a plain user has made, with process ids and a /proc of its own. */
    CONTAINER(
            "container",
            true,
            "unshare",
            "--map-root-user",
            "--mount",
            "--pid",
            "--fork",
            "--mount-proc",
            "/bin/sh",
            "-c",
            "\"$@\"; exit $?",
            "sh"), // process 1 of a container reaps

    /** As {@link #CONTAINER}, where user namespaces are used up. */
    NO_NAMESPACES(
            "container",
            true,
            "unshare",
            "--map-root-user",
            "--mount",
            "/bin/sh",
            "-c",
            "echo 0 > /proc/sys/user/max_user_namespaces && exec \"$@\"",
            "sh"),
    /** As {@link #CONTAINER}, where parts of /proc are covered. */
    MASKED_PROC(
            "container",
            true,
            "unshare",
            "--map-root-user",
            "--mount",
            "--pid",
            "--fork",
            "--mount-proc",
            "/bin/sh",
            "-c",
            "mount --bind /dev/null /proc/keys && exec \"$@\"",
            "sh"),
    /** Hard limits of a user below those that a sandbox would be given. */
    LOW_LIMITS("user", true, "prlimit", "--nofile=512", "--core=0", "--memlock=65536", "--sigpending=1000", "--");

    private static final int USER = 65534;

    final String word;
    final boolean plain;
    private final List<String> command;

    Level(String word, boolean plain, String... command) {
        this.word = word;
        this.plain = plain;
        this.command = List.of(command);
    }

    /** The levels on which the catalogue is tried. */
    static List<Level> all() {
        return List.of(ROOT, PLAIN_USER, CONTAINER);
    }

    /** The user whom its files must belong to, as the host sees it. */
    int user() {
        return plain ? USER : 0;
    }

    List<String> starting(List<String> program) {
        List<String> all = new ArrayList<>();
        if (plain) {
            all.addAll(List.of("setpriv", "--reuid", "" + USER, "--regid", "" + USER, "--clear-groups"));
        }
        all.addAll(command);
        all.addAll(program);
        return all;
    }
}
