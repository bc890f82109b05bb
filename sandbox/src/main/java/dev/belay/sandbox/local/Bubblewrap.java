package dev.belay.sandbox.local;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Pattern;

/** The program that builds the walls, as it is installed. */
public record Bubblewrap(Path path, String version) {
    /** The one on the PATH, which is asked for its version. */
    static Optional<Bubblewrap> find() {
        return locate().map(path -> new Bubblewrap(path, versionOf(path)));
    }

    /** The one on the PATH. */
    static Optional<Path> locate() {
        String path = Optional.ofNullable(System.getenv("PATH")).orElse("/usr/bin:/bin");
        return Pattern.compile(Pattern.quote(File.pathSeparator))
                .splitAsStream(path)
                .filter(entry -> entry.startsWith("/"))
                .map(entry -> Path.of(entry, "bwrap"))
                .filter(Files::isExecutable)
                .findFirst();
    }

    /** What is left of {@code bubblewrap 0.8.0} without the name. */
    private static String versionOf(Path path) {
        ProcessBuilder builder = new ProcessBuilder(path.toString(), "--version").redirectErrorStream(true);
        builder.environment().clear();
        try {
            Process process = builder.start();
            process.getOutputStream().close();
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return said.lines().findFirst().orElse("unknown").replaceFirst("^bubblewrap ", "");
        } catch (IOException e) {
            return "unknown (" + e.getMessage() + ")";
        }
    }
}
