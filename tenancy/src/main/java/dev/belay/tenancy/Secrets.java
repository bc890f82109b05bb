package dev.belay.tenancy;

import dev.belay.api.ConfigurationException;
import dev.belay.api.EpochMicros;
import dev.belay.api.NotFoundException;
import dev.belay.api.Permission;
import dev.belay.api.Scope;
import dev.belay.api.Secret;
import dev.belay.api.SecretsInUse;
import dev.belay.api.WorkspaceId;
import dev.belay.api.event.AccessEvent;
import dev.belay.store.Database;
import dev.belay.store.Tx;
import dev.belay.store.secret.MasterKey;
import dev.belay.store.secret.MasterKeys;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/**
 * The secrets that workspaces have stored, such as keys of model providers: encrypted at rest, known to the redactor as long as they are
 * stored. This process holds the database alone, so that what it remembers is what is stored. Safe for many threads.
 */
public final class Secrets {
    private static final String REMEDY = "put the file " + MasterKeys.FILE
            + " with which they were stored back into the data directory, or its content into " + MasterKeys.VARIABLE
            + ", and start again; if it is lost, remove them with belay secrets remove and set them anew";

    private final Database database;
    private final MasterKeys masterKeys;
    private final SecretsInUse known;
    private final UnaryOperator<String> label;
    private final AccessLog accessLog;
    private final InstantSource clock;
    private final Map<WorkspaceId, TreeMap<String, Kept>> kept = new HashMap<>();
    private final Optional<String> problem;

    /** @param value empty if the master key does not open it */
    private record Kept(SecretStore.Row row, Optional<Secret> value, SecretsInUse.Hold hold) {}

    /**
     * Opens what is stored. What cannot be opened is told by {@link #problem}, and refused when it is asked for.
     *
     * @param known is told of the values, and of the master key
     * @param label what the redactor calls the secret of that name
     */
    public Secrets(
            Database database,
            MasterKeys masterKeys,
            SecretsInUse known,
            UnaryOperator<String> label,
            AccessLog accessLog,
            InstantSource clock) {
        this.database = database;
        this.masterKeys = masterKeys;
        this.known = known;
        this.label = label;
        this.accessLog = accessLog;
        this.clock = clock;
        Optional<MasterKey> master = Optional.empty();
        Optional<String> unreadable = Optional.empty();
        try {
            master = masterKeys.find();
        } catch (ConfigurationException e) {
            unreadable = Optional.of(e.text());
        }
        Optional<MasterKey> found = master;
        found.ifPresent(key -> known.hold(List.of(key.secret())));
        for (SecretStore.Row row : database.read(SecretStore::all)) {
            keep(row, found.flatMap(key -> key.open(row.place(), row.sealed())));
        }
        boolean closed = all().anyMatch(one -> one.value().isEmpty());
        problem = unreadable.or(
                () -> closed ? Optional.of("stored secrets cannot be opened: " + REMEDY) : Optional.empty());
    }

    /** What is wrong with the master key, to be warned about at the start; the server works without it. */
    public Optional<String> problem() {
        return problem;
    }

    private synchronized Stream<Kept> all() {
        return kept.values().stream().flatMap(secrets -> secrets.values().stream());
    }

    private synchronized void keep(SecretStore.Row row, Optional<String> value) {
        Optional<Secret> secret = value.map(text -> new Secret(label.apply(row.name()), text));
        SecretsInUse.Hold hold = known.hold(secret.stream().toList());
        Kept before = kept.computeIfAbsent(row.workspace(), _ -> new TreeMap<>())
                .put(row.name(), new Kept(row, secret, hold));
        if (before != null) {
            before.hold().close();
        }
    }

    private synchronized void forget(WorkspaceId workspace, String name) {
        Kept before = kept.getOrDefault(workspace, new TreeMap<>()).remove(name);
        if (before != null) {
            before.hold().close();
        }
    }

    /**
     * Stores a secret in the scope's workspace, or puts another value in its place; needs {@code admin}. The first secret of a data directory
     * makes its master key.
     *
     * @throws ConfigurationException if the master key is missing or is not the one that sealed what is stored
     */
    public StoredSecret set(Scope scope, String name, String value) {
        scope.require(Permission.ADMIN);
        MasterKey master = masterToSeal();
        Instant now = clock.instant().truncatedTo(ChronoUnit.MICROS);
        SecretStore.Row open = new SecretStore.Row(
                scope.organisation(), scope.workspace(), name, "", master.id(), EpochMicros.of(now));
        SecretStore.Row row = new SecretStore.Row(
                open.organisation(),
                open.workspace(),
                name,
                master.seal(open.place(), value),
                open.master(),
                open.created());
        Consumer<Tx> record = accessLog.prepare(scope, new AccessEvent.SecretSet(name));
        database.write(tx -> {
            SecretStore.set(tx, row);
            record.accept(tx);
            tx.afterCommit(() -> keep(row, Optional.of(value)));
            return true;
        });
        return new StoredSecret(row.organisation(), row.workspace(), name, now, true);
    }

    private synchronized MasterKey masterToSeal() {
        Optional<MasterKey> found = masterKeys.find();
        if (all().anyMatch(one ->
                !found.map(MasterKey::id).equals(Optional.of(one.row().master())))) {
            throw new ConfigurationException("there are stored secrets that the master key does not open: " + REMEDY);
        }
        return found.orElseGet(() -> {
            MasterKey made = masterKeys.findOrMake();
            known.hold(List.of(made.secret()));
            return made;
        });
    }

    /** The secrets of the scope's workspace by name, without their values; needs {@code admin}. */
    public synchronized List<StoredSecret> list(Scope scope) {
        scope.require(Permission.ADMIN);
        return kept.getOrDefault(scope.workspace(), new TreeMap<>()).values().stream()
                .map(one -> new StoredSecret(
                        one.row().organisation(),
                        one.row().workspace(),
                        one.row().name(),
                        Instant.EPOCH.plus(one.row().created(), ChronoUnit.MICROS),
                        one.value().isPresent()))
                .toList();
    }

    /**
     * Forgets a secret of the scope's workspace; needs {@code admin}. Turns that run with it go on.
     *
     * @throws NotFoundException if there is none of that name
     */
    public void remove(Scope scope, String name) {
        scope.require(Permission.ADMIN);
        Consumer<Tx> record = accessLog.prepare(scope, new AccessEvent.SecretRemoved(name));
        database.write(tx -> {
            if (!SecretStore.remove(tx, scope.workspace(), name)) {
                throw new NotFoundException("this workspace has stored no secret \"" + name + "\"");
            }
            record.accept(tx);
            tx.afterCommit(() -> forget(scope.workspace(), name));
            return true;
        });
    }

    /**
     * The value of a secret of the scope's workspace, for use inside of the server; empty if it has none.
     *
     * @throws ConfigurationException if the master key does not open it; the message says what to do
     */
    public synchronized Optional<Secret> find(Scope scope, String name) {
        Kept one = kept.getOrDefault(scope.workspace(), new TreeMap<>()).get(name);
        if (one == null) {
            return Optional.empty();
        }
        if (one.value().isEmpty()) {
            throw new ConfigurationException(
                    "the stored secret \"" + name + "\" of this workspace cannot be opened: " + REMEDY);
        }
        return one.value();
    }
}
