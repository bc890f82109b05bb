package dev.belay.cli.terminal;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Optional;

/**
 * The terminal that a person sits at, as the C library sees it on descriptor 0. Raw, it hands on every key as it is typed, Ctrl-C too, and
 * shows nothing by itself.
 */
public final class TerminalDevice {
    private static final int STDIN = 0;
    private static final int NOW = 0;
    private static final long GET_SIZE = 0x5413; // TIOCGWINSZ
    /** More than any C library's struct termios. */
    private static final long SETTINGS_BYTES = 256;

    private static final Linker LINKER = Linker.nativeLinker();
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;

    private final MethodHandle getSettings =
            function("tcgetattr", FunctionDescriptor.of(INT, INT, ValueLayout.ADDRESS));
    private final MethodHandle setSettings =
            function("tcsetattr", FunctionDescriptor.of(INT, INT, INT, ValueLayout.ADDRESS));
    private final MethodHandle makeRaw = function("cfmakeraw", FunctionDescriptor.ofVoid(ValueLayout.ADDRESS));
    private final MethodHandle control = function(
            "ioctl",
            FunctionDescriptor.of(INT, INT, ValueLayout.JAVA_LONG, ValueLayout.ADDRESS),
            Linker.Option.firstVariadicArg(2));

    /** Only for a process whose standard input is a terminal. */
    TerminalDevice() {}

    private static MethodHandle function(String name, FunctionDescriptor shape, Linker.Option... options) {
        return LINKER.downcallHandle(LINKER.defaultLookup().findOrThrow(name), shape, options);
    }

    /** Rows and columns, each at least 1. */
    public record Size(int rows, int columns) {}

    /** Its size; empty if it does not say. */
    public Optional<Size> size() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment size = arena.allocate(8);
            int failed = (int) control.invokeExact(STDIN, GET_SIZE, size);
            int rows = Short.toUnsignedInt(size.get(ValueLayout.JAVA_SHORT, 0));
            int columns = Short.toUnsignedInt(size.get(ValueLayout.JAVA_SHORT, 2));
            return failed != 0 || rows == 0 || columns == 0 ? Optional.empty() : Optional.of(new Size(rows, columns));
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    /** A terminal that is raw until this is closed, or the process ends by a signal. */
    public final class Raw implements AutoCloseable {
        private final Arena arena = Arena.ofShared();
        private final MemorySegment before = arena.allocate(SETTINGS_BYTES);
        private final Thread onSignal = Thread.ofPlatform().unstarted(this::restore);

        private Raw() {
            try {
                MemorySegment raw = arena.allocate(SETTINGS_BYTES);
                int failed = (int) getSettings.invokeExact(STDIN, before) | (int) getSettings.invokeExact(STDIN, raw);
                if (failed == 0) {
                    makeRaw.invokeExact(raw);
                    Runtime.getRuntime().addShutdownHook(onSignal);
                    int _ = (int) setSettings.invokeExact(STDIN, NOW, raw);
                }
            } catch (Throwable e) {
                throw impossible(e);
            }
        }

        private void restore() {
            try {
                int _ = (int) setSettings.invokeExact(STDIN, NOW, before);
            } catch (Throwable e) {
                throw impossible(e);
            }
        }

        @Override
        public void close() {
            restore();
            try {
                Runtime.getRuntime().removeShutdownHook(onSignal);
                arena.close();
            } catch (IllegalStateException e) {
                // A signal came: the hook runs and needs the settings.
            }
        }
    }

    /** Makes it raw. */
    public Raw raw() {
        return new Raw();
    }

    private static IllegalStateException impossible(Throwable thrown) {
        return new IllegalStateException("the terminal cannot be set", thrown);
    }
}
