package dev.belay.sandbox.local.exec;

import dev.belay.sandbox.ExecSpec;
import dev.belay.sandbox.Language;
import dev.belay.sandbox.Program;
import dev.belay.sandbox.Terminal;
import dev.belay.sandbox.local.wire.FrameBuilder;
import dev.belay.sandbox.local.wire.FrameType;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * How an exec is asked for.
 *
 * @param request the frame
 * @param message what goes to the program over its channel first
 * @param closesChannel whether nothing follows that message
 * @param forked whether a language worker is to fork it
 */
record Launch(ByteBuffer request, byte[] message, boolean closesChannel, boolean forked) {
    private static final Duration GRACE = Duration.ofSeconds(2);
    private static final int WITH_STDIN = 1;
    private static final int PROBE = 2;
    private static final int WITH_CHANNEL = 4;
    private static final int ON_TERMINAL = 8;
    private static final int AS_WORKER = 16;
    private static final int BY_WORKER = 32;

    /** Linux takes 128 KiB in one argument; longer code goes over the channel. */
    static final int MAX_SHELL_ARGUMENT = 100_000;

    /** Inside is the host's own {@code /usr}. */
    private static final String SHELL = Files.isExecutable(Path.of("/bin/bash")) ? "/bin/bash" : "/bin/sh";

    private static final String LONG_SHELL = "code=$(cat <&3); exec 3<&-; eval \"$code\"";
    private static final List<String> PYTHON_ALONE = List.of("/usr/bin/python3", "/opt/belay/worker.py", "alone");
    /** Isolated: nothing that a program can write is imported by the worker. */
    private static final List<String> PYTHON_WORKER = List.of("/usr/bin/python3", "-I", "/opt/belay/worker.py");

    /** All that a program finds in its environment unless the request adds to it. */
    private static final Map<String, String> ENVIRONMENT =
            Map.of("HOME", "/workspace", "LANG", "C.UTF-8", "PATH", "/usr/bin:/bin:/usr/local/bin");

    /** How interpreters are told what kind of request comes. */
    enum Mode {
        /** One program. */
        PROGRAM,
        /** One cell after the other. */
        CELLS
    }

    static Launch of(ExecSpec spec, boolean workerReady) {
        return switch (spec.program()) {
            case Program.Command(List<String> argv) -> command(spec, argv, 0, new byte[0], false);
            case Program.Code code ->
                switch (code.language()) {
                    case PYTHON -> python(spec, Mode.PROGRAM, code.whole(), workerReady);
                    case JAVASCRIPT -> node(spec, Mode.PROGRAM, code.whole());
                    case SHELL -> shell(spec, code.whole());
                };
        };
    }

    /** The process of a stateful interpreter. */
    static Launch interpreter(ExecSpec spec, Language language, boolean workerReady) {
        return switch (language) {
            case PYTHON -> python(spec, Mode.CELLS, "", workerReady);
            case JAVASCRIPT -> node(spec, Mode.CELLS, "");
            case SHELL -> throw new IllegalArgumentException("there is no stateful interpreter for the shell");
        };
    }

    /** The worker that forks Python. */
    static Launch worker(ExecSpec spec) {
        return new Launch(frame(spec, PYTHON_WORKER, AS_WORKER | WITH_CHANNEL), new byte[0], false, false);
    }

    /** The helper's own probe, run as a program inside. */
    static Launch probe(ExecSpec spec) {
        return command(spec, List.of("belay-sandbox", "probe"), PROBE, new byte[0], false);
    }

    private static Launch python(ExecSpec spec, Mode mode, String text, boolean workerReady) {
        byte[] message = message(spec, mode, "<program>", text);
        if (workerReady) {
            return new Launch(frame(spec, List.of(), BY_WORKER | WITH_CHANNEL), message, false, true);
        }
        return command(spec, PYTHON_ALONE, WITH_CHANNEL, message, false);
    }

    private static Launch node(ExecSpec spec, Mode mode, String text) {
        List<String> argv = List.of("node", "/opt/belay/program.js");
        return command(spec, argv, WITH_CHANNEL, message(spec, mode, "program.js", text), false);
    }

    private static Launch shell(ExecSpec spec, String text) {
        byte[] code = text.getBytes(StandardCharsets.UTF_8);
        if (code.length <= MAX_SHELL_ARGUMENT) {
            return command(spec, List.of(SHELL, "-c", text), 0, new byte[0], false);
        }
        return command(spec, List.of(SHELL, "-c", LONG_SHELL), WITH_CHANNEL, code, true);
    }

    private static Launch command(ExecSpec spec, List<String> argv, int flags, byte[] message, boolean closes) {
        int channel = spec.tools().isPresent() ? WITH_CHANNEL : 0;
        return new Launch(frame(spec, argv, flags | channel), message, closes, false);
    }

    private static ByteBuffer frame(ExecSpec spec, List<String> argv, int flags) {
        int stdin = spec.stdinOpen() || spec.stdin().length > 0 ? WITH_STDIN : 0;
        int terminal = spec.terminal().isPresent() ? ON_TERMINAL : 0;
        String directory = spec.directory().startsWith("/") ? spec.directory() : "/workspace/" + spec.directory();
        return new FrameBuilder(FrameType.EXEC)
                .u64(Math.max(1, spec.timeout().toMillis()))
                .u32((int) GRACE.toMillis())
                .u8(flags | stdin | terminal)
                .u32(spec.terminal().map(Terminal::rows).orElse(0))
                .u32(spec.terminal().map(Terminal::columns).orElse(0))
                .text(directory)
                .texts(argv)
                .texts(environment(spec))
                .build();
    }

    private static byte[] message(ExecSpec spec, Mode mode, String name, String text) {
        ByteArrayOutputStream message = new ByteArrayOutputStream();
        String environment = environment(spec).stream().collect(Collectors.joining("\0"));
        for (String each : List.of(mode.name().toLowerCase(Locale.ROOT), name, environment, text)) {
            byte[] bytes = each.getBytes(StandardCharsets.UTF_8);
            message.writeBytes(
                    ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).array());
            message.writeBytes(bytes);
        }
        return ByteBuffer.allocate(Integer.BYTES + message.size())
                .putInt(message.size())
                .put(message.toByteArray())
                .array();
    }

    private static List<String> environment(ExecSpec spec) {
        Map<String, String> all = new TreeMap<>(ENVIRONMENT);
        if (spec.terminal().isPresent()) {
            all.put("TERM", "xterm-256color");
        }
        if (spec.tools().isPresent()) {
            all.put("BELAY_TOOLS_FD", "3");
            all.put("PYTHONPATH", "/opt/belay/lib");
            all.put("NODE_PATH", "/opt/belay/lib");
        }
        all.putAll(spec.env());
        List<String> assignments = new ArrayList<>();
        all.forEach((name, value) -> assignments.add(name + "=" + value));
        return assignments;
    }
}
