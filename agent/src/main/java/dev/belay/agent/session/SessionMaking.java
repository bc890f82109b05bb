package dev.belay.agent.session;

import dev.belay.agent.mcp.McpRequest;
import dev.belay.agent.session.Sessions.Made;
import dev.belay.agent.session.Sessions.Started;
import dev.belay.agent.session.Sessions.Taken;
import dev.belay.agent.session.request.RunOptions;
import dev.belay.agent.session.request.RunRequest;
import dev.belay.agent.session.request.TurnOptions;
import dev.belay.api.InvalidRequestException;
import dev.belay.api.JsonText;
import dev.belay.api.Scope;
import dev.belay.api.SessionId;
import dev.belay.api.TurnId;
import dev.belay.api.event.EventDraft;
import dev.belay.api.event.MessageEvent;
import dev.belay.api.event.SessionEvent;
import dev.belay.api.event.StreamId;
import dev.belay.eventlog.EventLog;
import dev.belay.store.IdempotencyStore;
import dev.belay.store.StoredJson;
import dev.belay.store.Tx;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/** Makes sessions: of one run, with its turn under way, or without a turn. {@link Sessions} says what each takes and throws. */
final class SessionMaking {
    private final Sessions.Parts parts;
    private final SessionLimits limits;
    private final Turns turns;

    SessionMaking(Sessions.Parts parts, SessionLimits limits, Turns turns) {
        this.parts = parts;
        this.limits = limits;
        this.turns = turns;
    }

    Started start(Scope scope, SessionId session, RunRequest request, Optional<IdempotencyStore.RequestKey> key) {
        // A retry gets its run whatever the state of the server, its models and its directories is now.
        Optional<Started> known = known(key);
        if (known.isPresent()) {
            return known.get();
        }
        checkPrompt(request.prompt());
        RunOptions options = request.options();
        Turns.Checked checked =
                turns.check(new Turns.Wanted(scope, session, options, Optional.empty(), request.keys()));
        boolean resume = options.resume()
                && request.keys().isEmpty()
                && request.directory().isEmpty();
        TurnId turn = new TurnId(parts.ids().next());
        parts.mcp().declare(session, request.mcp());
        RunningTurn reserved;
        try {
            reserved = turns.reserve(checked, turn, () -> place(scope, session, request), false);
        } catch (RuntimeException | Error e) {
            parts.mcp().forget(session);
            throw e;
        }
        EventLog.Append append;
        Started result;
        try {
            append = parts.log()
                    .prepare(scope, StreamId.of(session), List.of(created(Optional.empty(), options)))
                    .followedBy(parts.log()
                            .prepare(
                                    scope,
                                    StreamId.of(session),
                                    Turns.beginning(turn, checked.model(), TurnOptions.NONE, request.prompt())));
            result = parts.database().write(tx -> {
                long now = parts.nowMicros();
                Optional<Started> earlier = key.flatMap(k -> earlier(tx, k, now));
                if (earlier.isPresent()) {
                    return earlier.get();
                }
                SessionStore.insert(
                        tx,
                        scope,
                        row(
                                scope,
                                session,
                                Optional.empty(),
                                options,
                                true,
                                resume,
                                "running",
                                checked.model(),
                                Optional.of(turn)),
                        parts.agent().name());
                append.in(tx);
                key.ifPresent(k -> IdempotencyStore.remember(tx, k, session + " " + turn, now));
                return new Started(session, turn, Taken.STARTED);
            });
        } catch (RuntimeException | Error e) {
            turns.withdraw(reserved);
            parts.mcp().forget(session);
            throw e;
        }
        if (result.attached()) {
            turns.withdraw(reserved);
            parts.mcp().forget(session);
        } else {
            turns.running(reserved);
            reserved.begin(((MessageEvent.Prompt) append.bodies().getLast()).text());
        }
        return result;
    }

