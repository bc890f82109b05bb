package dev.belay.cli.chat;

import dev.belay.api.ConfigurationException;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.jline.reader.EndOfFileException;
import org.jline.reader.LineReader;
import org.jline.reader.LineReaderBuilder;
import org.jline.reader.UserInterruptException;
import org.jline.reader.impl.DefaultParser;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;

/** A person at a terminal, who edits lines and looks back at earlier ones. What is pasted may have many lines. */
final class TypedInput implements Input {
    private final Terminal terminal;
    private final LineReader reader;

    private TypedInput(Terminal terminal) {
        this.terminal = terminal;
        this.reader = LineReaderBuilder.builder()
                .terminal(terminal)
                // A prompt is words of a person and no command line: quotes, backslashes and exclamation marks mean
                // nothing.
                .parser(new DefaultParser().quoteChars(new char[0]).escapeChars(new char[0]))
                .option(LineReader.Option.DISABLE_EVENT_EXPANSION, true)
                .option(LineReader.Option.INSERT_TAB, true)
                .build();
    }

    static TypedInput open() {
        try {
            // Nothing is asked of the terminal that it would have to answer: the answer could get into a prompt.
            return new TypedInput(TerminalBuilder.builder()
                    .system(true)
                    .graphemeCluster(false)
                    .build());
        } catch (IOException | IllegalStateException e) {
            throw new ConfigurationException("the terminal cannot be used: " + e.getMessage());
        }
    }

    @Override
    public Said line(String prompt) {
        try {
            return new Said.Line(reader.readLine(prompt));
        } catch (UserInterruptException e) {
            return new Said.Interrupt(!e.getPartialLine().isBlank());
        } catch (EndOfFileException e) {
            return new Said.End();
        }
    }

    @Override
    public void onInterrupt(Runnable action) {
        terminal.handle(Terminal.Signal.INT, _ -> action.run());
    }

    @Override
    public boolean isPerson() {
        return true;
    }

    @Override
    public void close() {
        try {
            terminal.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
