package dev.belay.sandbox.registry;

import dev.belay.api.SandboxUnavailableException;
import dev.belay.api.event.EventDraft;
import dev.belay.api.event.SandboxEvent;
import dev.belay.api.event.StreamId;
import dev.belay.eventlog.EventLog;
import dev.belay.sandbox.SandboxProvider;
import dev.belay.sandbox.disk.FileTrees;
import dev.belay.sandbox.live.AuditLog;
import dev.belay.store.Database;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings records and files in line with what is left after a process that died: what belonged to it is gone, what is kept is stopped with its
 * files as they were, and a directory that no record owns is removed.
 */
final class Recovery implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Recovery.class);
    private static final String REASON = "the server stopped";
    /** So long closing waits for files that are still being removed; the rest is left to the next start. */
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(5);

    private final SandboxProvider provider;
    private final Database database;
    private final EventLog log;
    private final Path directory;
    private @Nullable Thread removal;

    Recovery(SandboxProvider provider, Database database, EventLog log, Path directory) {
        this.provider = provider;
        this.database = database;
        this.log = log;
        this.directory = directory;
    }

    void run() {
        List<KeptSandbox> alive = database.read(SandboxStore::alive);
        Set<String> owned = new HashSet<>();
        List<Database.Written<Boolean>> writes = new ArrayList<>();
        for (KeptSandbox sandbox : alive) {
            boolean stays = sandbox.kept() && sandbox.state() != SandboxState.DESTROYING;
            if (stays) {
                owned.add(sandbox.id().value());
            }
            if (!stays || sandbox.state() != SandboxState.STOPPED) {
                writes.add(end(sandbox, stays));
            }
        }
        writes.forEach(Database.Written::await);
        if (!writes.isEmpty()) {
            LOG.info("{} sandboxes of an earlier process were ended; {} are kept", writes.size(), owned.size());
            cleanUp();
        }
        remove(owned);
    }

    private Database.Written<Boolean> end(KeptSandbox sandbox, boolean stays) {
        EventLog.Append append = log.prepare(
                sandbox.scope(),
                StreamId.of(sandbox.id()),
                List.of(EventDraft.of(stays ? new SandboxEvent.Stopped(REASON) : new SandboxEvent.Destroyed(REASON))
                        .withSource(AuditLog.SOURCE)));
        return database.submit(tx -> {
            if (stays) {
                SandboxStore.stopped(tx, sandbox.id());
            } else {
                SandboxStore.destroyed(tx, sandbox.id());
            }
            append.in(tx);
            return true;
        });
    }

    /** A helper that died with its server has left processes and control groups. */
    private void cleanUp() {
        try {
            provider.cleanUp();
        } catch (SandboxUnavailableException e) {
            LOG.info("no sandbox can run here, and nothing was cleaned up: {}", e.text());
        }
    }

    /** In the background, for trees may be large. */
    private void remove(Set<String> owned) {
        List<Path> left;
        try (Stream<Path> content = Files.isDirectory(directory) ? Files.list(directory) : Stream.empty()) {
            left = content.filter(entry -> !owned.contains(entry.getFileName().toString()))
                    .toList();
        } catch (IOException e) {
            LOG.warn("what is left in {} cannot be listed: {}", directory, e.toString());
            return;
        }
        if (!left.isEmpty()) {
            removal = Thread.ofVirtual().name("sandbox-removal").start(() -> left.forEach(FileTrees::delete));
        }
    }

    @Override
    public void close() {
        Thread left = removal;
        try {
            if (left != null && !left.join(LONGEST_WAIT)) {
                LOG.info("some files of earlier sandboxes are left to the next start");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
