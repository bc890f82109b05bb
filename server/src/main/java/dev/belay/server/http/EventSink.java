package dev.belay.server.http;

import java.util.OptionalLong;

/** Where the JSON events of a stream go, whatever carries them. For one thread; a reader that does not read blocks it, and not for ever. */
public interface EventSink {
    /** Why a stream ends before all is told. */
    enum Cut {
        /** The reader was too slow, or there is no room for it now. */
        TRY_AGAIN,
        SERVER_STOPS,
        /** What was to be told cannot be read now. */
        FAILED,
        /** The reader's key is not valid any more. */
        KEY_ENDED
    }

    /** The reader is not there any more. */
    final class ReaderGoneException extends Exception {
        private static final long serialVersionUID = 1;
        private final boolean cut;

        ReaderGoneException(Throwable cause, boolean cut) {
            super(cut ? "the reader took nothing for too long" : "the client closed the connection", cause);
            this.cut = cut;
        }

        /** Whether we ended the connection because the reader took nothing; otherwise the client closed it. */
        public boolean cut() {
            return cut;
        }
    }

    /**
     * Writes one event; {@link #flush} makes sure that it leaves.
     *
     * @param seq the event's place in its stream; a transient one has none
     */
    void write(String type, OptionalLong seq, String json) throws ReaderGoneException;

    void flush() throws ReaderGoneException;

    /** Says that this is all. Nothing is left to be written when it returns. */
    void end() throws ReaderGoneException;

    /** Ends it early; reading on from {@code resumeAfter} loses no event. */
    void cut(Cut why, long resumeAfter) throws ReaderGoneException;
}
