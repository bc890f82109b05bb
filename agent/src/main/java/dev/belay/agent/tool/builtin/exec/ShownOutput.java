package dev.belay.agent.tool.builtin.exec;

import dev.belay.agent.tool.text.Clipped;
import dev.belay.sandbox.ExecResult;

/** The part of an exec's output that a model is shown: 30,000 characters, shared by both streams so that neither crowds out the other. */
record ShownOutput(Clipped stdout, Clipped stderr) {
    private static final int MAX_CHARS = 30_000;
    /** What to ask of the sandbox. */
    static final int CAPTURE_BYTES = Clipped.bytesFor(MAX_CHARS);

    static ShownOutput of(ExecResult result) {
        int out = result.stdout().text().length();
        int err = result.stderr().text().length();
        return new ShownOutput(
                Clipped.of(result.stdout(), Math.max(MAX_CHARS / 2, MAX_CHARS - err)),
                Clipped.of(result.stderr(), Math.max(MAX_CHARS / 2, MAX_CHARS - out)));
    }

    long cutBytes() {
        return stdout.cutBytes() + stderr.cutBytes();
    }
}
