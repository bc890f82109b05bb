package dev.belay.agent.mcp;

import java.io.IOException;
import java.util.function.BooleanSupplier;

/** How messages, each one JSON text, get to a server and back. Safe for many threads. */
interface Wire extends AutoCloseable {
    /** The largest message that is taken from a server, in bytes; it is outside of what sessions may cost. */
    int LARGEST_MESSAGE = 4 << 20;

    /** Where messages go. */
    interface Receiver {
        void message(String json);

        /** Nothing more comes; says why. */
        void ended(String why);
    }

    /** Begins. Called once, before all else. */
    void open(Receiver receiver) throws IOException;

    /**
     * Sends a message.
     *
     * @param answered whether the server need not answer it, or has
     */
    void send(String json, BooleanSupplier answered) throws IOException, InterruptedException;

    /** The version of the protocol that both sides speak. */
    void speaks(String version);

    /** Ends it; when it returns, no process, thread or connection of it is left. Idempotent. */
    @Override
    void close();
}
