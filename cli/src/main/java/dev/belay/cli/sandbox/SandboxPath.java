package dev.belay.cli.sandbox;

import java.util.Optional;

/** {@code ID:PATH}: a path inside a sandbox. Without a path it is {@code /workspace}. */
record SandboxPath(String sandbox, String path) {
    /** Empty for what is a path of this machine: no colon, or a slash before it. */
    static Optional<SandboxPath> of(String text) {
        int colon = text.indexOf(':');
        int slash = text.indexOf('/');
        if (colon < 1 || (slash >= 0 && slash < colon)) {
            return Optional.empty();
        }
        String path = text.substring(colon + 1);
        return Optional.of(new SandboxPath(text.substring(0, colon), path.isEmpty() ? "/workspace" : path));
    }

    /** What a path ends in; empty for the root. */
    String name() {
        String clean = path.replaceAll("/+$", "");
        return clean.substring(clean.lastIndexOf('/') + 1);
    }

    SandboxPath resolve(String name) {
        return new SandboxPath(sandbox, path.replaceAll("/+$", "") + "/" + name);
    }

    /** The directory that it is in. */
    String directory() {
        String clean = path.replaceAll("/+$", "");
        int slash = clean.lastIndexOf('/');
        return slash < 0 ? "/workspace" : slash == 0 ? "/" : clean.substring(0, slash);
    }
}
