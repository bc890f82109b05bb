package dev.belay.sandbox.local.wire;

import java.io.IOException;

/** What listens to the private channel of a program. */
public interface ProgramChannel {
    /** The program has no channel, or nothing that it says there is wanted. */
    ProgramChannel DEAF = new ProgramChannel() {
        @Override
        public void started(ProgramStream toProgram) {}

        @Override
        public void received(byte[] bytes) {}

        @Override
        public void ended() {}
    };

    /** The program is being started; this is the way to it. */
    void started(ProgramStream toProgram);

    /** It sent these bytes. {@link IOException} if it may send no more: its end is closed then. What still comes may be ignored. */
    void received(byte[] bytes) throws IOException;

    /** It will send nothing more: its end is closed, or the exec has ended. Called at least once. */
    void ended();
}
