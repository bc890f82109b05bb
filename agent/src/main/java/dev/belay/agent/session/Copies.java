package dev.belay.agent.session;

import dev.belay.agent.permission.AskHistory;
import dev.belay.agent.session.request.RunOptions;
import dev.belay.api.InvalidRequestException;
import dev.belay.api.Scope;
import dev.belay.api.SessionId;
import dev.belay.api.StorageException;
import dev.belay.api.event.EventDraft;
import dev.belay.api.event.SessionEvent;
import dev.belay.api.event.StreamId;
import dev.belay.api.event.TurnError;
import dev.belay.api.event.TurnStatus;
import dev.belay.eventlog.EventLog;
import dev.belay.eventlog.StreamCare;
import dev.belay.sandbox.SandboxFiles;
import dev.belay.sandbox.SandboxFiles.FileStat;
import dev.belay.sandbox.SandboxFiles.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** Makes sessions out of what others have said: nobody finds one before it is complete, and one that fails is erased. */
final class Copies {
    private static final String UNKNOWN =
            "The conversation was copied before the result was recorded; what the call did is unknown.";

    private final Sessions.Parts parts;
    private final SessionLimits limits;
    private final SessionFiles files;
    private final StreamCare streams;
    private final Erasing erasing;

    Copies(Sessions.Parts parts, SessionLimits limits, SessionFiles files, StreamCare streams, Erasing erasing) {
        this.parts = parts;
        this.limits = limits;
        this.files = files;
        this.streams = streams;
        this.erasing = erasing;
    }

    /** Empty if the session went on while its files were copied, so that they are not what they were at that point. */
    Optional<Conversations.Forked> fork(
            Scope scope, SessionStore.Row from, OptionalLong afterSeq, Optional<String> name) {
        StreamId source = StreamId.of(from.id());
        long last = parts.log().lastSeq(scope, source);
        long at = afterSeq.orElse(last);
        if (at < 1 || at > last) {
            throw new InvalidRequestException("after_seq", "after_seq must be from 1 to " + last + ", the last event");
        }
        name.ifPresent(SessionName::check);
        boolean atEnd = from.openTurn().isEmpty() && nothingSaidAfter(scope, source, at, last);
        SessionStore.Row to = begin(scope, name, from.options(), from.model());
        try {
            streams.copy(scope, source, at, StreamId.of(to.id()));
            parts.log()
                    .append(
                            scope,
                            StreamId.of(to.id()),
                            EventDraft.of(new SessionEvent.Forked(from.id().value(), at)));
            boolean allFiles = true;
            boolean copied = false;
            if (atEnd) {
                Optional<Boolean> all = copyFiles(scope, from, to);
                if (!nothingSaidAfter(scope, source, at, parts.log().lastSeq(scope, source))) {
                    erasing.eraseQuietly(to);
                    return Optional.empty();
                }
                copied = all.isPresent();
                allFiles = all.orElse(true);
            }
            complete(scope, to, "forked");
            return Optional.of(new Conversations.Forked(to.id(), at, copied, allFiles));
        } catch (RuntimeException | Error e) {
            erasing.eraseQuietly(to);
            throw e;
        }
    }

    /** What was begun will not be completed. */
    void abandon(SessionStore.Row made) {
        erasing.eraseQuietly(made);
    }

    private boolean nothingSaidAfter(Scope scope, StreamId stream, long at, long last) {
        boolean[] nothing = {true};
        parts.log()
                .forEach(
                        scope,
                        stream,
                        at,
                        last,
                        event -> nothing[0] &= event.turn().isEmpty());
        return nothing[0];
    }

    /** A session that nobody finds yet, to be {@link #complete}d or erased. */
    SessionStore.Row begin(Scope scope, Optional<String> name, RunOptions options, String model) {
        SessionId id = new SessionId(parts.ids().next());
        long now = parts.nowMicros();
        SessionStore.Row row = new SessionStore.Row(
                id,
                scope.organisation(),
                scope.workspace(),
                name,
                Sessions.ENGINE,
                model,
                options,
                false,
                options.resume(),
                ConversationStore.STARTING,
                now,
                now,
                OptionalLong.of(now + limits.lifetime().toNanos() / 1000),
                Optional.empty());
        return parts.database().write(tx -> {
            name.ifPresent(wanted -> SessionName.requireFree(tx, scope, wanted, id));
            SessionStore.insert(tx, scope, row, parts.agent().name());
            return row;
        });
    }

