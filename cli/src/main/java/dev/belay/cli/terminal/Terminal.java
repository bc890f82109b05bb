package dev.belay.cli.terminal;

import dev.belay.api.InvalidRequestException;
import java.io.Console;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * Where a command speaks: stdout for what was asked for, stderr for the rest, both UTF-8 whatever the locale. Colours only for a terminal,
 * and not if {@code NO_COLOR} is set (no-color.org). Safe for many threads.
 */
public final class Terminal {
    private static final int LONGEST_SECRET = 64 << 10;

    private final InputStream in;
    private final PrintStream out;
    private final PrintStream err;
    private final boolean colour;

    /** @param colour whether styles are shown */
    public Terminal(PrintStream out, PrintStream err, boolean colour) {
        this(InputStream.nullInputStream(), out, err, colour);
    }

    /** @param in where a command reads what it is not told by arguments */
    public Terminal(InputStream in, PrintStream out, PrintStream err, boolean colour) {
        this.in = in;
        this.out = out;
        this.err = err;
        this.colour = colour;
    }

    /** The streams of this process. */
    public static Terminal ofProcess(Map<String, String> environment) {
        boolean colour = leadsToTerminal(1)
                && environment.getOrDefault("NO_COLOR", "").isEmpty()
                && !environment.getOrDefault("TERM", "dumb").equals("dumb");
        return new Terminal(System.in, stream(FileDescriptor.out), stream(FileDescriptor.err), colour);
    }

    private static PrintStream stream(FileDescriptor descriptor) {
        return new PrintStream(new FileOutputStream(descriptor), true, StandardCharsets.UTF_8);
    }

    /** The JDK tells only of stdin and stdout together; Linux tells of each. */
    private static boolean leadsToTerminal(int descriptor) {
        try {
            String target = Files.readSymbolicLink(Path.of("/proc/self/fd/" + descriptor))
                    .toString();
            return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty") || target.equals("/dev/console");
        } catch (IOException e) {
            return false;
        }
    }

    /** What comes in. */
    public InputStream in() {
        return in;
    }

    /** The terminal that a person types at; empty where the input comes from elsewhere. */
    public Optional<TerminalDevice> device() {
        return ofThisProcess() && leadsToTerminal(0) ? Optional.of(new TerminalDevice()) : Optional.empty();
    }

    /** Whether somebody sits there who reads what is written, and may type. */
    public boolean isPerson() {
        return ofThisProcess() && leadsToTerminal(0) && leadsToTerminal(1);
    }

    /** Whether its streams are those of this process, so that signals are meant for it. */
    public boolean ofThisProcess() {
        return in.equals(System.in);
    }

    public PrintStream out() {
        return out;
    }

    public PrintStream err() {
        return err;
    }

    /**
     * Something that must not be seen: asked for without echo where a person sits at a terminal, else the first line of what comes in.
     *
     * @throws InvalidRequestException if nothing comes
     */
    public String secret(String question) {
        Console console = leadsToTerminal(0) ? System.console() : null;
        if (console != null) {
            char[] typed = console.readPassword("%s", question);
            return typed == null ? nothing() : new String(typed).strip();
        }
        try {
            byte[] bytes = in.readNBytes(LONGEST_SECRET);
            return new String(bytes, StandardCharsets.UTF_8)
                    .lines()
                    .findFirst()
                    .map(String::strip)
                    .filter(line -> !line.isEmpty())
                    .orElseGet(Terminal::nothing);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String nothing() {
        throw new InvalidRequestException("value", "there is no key on standard input");
    }

    /** A line to stdout. */
    public void say(String line) {
        out.println(line);
    }

    /** A piece of a line to stdout, seen at once. */
    public void write(String piece) {
        out.print(piece);
        out.flush();
    }

    /** The text in that style, if styles are shown. */
    public String styled(Style style, String text) {
        return colour && !text.isEmpty() ? "\u001b[" + style.code() + "m" + text + "\u001b[0m" : text;
    }

    /**
     * Text from outside (a model, a program, a file), made harmless: control characters, with which it could move the cursor or rename the
     * window, are shown as pictures of themselves. Line breaks stay, tabs become spaces, a return before a line break goes.
     */
    public static String harmless(String text) {
        StringBuilder clean = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '\n') {
                clean.append(c);
            } else if (c == '\t') {
                clean.append("    ");
            } else if (c < 0x20) {
                if (c != '\r' || i + 1 == text.length() || text.charAt(i + 1) != '\n') {
                    clean.append((char) (0x2400 + c));
                }
            } else if (c == 0x7f) {
                clean.append('\u2421');
            } else if ((c > 0x7f && c < 0xa0) || isDirectionMark(c)) {
                clean.append('\ufffd');
            } else {
                clean.append(c);
            }
        }
        return clean.toString();
    }

    /** Marks that reorder what stands around them, so that code reads as what it is not. */
    private static boolean isDirectionMark(char c) {
        return (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
    }
}