    private LiveSession place(Scope scope, SessionId session, RunRequest request) {
        return new LiveSession(
                session,
                scope,
                parts,
                new LiveSession.Place(
                        WorkingDirectory.of(scope, request, parts.projects()),
                        request.directory().isPresent(),
                        request.options().sandboxSize().over(limits.sandbox()),
                        Optional.of(limits.idle()),
                        true));
    }

    private EventDraft created(Optional<String> name, RunOptions options) {
        return EventDraft.of(new SessionEvent.Created(
                name, Sessions.ENGINE, parts.agent().name(), new JsonText(StoredJson.encode(options))));
    }

    private SessionStore.Row row(
            Scope scope,
            SessionId session,
            Optional<String> name,
            RunOptions options,
            boolean ephemeral,
            boolean resume,
            String state,
            String model,
            Optional<TurnId> turn) {
        long now = parts.nowMicros();
        return new SessionStore.Row(
                session,
                scope.organisation(),
                scope.workspace(),
                name,
                Sessions.ENGINE,
                model,
                options,
                ephemeral,
                resume,
                state,
                now,
                now,
                OptionalLong.of(now + limits.lifetime().toNanos() / 1000),
                turn);
    }

    /** A session without a turn. */
    Made create(
            Scope scope,
            SessionId session,
            Optional<String> name,
            RunOptions options,
            McpRequest mcp,
            Optional<IdempotencyStore.RequestKey> key) {
        parts.mcp().declare(session, mcp);
        boolean made = false;
        try {
            Made result = create(scope, session, name, options, key);
            made = !result.attached();
            return result;
        } finally {
            if (!made) {
                parts.mcp().forget(session);
            }
        }
    }

    private Made create(
            Scope scope,
            SessionId session,
            Optional<String> name,
            RunOptions options,
            Optional<IdempotencyStore.RequestKey> key) {
        name.ifPresent(SessionName::check);
        try (RunModels models = turns.check(new Turns.Wanted(scope, session, options, Optional.empty(), Map.of()))
                .models()) {
            WorkingDirectory.of(scope, options.workingDirectory(), parts.projects());
            EventLog.Append append = parts.log().prepare(scope, StreamId.of(session), List.of(created(name, options)));
            return parts.database().write(tx -> {
                long now = parts.nowMicros();
                Optional<String> earlier = key.flatMap(k -> IdempotencyStore.find(tx, k, now));
                if (earlier.isPresent()) {
                    return new Made(new SessionId(earlier.get()), true);
                }
                name.ifPresent(wanted -> SessionName.requireFree(tx, scope, wanted, session));
                SessionStore.insert(
                        tx,
                        scope,
                        row(
                                scope,
                                session,
                                name,
                                options,
                                false,
                                options.resume(),
                                "created",
                                models.name(),
                                Optional.empty()),
                        parts.agent().name());
                append.in(tx);
                key.ifPresent(k -> IdempotencyStore.remember(tx, k, session.value(), now));
                return new Made(session, false);
            });
        }
    }

    Optional<Started> known(Optional<IdempotencyStore.RequestKey> key) {
        return key.flatMap(k -> parts.database().write(tx -> earlier(tx, k, parts.nowMicros())));
    }

    /** What the key has started before. */
    static Optional<Started> earlier(Tx tx, IdempotencyStore.RequestKey key, long nowMicros) {
        return IdempotencyStore.find(tx, key, nowMicros).map(outcome -> {
            String[] ids = outcome.split(" ", 2);
            return new Started(new SessionId(ids[0]), new TurnId(ids[1]), Taken.ATTACHED);
        });
    }

    void checkPrompt(String prompt) {
        int bytes = prompt.getBytes(StandardCharsets.UTF_8).length;
        if (bytes > limits.promptBytes()) {
            throw new InvalidRequestException(
                    "prompt", "the prompt has " + bytes + " bytes; at most " + limits.promptBytes() + " are allowed");
        }
        if (prompt.isBlank()) {
            throw new InvalidRequestException("prompt", "the prompt is empty");
        }
    }
}
