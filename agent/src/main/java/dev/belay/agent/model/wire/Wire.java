package dev.belay.agent.model.wire;

import dev.belay.agent.model.ModelRequest;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.util.Optional;

/** One way to speak to models, on a vendor's client. Safe for many threads. */
public interface Wire {
    /**
     * Sends the request and hands on what comes, until the answer or the stream ends. The reading happens in the calling thread; interrupting
     * that closes the connection.
     *
     * @throws Failed if the provider refused or the connection broke
     */
    void ask(ModelRequest request, StreamedAnswer answer) throws Failed;

    /** What a provider said instead of an answer. */
    record Refusal(int status, String message, Optional<String> retryAfter) {}

    /** A call that came to no answer, in what the vendor's client knows of it. */
    final class Failed extends Exception {
        private static final long serialVersionUID = 1;

        private final transient Optional<Refusal> refusal;

        private Failed(Optional<Refusal> refusal, Throwable cause) {
            super(cause);
            this.refusal = refusal;
        }

        /** The provider said no. */
        public static Failed refused(Refusal refusal, Throwable cause) {
            return new Failed(Optional.of(refusal), cause);
        }

        /** The connection failed, or what came over it was no answer. */
        public static Failed broken(Throwable cause) {
            return new Failed(Optional.empty(), cause);
        }

        Optional<Refusal> refusal() {
            return refusal;
        }

        /** Whether the provider may have worked on the request: it did not refuse it, and there was somebody at its address. */
        boolean mayHaveBeenHeard() {
            for (Throwable cause = getCause(); cause != null; cause = cause.getCause()) {
                if (cause instanceof ConnectException || cause instanceof UnknownHostException) {
                    return false;
                }
            }
            return refusal.isEmpty();
        }
    }
}
