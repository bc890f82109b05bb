package dev.belay.server.http;

import java.util.OptionalLong;

/**
 * Where the JSON events of a stream go, whatever carries them. Nothing here waits: what was added leaves with the next {@link #send}, and while
 * that is on its way nothing may be added. For one thread at a time.
 */
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

    /** Who is told what became of what was sent, on any thread, also before the call that sent it returns. Must not wait. */
    interface Sender {
        /** All of it is on its way: more may be added. */
        void sent();

        /** As {@link ReaderGoneException}; may be told more than once, and is the last that is told. */
        void gone(boolean cut);
    }

    /** Before anything is sent. */
    void tell(Sender sender);

    /** Whether something is on its way that the connection has not taken yet. */
    boolean busy();

    /**
     * Adds one event, or a part of a large one; its parts are added one after the other.
     *
     * @param seq the event's place in its stream; a transient one has none
     * @param json the whole event in UTF-8, which must not change any more
     * @param from the part's first byte
     * @param to the end of the part
     */
    void add(String type, OptionalLong seq, byte[] json, int from, int to);

    /** How many bytes were added and not yet sent. */
    int added();

    /** Sends what was added, if it is nothing the header of the answer. */
    void send();

    /** Sends what was added, and that this is all; it is {@link Sender#sent} when nothing of it is left to be written. */
    void end();

    /** As {@link #end}, early; reading on from {@code resumeAfter} loses no event. */
    void cut(Cut why, long resumeAfter);
}
