package dev.belay.eventlog;

import dev.belay.api.NotFoundException;
import dev.belay.api.OrganisationId;
import dev.belay.api.Scope;
import dev.belay.api.TurnId;
import dev.belay.api.WorkspaceId;
import dev.belay.api.event.Event;
import dev.belay.api.event.StreamId;
import dev.belay.store.Tx;
import dev.belay.store.View;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;

/** The SQL of the event log. */
final class EventStore {
    private static final String OPEN = """
        INSERT INTO stream (kind, ref, organisation, workspace, epoch) VALUES (?, ?, ?, ?, 1)
        ON CONFLICT DO NOTHING RETURNING id\
        """;

    private static final String INSERT = """
        INSERT INTO event (stream, seq, time, principal, turn, parent, source, kind, version, epoch, body)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)\
        """;

    private static final long COUNTED_AT_ONCE = 2000;

    private EventStore() {}

    /** A stream's row and where it stands. */
    record StreamRow(long id, OrganisationId organisation, WorkspaceId workspace, long epoch, long lastSeq) {}

    /** The stream's row for writing, made if it is new; {@link NotFoundException} if it belongs to another workspace. */
    static StreamRow open(Tx tx, Scope scope, StreamId stream) {
        Optional<Long> made = tx.first(
                OPEN,
                row -> row.getLong(1),
                stream.kind().name(),
                stream.id(),
                scope.organisation().value(),
                scope.workspace().value());
        if (made.isPresent()) {
            return new StreamRow(made.get(), scope.organisation(), scope.workspace(), 1, 0);
        }
        return find(tx, stream)
                .filter(row -> row.workspace().equals(scope.workspace()))
                .orElseThrow(() -> unknown(stream));
    }

    static Optional<StreamRow> find(View view, StreamId stream) {
        return view.first(
                """
                SELECT id, organisation, workspace, epoch,
                       COALESCE((SELECT MAX(seq) FROM event WHERE event.stream = stream.id), 0) AS last_seq
                FROM stream WHERE kind = ? AND ref = ?\
                """,
                rs -> new StreamRow(
                        rs.getLong("id"),
                        new OrganisationId(rs.getString("organisation")),
                        new WorkspaceId(rs.getString("workspace")),
                        rs.getLong("epoch"),
                        rs.getLong("last_seq")),
                stream.kind().name(),
                stream.id());
    }

    static void insert(Tx tx, StreamRow row, Event event, String kind, String body) {
        tx.execute(
                INSERT,
                row.id(),
                event.seq(),
                event.timeMicros(),
                event.principal(),
                event.turn().map(TurnId::value).orElse(null),
                event.parent().isPresent() ? event.parent().getAsLong() : null,
                event.source(),
                kind,
                event.version(),
                event.epoch(),
                body);
    }

    /** Events in order, and whether there are more behind them. */
    record Page(List<Event> events, boolean more) {}

    /**
     * Events after a cursor, in order: at most {@code limit}, whose bodies are at most {@code characters} long, and one however long it is.
     *
     * @throws NotFoundException for a stream that the scope does not have
     */
    static Page page(View view, Scope scope, StreamId stream, long afterSeq, int limit, long characters) {
        StreamRow row = find(view, stream)
                .filter(r -> r.workspace().equals(scope.workspace()))
                .orElseThrow(() -> unknown(stream));
        return view.read(
                """
                SELECT seq, time, principal, turn, parent, source, kind, version, epoch, body
                FROM event WHERE stream = ? AND seq > ? ORDER BY stream, seq LIMIT ?\
                """,
                rows -> {
                    List<Event> events = new ArrayList<>();
                    long left = characters;
                    while (rows.next()) {
                        String body = rows.getString("body");
                        left -= body.length();
                        if (events.size() == limit || (left < 0 && !events.isEmpty())) {
                            return new Page(events, true);
                        }
                        events.add(event(rows, stream, row, body));
                    }
                    return new Page(events, false);
                },
                row.id(),
                afterSeq,
                limit + 1L);
    }

    private static Event event(ResultSet rs, StreamId stream, StreamRow row, String body) throws SQLException {
        long parent = rs.getLong("parent");
        OptionalLong parentSeq = rs.wasNull() ? OptionalLong.empty() : OptionalLong.of(parent);
        return new Event(
                stream,
                rs.getLong("seq"),
                rs.getLong("time"),
                row.organisation(),
                row.workspace(),
                rs.getString("principal"),
                Optional.ofNullable(rs.getString("turn")).map(TurnId::new),
                parentSeq,
                rs.getString("source"),
                rs.getInt("version"),
                rs.getLong("epoch"),
                EventCodec.decode(rs.getString("kind"), body));
    }

    /** Events above {@code after} up to {@code to}, as they are. */
    static void copy(Tx tx, StreamRow from, StreamRow into, long after, long to) {
        tx.update("""
            INSERT INTO event (stream, seq, time, principal, turn, parent, source, kind, version, epoch, body)
            SELECT ?, seq, time, principal, turn, parent, source, kind, version, ?, body
            FROM event WHERE stream = ? AND seq > ? AND seq <= ? ORDER BY seq\
            """, into.id(), into.epoch(), from.id(), after, to);
    }

    /** Deletes the first ones; with the last one the stream is gone. */
    static void eraseFirst(Tx tx, StreamRow row, int most) {
        tx.update(
                "DELETE FROM event WHERE stream = ? AND seq < (SELECT MIN(seq) FROM event WHERE stream = ?) + ?",
                row.id(),
                row.id(),
                most);
        tx.update(
                "DELETE FROM stream WHERE id = ? AND NOT EXISTS (SELECT 1 FROM event WHERE stream = ?)",
                row.id(),
                row.id());
    }

    static StreamCare.Size size(View view, StreamRow row, long after) {
        long to = Math.min(row.lastSeq(), after + COUNTED_AT_ONCE);
        long bytes = view.number(
                "SELECT COALESCE(SUM(OCTET_LENGTH(body)), 0) FROM event WHERE stream = ? AND seq > ? AND seq <= ?",
                row.id(),
                after,
                to);
        return new StreamCare.Size(bytes, to);
    }

    static NotFoundException unknown(StreamId stream) {
        return new NotFoundException(
                "there is no " + stream.kind().name().toLowerCase(Locale.ROOT) + " " + stream.id());
    }
}
