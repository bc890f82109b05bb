package dev.belay.sandbox.local;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What to do about a host that cannot build the walls. */
final class HostHints {
    private static final Path SYSCTL = Path.of("/proc/sys");

    private HostHints() {}

    /** The reason, and the setting that stands in the way if one is known. */
    static String explain(String reason) {
        String hint = hint();
        return "This host cannot build a sandbox: " + reason + (hint.isEmpty() ? "" : ". " + hint);
    }

    private static String hint() {
        if (is("user/max_user_namespaces", "0")) {
            return "User namespaces are switched off: sysctl -w user.max_user_namespaces=16384";
        }
        if (is("kernel/unprivileged_userns_clone", "0")) {
            return "User namespaces are switched off: sysctl -w kernel.unprivileged_userns_clone=1";
        }
        if (is("kernel/apparmor_restrict_unprivileged_userns", "1")) {
            return "AppArmor restricts user namespaces: give bwrap a profile that allows userns, or "
                    + "sysctl -w kernel.apparmor_restrict_unprivileged_userns=0";
        }
        if (Files.exists(Path.of("/run/.containerenv")) || Files.exists(Path.of("/.dockerenv"))) {
            return "This looks like a container: start it with a seccomp profile that allows user namespaces and an unmasked /proc "
                    + "(podman: --security-opt unmask=ALL; docker: --security-opt systempaths=unconfined)";
        }
        return "";
    }

    private static boolean is(String name, String value) {
        try {
            return Files.readString(SYSCTL.resolve(name)).strip().equals(value);
        } catch (IOException e) {
            return false; // this kernel has no such setting
        }
    }
}
