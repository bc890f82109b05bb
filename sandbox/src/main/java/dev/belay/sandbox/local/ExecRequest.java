package dev.belay.sandbox.local;

import dev.belay.sandbox.ExecSpec;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** The frame that asks for an exec. */
final class ExecRequest {
    private static final Duration GRACE = Duration.ofSeconds(2);
    private static final int WITH_STDIN = 1;
    private static final int PROBE = 2;

    /** Linux takes about 2 MiB of arguments and environment together. */
    private static final int MAX_CHARACTERS = 2 << 20;

    private static final int MAX_DIRECTORY = 1024;

    /** All that a program finds in its environment unless the request adds to it. */
    private static final Map<String, String> ENVIRONMENT =
            Map.of("HOME", "/workspace", "LANG", "C.UTF-8", "PATH", "/usr/bin:/bin:/usr/local/bin");

    private ExecRequest() {}

    /** Why this cannot be run, in a sentence; empty if it can. */
    static String problem(ExecSpec spec) {
        long size = 0;
        for (String text : (Iterable<String>) texts(spec)::iterator) {
            if (text.indexOf('\0') >= 0) {
                return "An argument, a variable or the directory holds a NUL character.";
            }
            size += text.length();
        }
        if (size > MAX_CHARACTERS) {
            return "Arguments and environment are longer than " + MAX_CHARACTERS + " characters together.";
        }
        if (spec.directory().length() > MAX_DIRECTORY) {
            return "The working directory is longer than " + MAX_DIRECTORY + " characters.";
        }
        for (String name : spec.env().keySet()) {
            if (name.isEmpty() || name.indexOf('=') >= 0) {
                return "Not a name of an environment variable: \"" + name + "\".";
            }
        }
        return "";
    }

    private static Stream<String> texts(ExecSpec spec) {
        return Stream.of(
                        spec.argv().stream(),
                        spec.env().keySet().stream(),
                        spec.env().values().stream(),
                        Stream.of(spec.directory()))
                .flatMap(each -> each);
    }

    static ByteBuffer frame(ExecSpec spec, boolean probe) {
        int flags = (spec.stdin().length > 0 ? WITH_STDIN : 0) | (probe ? PROBE : 0);
        String directory = spec.directory().startsWith("/") ? spec.directory() : "/workspace/" + spec.directory();
        return new FrameBuilder(FrameType.EXEC)
                .u64(Math.max(1, spec.timeout().toMillis()))
                .u32((int) GRACE.toMillis())
                .u8(flags)
                .text(directory)
                .texts(spec.argv())
                .texts(environment(spec))
                .build();
    }

    private static List<String> environment(ExecSpec spec) {
        Map<String, String> all = new TreeMap<>(ENVIRONMENT);
        all.putAll(spec.env());
        List<String> assignments = new ArrayList<>();
        all.forEach((name, value) -> assignments.add(name + "=" + value));
        return assignments;
    }
}