    /**
     * It can be used from now on; the turns that are open in what was copied, or wait there, end.
     *
     * @param how it was made, for the error of such a turn
     */
    void complete(Scope scope, SessionStore.Row made, String how) {
        SessionHistory history = SessionHistory.read(parts.log(), scope, made.id());
        AskHistory asks = new AskHistory();
        history.open()
                .ifPresent(turn -> parts.log()
                        .forEach(
                                scope,
                                StreamId.of(made.id()),
                                turn.fromSeq() - 1,
                                Long.MAX_VALUE,
                                event -> asks.add(event.body())));
        List<EventDraft> end = new ArrayList<>();
        TurnError during = new TurnError(how, "the conversation was " + how + " during the turn");
        history.open()
                .ifPresent(turn -> end.addAll(OpenTurn.interrupted(history, asks, turn.turn(), UNKNOWN, during, 0)));
        TurnError before = new TurnError(how, "the conversation was " + how + " while the turn waited");
        history.waiting().forEach(turn -> end.add(Turns.neverBegun(turn, TurnStatus.INTERRUPTED, before)));
        EventLog.Append append = parts.log().prepare(scope, StreamId.of(made.id()), end);
        parts.database().write(tx -> {
            ConversationStore.ready(tx, made.id(), history.turns().isEmpty() ? "created" : "idle");
            return append.in(tx);
        });
    }

    /** Whether none was left out; empty if there are no private files. */
    private Optional<Boolean> copyFiles(Scope scope, SessionStore.Row from, SessionStore.Row to) {
        Optional<SessionFiles.Open> open = files.openIfAny(scope, from.id());
        if (open.isEmpty()) {
            return Optional.empty();
        }
        try (SessionFiles.Open source = open.get();
                SessionFiles.Open target = files.openNew(scope, to)) {
            boolean all = copy(source, target);
            copyPicture(from.id(), to.id());
            return Optional.of(all);
        } catch (IOException e) {
            throw new StorageException("storage_failed", "the files cannot be copied: " + e.getMessage(), e);
        }
    }

    private static boolean copy(SessionFiles.Open source, SessionFiles.Open target) throws IOException {
        boolean all = true;
        SandboxFiles.FileListing roots = source.files().list(RunOptions.WORKSPACE, 1, 100_000);
        try (SandboxFiles.TreeWriter into = target.files().writeTree(RunOptions.WORKSPACE)) {
            for (FileStat root : roots.entries()) {
                String name = root.path().substring(RunOptions.WORKSPACE.length() + 1);
                if (root.path().equals(source.root())) {
                    continue; // a project, which both see
                }
                if (root.kind() == Kind.DIRECTORY) {
                    into.directory(name);
                    all &= copyTree(source.files(), root.path(), into, name);
                } else if (root.kind() == Kind.FILE) {
                    try (SandboxFiles.Download file = source.files().download(root.path(), Long.MAX_VALUE)) {
                        into.file(name, root.mode(), file.content());
                    }
                } else {
                    all = false;
                }
            }
            into.finish();
        }
        return all && roots.complete();
    }

    private static boolean copyTree(SandboxFiles from, String path, SandboxFiles.TreeWriter into, String name)
            throws IOException {
        try (SandboxFiles.TreeReader tree = from.readTree(path)) {
            for (Optional<FileStat> next = tree.next(); next.isPresent(); next = tree.next()) {
                FileStat stat = next.get();
                if (stat.kind() == Kind.DIRECTORY) {
                    into.directory(name + "/" + stat.path());
                } else {
                    into.file(name + "/" + stat.path(), stat.mode(), tree.content());
                }
            }
            return tree.complete();
        }
    }

    /** What the agent changed stays comparable with the same beginning. */
    private void copyPicture(SessionId from, SessionId to) throws IOException {
        Path picture = parts.directory().resolve(from.value());
        if (!Files.isDirectory(picture)) {
            return;
        }
        Path copy = Files.createDirectories(parts.directory().resolve(to.value()));
        List<Path> content = new ArrayList<>();
        try (var entries = Files.list(picture)) {
            entries.forEach(content::add);
        }
        for (Path file : content) {
            Files.copy(file, copy.resolve(file.getFileName()));
        }
    }
}
