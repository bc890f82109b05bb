package dev.belay.cli.sandbox;

import dev.belay.api.BelayException;
import dev.belay.cli.terminal.Terminal;
import dev.belay.cli.terminal.TerminalDevice;
import dev.belay.client.sandbox.ExecResult;
import dev.belay.client.sandbox.RunningCommand;
import dev.belay.client.sandbox.TerminalSize;
import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;

/** A command of a sandbox and the person, or program, that runs it: output as it comes, input as it is typed. */
final class Conversation {
    static final TerminalSize STANDARD = new TerminalSize(24, 80);
    private static final Duration LOOK_AT_SIZE = Duration.ofMillis(500);

    private final RunningCommand command;
    private final Terminal terminal;

    Conversation(RunningCommand command, Terminal terminal) {
        this.command = command;
        this.terminal = terminal;
    }

    /** Passes output on until the command ends. A reader of ours that has gone ends it. */
    ExecResult follow() {
        Optional<RunningCommand.Output> next = command.next();
        while (next.isPresent()) {
            PrintStream to = next.get().error() ? terminal.err() : terminal.out();
            byte[] bytes = next.get().bytes();
            to.write(bytes, 0, bytes.length);
            to.flush();
            if (to.checkError()) {
                command.close();
            }
            next = command.next();
        }
        return command.result().orElseThrow();
    }

    /** Begins to pass on what comes in; the thread ends with it, or with the process. */
    void takeInput() {
        Thread.ofPlatform().daemon().name("input").start(() -> {
            byte[] chunk = new byte[1 << 15];
            try {
                for (int n = terminal.in().read(chunk);
                        n >= 0;
                        n = terminal.in().read(chunk)) {
                    command.write(Arrays.copyOf(chunk, n));
                }
                command.endInput();
            } catch (IOException | BelayException e) {
                // The command has ended, or its end is told where its output is read.
            }
        });
    }

    /** Begins to tell the command when the terminal gets another size. */
    void watchSize(TerminalDevice device, TerminalSize first) {
        Thread.ofVirtual().name("size").start(() -> {
            TerminalSize known = first;
            try {
                while (true) {
                    Thread.sleep(LOOK_AT_SIZE);
                    TerminalSize now = size(device);
                    if (!now.equals(known)) {
                        command.resize(now);
                        known = now;
                    }
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } catch (BelayException e) {
                // The command has ended.
            }
        });
    }

    static TerminalSize size(TerminalDevice device) {
        return device.size()
                .map(size -> new TerminalSize(size.rows(), size.columns()))
                .orElse(STANDARD);
    }
}
