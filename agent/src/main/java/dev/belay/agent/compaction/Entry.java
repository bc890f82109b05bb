package dev.belay.agent.compaction;

import dev.belay.agent.model.Message;

/**
 * One message of a conversation, with its place in the session's log.
 *
 * @param seq of the last event that the message was made of; a summary has that of the first event that it stands for
 * @param pinned whether it stays word for word; only a prompt can be pinned
 */
public record Entry(Kind kind, Message message, long seq, boolean pinned) {
    /** What a message is in its conversation. */
    public enum Kind {
        /** Begins a turn. */
        PROMPT,
        /** Stands for what came before it. */
        SUMMARY,
        /** All else: what the model said, what tools returned, reminders, and what the user added to a running turn. */
        WITHIN
    }

    public Entry {
        if (pinned && kind != Kind.PROMPT) {
            throw new IllegalArgumentException("only a prompt can be pinned");
        }
        if (kind != Kind.WITHIN && !(message instanceof Message.User)) {
            throw new IllegalArgumentException("a prompt and a summary are messages of the user's");
        }
    }

    public static Entry prompt(String text, long seq) {
        return new Entry(Kind.PROMPT, new Message.User(text), seq, false);
    }

    public static Entry within(Message message, long seq) {
        return new Entry(Kind.WITHIN, message, seq, false);
    }

    /** The same prompt, pinned. */
    public Entry pin() {
        return new Entry(kind, message, seq, true);
    }
}
