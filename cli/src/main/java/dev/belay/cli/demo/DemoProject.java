package dev.belay.cli.demo;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** What the demo brings along: a small Python project with a test that fails, and the script of the model that repairs it. */
final class DemoProject {
    /** The name of the project directory, and of the script. */
    static final String NAME = "demo";

    /** Runs the project's tests, in the project's directory. */
    static final List<String> TEST = List.of("/usr/bin/env", "python3", "-B", "-m", "unittest");

    private static final List<String> FILES = List.of("README.md", "parcel.py", "test_parcel.py");

    private DemoProject() {}

    static void writeTo(Path directory) {
        try {
            for (String file : FILES) {
                Files.writeString(directory.resolve(file), resource("project/" + file));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static String script() {
        return resource("demo.json");
    }

    private static String resource(String name) {
        try (InputStream in = DemoProject.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException("the demo's " + name + " is missing from the class path");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
