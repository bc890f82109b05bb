package dev.belay.api;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Secrets that come and go: each is known from the moment it is held until all who hold it let it go. Safe for many threads. */
public final class SecretsInUse implements SecretSource {
    private final Map<Secret, Integer> held = new LinkedHashMap<>();
    private volatile Snapshot snapshot = new Snapshot(List.of(), 0);

    private record Snapshot(List<Secret> secrets, long version) {}

    /** Keeps secrets known until it is closed. */
    public interface Hold extends AutoCloseable {
        /** Closing it again does nothing. */
        @Override
        void close();
    }

    /** Makes the secrets known. */
    public synchronized Hold hold(List<Secret> secrets) {
        List<Secret> mine = new ArrayList<>(secrets);
        mine.forEach(secret -> held.merge(secret, 1, Integer::sum));
        changed();
        return () -> letGo(mine);
    }

    private synchronized void letGo(List<Secret> mine) {
        mine.forEach(secret -> held.computeIfPresent(secret, (_, count) -> count == 1 ? null : count - 1));
        mine.clear();
        changed();
    }

    /** Who looks for secrets has work to do after each change, so that only a real one counts. */
    private void changed() {
        if (held.size() != snapshot.secrets().size() || !held.keySet().containsAll(snapshot.secrets())) {
            snapshot = new Snapshot(List.copyOf(held.keySet()), snapshot.version() + 1);
        }
    }

    @Override
    public List<Secret> secrets() {
        return snapshot.secrets();
    }

    @Override
    public long version() {
        return snapshot.version();
    }
}
