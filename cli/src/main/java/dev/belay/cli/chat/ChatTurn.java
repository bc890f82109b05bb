package dev.belay.cli.chat;

import dev.belay.client.session.Message;
import dev.belay.client.session.SessionEvent;
import dev.belay.client.session.SessionEvents;
import dev.belay.client.session.Sessions;
import java.util.Optional;
import java.util.function.Consumer;

/** One turn, read to its end over as many connections and servers as it takes. For one thread. */
final class ChatTurn {
    private final String session;
    private final Begin begin;
    private Optional<String> turn = Optional.empty();
    private long cursor;

    private interface Begin {
        SessionEvents with(Sessions sessions);
    }

    private ChatTurn(String session, Begin begin) {
        this.session = session;
        this.begin = begin;
    }

    /** The turn of a message that is yet to be sent. */
    static ChatTurn of(String session, Message message) {
        return new ChatTurn(session, sessions -> sessions.send(session, message));
    }

    /** A turn that runs, from the event {@code after} on. */
    static ChatTurn joined(String session, String turn, long after) {
        return new ChatTurn(session, sessions -> sessions.turn(session, turn, after));
    }

    /** @return how it ended; empty if the session ended first */
    Optional<SessionEvent.Result> follow(Connection connection, Consumer<SessionEvent> reader) {
        return connection.ask(sessions -> {
            try (SessionEvents events = open(sessions)) {
                for (var event = events.next(); event.isPresent(); event = events.next()) {
                    turn = turn.or(event.get()::turn);
                    cursor = events.cursor();
                    reader.accept(event.get());
                    if (event.get().result().isPresent()) {
                        return event.get().result();
                    }
                }
                return Optional.empty();
            }
        });
    }

    /** A message that is sent again, after an answer that broke off before its first event, runs once all the same. */
    private SessionEvents open(Sessions sessions) {
        return turn.isEmpty() || cursor == 0 ? begin.with(sessions) : sessions.turn(session, turn.get(), cursor);
    }
}
