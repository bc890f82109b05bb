package dev.belay.sandbox.live;

import dev.belay.api.SandboxId;
import dev.belay.api.Scope;
import dev.belay.api.event.Event;
import dev.belay.api.event.EventBody;
import dev.belay.api.event.EventDraft;
import dev.belay.api.event.StreamId;
import dev.belay.eventlog.EventLog;
import dev.belay.store.Database;
import java.util.List;

/**
 * A sandbox's own stream: what was run in it, what was changed in its files from outside, and who asked.
 *
 * @param awaited whether an entry is durable when it was made, for callers that are told of what they did; otherwise it is durable before
 *     whatever the same thread appends next
 */
public record AuditLog(EventLog log, Scope scope, SandboxId sandbox, boolean awaited) {
    public static final String SOURCE = "sandbox";

    public void add(EventBody body) {
        Database.Written<List<Event>> written = log.submit(
                scope, StreamId.of(sandbox), List.of(EventDraft.of(body).withSource(SOURCE)));
        if (awaited) {
            written.await();
        }
    }
}
