package dev.belay.agent.session;

import dev.belay.agent.session.ConversationStore.Conversation;
import dev.belay.api.BelayException;
import dev.belay.api.NotFoundException;
import dev.belay.api.SandboxId;
import dev.belay.api.Scope;
import dev.belay.api.SessionId;
import dev.belay.api.event.StreamId;
import dev.belay.eventlog.StreamCare;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Erases conversations. First one is buried, in one unit of work: from then on nobody finds it. What is left of it goes in small pieces, and
 * what this process does not come to, the next one does.
 */
final class Erasing {
    private static final Logger LOG = LoggerFactory.getLogger(Erasing.class);

    private final Sessions.Parts parts;
    private final Turns turns;
    private final SessionEnding ending;
    private final StreamCare streams;

    Erasing(Sessions.Parts parts, Turns turns, SessionEnding ending, StreamCare streams) {
        this.parts = parts;
        this.turns = turns;
        this.ending = ending;
        this.streams = streams;
    }

    void erase(Scope scope, SessionId session) {
        Optional<SessionStore.Row> alive = parts.database().read(view -> SessionStore.find(view, scope, session));
        Conversation conversation = parts.database()
                .read(view -> ConversationStore.find(view, scope, session))
                .orElseThrow(() -> new NotFoundException("there is no session " + session));
        alive.ifPresent(row -> ending.delete(scope, row));
        bury(conversation);
    }

    /** What could not be made goes again; what is in its way is only logged, and left to the next clean-up. */
    void eraseQuietly(SessionStore.Row made) {
        try {
            ending.destroy(made.serversScope(), made.id());
            parts.database()
                    .read(view -> ConversationStore.find(view, made.serversScope(), made.id()))
                    .ifPresent(this::bury);
        } catch (BelayException e) {
            LOG.warn("the session {} was not completed and could not be erased: {}", made.id(), e.text());
        }
    }

    private void bury(Conversation conversation) {
        if (parts.database().write(tx -> ConversationStore.bury(tx, conversation, parts.nowMicros()))) {
            clear(conversation);
        }
    }

    /** Erases it if nothing was asked of it since it was looked at, and nothing runs or waits in it; whether it did. */
    boolean eraseUnused(Conversation conversation) {
        if (!parts.database().write(tx -> ConversationStore.buryUnused(tx, conversation, parts.nowMicros()))) {
            return false;
        }
        clear(conversation);
        return true;
    }

    /** Goes on where an earlier process, or an error, broke off. */
    void goOn() {
        parts.database().read(ConversationStore::buried).forEach(this::clear);
    }

    /** As {@link #goOn}, and erases what an earlier process had begun to make. Call before anything is made. */
    void recover() {
        for (Conversation begun : parts.database().read(ConversationStore::starting)) {
            ending.destroy(begun.scope(), begun.id());
            parts.database().write(tx -> ConversationStore.bury(tx, begun, parts.nowMicros()));
        }
    }

    private void clear(Conversation conversation) {
        SessionId id = conversation.id();
        try {
            ending.destroy(conversation.scope(), id);
            if (turns.of(id).isPresent()) {
                // A turn that does not end may still write; it is erased later.
                return;
            }
            for (SandboxId sandbox : parts.lifecycle().all(id)) {
                streams.erase(StreamId.of(sandbox));
            }
            parts.lifecycle().forget(id);
            streams.erase(StreamId.of(id));
            parts.database().write(tx -> {
                ConversationStore.erased(tx, id);
                return true;
            });
        } catch (BelayException e) {
            LOG.warn("the conversation {} is not erased completely yet: {}", id, e.text());
        }
    }
}
