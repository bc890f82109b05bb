package dev.belay.agent.permission;

import dev.belay.api.ConflictException;
import dev.belay.api.EpochMicros;
import dev.belay.api.IdSource;
import dev.belay.api.InvalidRequestException;
import dev.belay.api.NotFoundException;
import dev.belay.api.Scope;
import dev.belay.api.SessionId;
import dev.belay.api.event.Event;
import dev.belay.api.event.EventBody;
import dev.belay.api.event.StreamId;
import dev.belay.api.event.SubagentEvent;
import dev.belay.api.event.ToolEvent.Asked;
import dev.belay.api.event.ToolEvent.Decided;
import dev.belay.eventlog.EventLog;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The asks that turns of this process wait for, and the way to answer them. All that lasts is in the event log: after a restart the turn that
 * goes on waits for the same ask again. Safe for many threads.
 */
public final class Approvals {
    private static final int PAGE = 1000;

    private final EventLog log;
    private final IdSource ids;
    private final InstantSource clock;
    private final Duration patience;
    private final Map<String, OpenAsk> open = new ConcurrentHashMap<>();

    /** @param patience how long an ask waits before it counts as denied */
    public Approvals(EventLog log, IdSource ids, InstantSource clock, Duration patience) {
        this.log = log;
        this.ids = ids;
        this.clock = clock;
        this.patience = patience;
    }

    String newId() {
        return ids.next();
    }

    /** When an ask that begins now counts as denied. */
    long deadlineMicros() {
        return EpochMicros.now(clock) + patience.toNanos() / 1000;
    }

    Duration left(Asked asked) {
        return Duration.ofNanos((asked.deadlineMicros() - EpochMicros.now(clock)) * 1000);
    }

    /** From now on it can be answered. */
    void opened(OpenAsk ask) {
        if (open.putIfAbsent(ask.asked().ask(), ask) != null) {
            throw new IllegalStateException("the ask " + ask.asked().ask() + " is open already");
        }
    }

    void closed(OpenAsk ask) {
        open.remove(ask.asked().ask(), ask);
    }

    /**
     * The asks of a session that wait for an answer, oldest first.
     *
     * @throws NotFoundException never: a session of another workspace has none
     */
    public List<Asked> open(Scope scope, SessionId session) {
        StreamId stream = StreamId.of(session);
        return open.values().stream()
                .filter(ask -> ask.isOf(scope, stream))
                .map(OpenAsk::asked)
                .sorted(Comparator.comparing(Asked::ask))
                .toList();
    }

    /**
     * Answers an ask. When this returns the answer is durable and the turn goes by it. The same answer again gives the same result.
     *
     * @param scope who answers; the caller has seen to it that he may
     * @throws NotFoundException if the session has no such ask, or the scope's workspace no such session
     * @throws ConflictException {@code already_answered} if something else was decided before, {@code ask_closed} if nobody waits for it any
     *     more, {@code input_changed} if the answer is about another input
     * @throws InvalidRequestException if a question gets no answer, or the call cannot be made with the new input; the ask stays open
     */
    public Decided answer(Scope scope, SessionId session, String ask, Answer answer) {
        StreamId stream = StreamId.of(session);
        OpenAsk waiting = open.get(ask);
        if (waiting != null && waiting.isOf(scope, stream)) {
            check(waiting.asked(), answer);
            answer.updatedInput().flatMap(waiting::problems).ifPresent(problem -> {
                throw new InvalidRequestException("updated_input", problem);
            });
            return same(waiting.decide(scope, decision(waiting.asked(), answer)), answer);
        }
        Recorded recorded = recorded(scope, stream, ask);
        check(recorded.asked(), answer);
        return same(
                recorded.decided()
                        .orElseThrow(() -> new ConflictException(
                                "ask_closed",
                                "nobody waits for an answer to " + ask + " any more: its turn has ended")),
                answer);
    }

    private static void check(Asked asked, Answer answer) {
        if (answer.inputHash().filter(hash -> !hash.equals(asked.inputHash())).isPresent()) {
            throw new ConflictException(
                    "input_changed", "the ask is about another input: its input_hash is " + asked.inputHash());
        }
        if (asked.kind() == Asked.Kind.QUESTION) {
            if (answer.allowed() && answer.message().isBlank()) {
                throw new InvalidRequestException("message", "this is a question; message must hold the answer");
            }
            if (answer.updatedInput().isPresent()) {
                throw new InvalidRequestException("updated_input", "this is a question; answer it with message");
            }
        }
    }

    private static Decided decision(Asked asked, Answer answer) {
        return new Decided(
                Optional.of(asked.ask()),
                asked.id(),
                asked.tool(),
                answer.allowed(),
                answer.message(),
                Decided.By.PRINCIPAL,
                answer.interrupts(),
                answer.updatedInput());
    }

    /** The decision, if it is what was answered. What is stored is redacted, so that only what cannot hold a secret is compared. */
    private static Decided same(Decided decided, Answer answer) {
        if (decided.by() == Decided.By.PRINCIPAL
                && decided.allowed() == answer.allowed()
                && decided.interrupts() == answer.interrupts()
                && decided.updatedInput().isPresent() == answer.updatedInput().isPresent()) {
            return decided;
        }
        throw new ConflictException(
                "already_answered",
                "the ask was " + (decided.allowed() ? "allowed" : "denied") + " before, by "
                        + switch (decided.by()) {
                            case PRINCIPAL -> "somebody's answer";
                            case RULE -> "a rule";
                            case DEADLINE -> "its deadline";
                            case TURN_END -> "the end of its turn";
                        });
    }

    private record Recorded(Asked asked, Optional<Decided> decided) {}

    /** An ask that no turn of this process waits for. */
    private Recorded recorded(Scope scope, StreamId stream, String ask) {
        Optional<Asked> asked = Optional.empty();
        long after = 0;
        while (true) {
            List<Event> page = log.read(scope, stream, after, PAGE);
            for (Event event : page) {
                EventBody body = SubagentEvent.done(event.body());
                if (body instanceof Asked one && one.ask().equals(ask)) {
                    asked = Optional.of(one);
                } else if (body instanceof Decided decided
                        && decided.ask().filter(ask::equals).isPresent()) {
                    return new Recorded(asked.orElseThrow(), Optional.of(decided));
                }
                after = event.seq();
            }
            if (page.isEmpty()) {
                return new Recorded(
                        asked.orElseThrow(() -> new NotFoundException("the session has no ask " + ask)),
                        Optional.empty());
            }
        }
    }
}
