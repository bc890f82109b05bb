package dev.belay.cli.chat;

import dev.belay.cli.terminal.Terminal;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.jline.utils.Signals;

/** Lines from a file or another program. */
final class PipedInput implements Input {
    private static final String INT = "INT";

    private final BufferedReader lines;
    private final boolean ofThisProcess;
    private Optional<Object> before = Optional.empty();

    PipedInput(Terminal terminal) {
        this.lines = new BufferedReader(new InputStreamReader(terminal.in(), StandardCharsets.UTF_8));
        this.ofThisProcess = terminal.ofThisProcess();
    }

    @Override
    public Said line(String prompt) {
        try {
            String line = lines.readLine();
            return line == null ? new Said.End() : new Said.Line(line);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void onInterrupt(Runnable action) {
        if (ofThisProcess) {
            before = Optional.ofNullable(Signals.register(INT, action));
        }
    }

    @Override
    public boolean isPerson() {
        return false;
    }

    @Override
    public void close() {
        before.ifPresent(handler -> Signals.unregister(INT, handler));
    }
}
