package dev.belay.tenancy;

import dev.belay.api.ConflictException;
import dev.belay.api.EpochMicros;
import dev.belay.api.IdSource;
import dev.belay.api.InvalidRequestException;
import dev.belay.api.KeyId;
import dev.belay.api.NotFoundException;
import dev.belay.api.OrganisationId;
import dev.belay.api.Permission;
import dev.belay.api.Principal;
import dev.belay.api.Scope;
import dev.belay.api.WorkspaceId;
import dev.belay.api.event.AccessEvent;
import dev.belay.store.Database;
import dev.belay.store.Tx;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import java.util.regex.Pattern;

/**
 * Organisations, workspaces and keys. Methods with a {@link Scope} stay inside its organisation and check its permissions; those without one
 * are for the local command line and for authentication. Safe for many threads.
 */
public final class Tenancy {
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9 ._-]{0,63}");
    private static final Principal LOCAL = new Principal("cli", EnumSet.allOf(Permission.class));

    private final Database database;
    private final IdSource ids;
    private final InstantSource clock;
    private final RandomGenerator random;
    private final AccessLog accessLog;
    private final KnownKeys knownKeys = new KnownKeys();

    /** @param random makes the keys' secrets: a {@link java.security.SecureRandom} anywhere but in tests */
    public Tenancy(Database database, IdSource ids, InstantSource clock, RandomGenerator random, AccessLog accessLog) {
        this.database = database;
        this.ids = ids;
        this.clock = clock;
        this.random = random;
        this.accessLog = accessLog;
    }

    /** Something to be made: what it will be, and the part of a unit of work that makes it. */
    record Creation<T>(T made, Consumer<Tx> steps) {
        T in(Tx tx) {
            steps.accept(tx);
            return made;
        }
    }

    /**
     * Makes an organisation. For the local command line only.
     *
     * @throws ConflictException {@code name_taken}
     */
    public Organisation createOrganisation(String name) {
        return database.write(newOrganisation(name)::in);
    }

    /** All organisations, oldest first. For the local command line only. */
    public List<Organisation> organisations() {
        return database.read(TenancyStore::organisations);
    }

    /** For the local command line only. */
    public Optional<Organisation> organisationByName(String name) {
        return database.read(view -> TenancyStore.organisationByName(view, name));
    }

    /**
     * Makes a workspace in the scope's organisation; needs {@code admin}.
     *
     * @throws ConflictException {@code name_taken}
     */
    public Workspace createWorkspace(Scope scope, String name) {
        scope.require(Permission.ADMIN);
        return database.write(newWorkspace(scope.organisation(), scope.principal(), name)::in);
    }

    /**
     * Makes a workspace in any organisation. For the local command line only.
     *
     * @throws ConflictException {@code name_taken}
     * @throws NotFoundException if there is no such organisation
     */
    public Workspace createWorkspace(OrganisationId organisation, String name) {
        requireOrganisation(organisation);
        return database.write(newWorkspace(organisation, LOCAL, name)::in);
    }

    /** An organisation's workspaces, oldest first; none if there is no such organisation. */
    public List<Workspace> workspaces(OrganisationId organisation) {
        return database.read(view -> TenancyStore.workspaces(view, organisation));
    }

    public Optional<Workspace> workspaceByName(OrganisationId organisation, String name) {
        return database.read(view -> TenancyStore.workspaceByName(view, organisation, name));
    }

    /**
     * All that the local command line may do in a workspace: every permission, principal {@code cli}.
     *
     * @throws NotFoundException if the organisation has no such workspace
     */
    public Scope localScope(OrganisationId organisation, WorkspaceId workspace) {
        requireWorkspace(organisation, workspace);
        return new Scope(organisation, workspace, LOCAL);
    }

    /**
     * Makes a key; needs {@code admin}, and may give any permission. The secret is in the answer and nowhere else.
     *
     * @throws ConflictException {@code name_taken} by a key of the organisation that is not revoked
     * @throws NotFoundException if the organisation has no such workspace
     */
    public IssuedKey createKey(Scope scope, KeyRequest request) {
        scope.require(Permission.ADMIN);
        requireWorkspace(scope.organisation(), request.workspace());
        return database.write(newKey(scope.organisation(), scope.principal(), request)::in);
    }

    /** The keys of the scope's organisation, oldest first, also those that expired or were revoked; needs {@code admin}. */
    public List<ApiKey> keys(Scope scope) {
        scope.require(Permission.ADMIN);
        return database.read(view -> TenancyStore.keys(view, scope.organisation()));
    }

    /**
     * Ends a key; needs {@code admin}. When this returns the key opens nothing any more. Revoking it again does nothing.
     *
     * @throws NotFoundException if the organisation has no such key
     */
    public void revokeKey(Scope scope, KeyId id) {
        scope.require(Permission.ADMIN);
        ApiKey key = database.read(view -> TenancyStore.key(view, scope.organisation(), id))
                .orElseThrow(() -> new NotFoundException("there is no key " + id));
        Consumer<Tx> record = accessLog.prepare(
                new Scope(key.organisation(), key.workspace(), scope.principal()), new AccessEvent.KeyRevoked(id));
        Instant now = now();
        database.write(tx -> {
            boolean revoked = TenancyStore.revoke(tx, id, now);
            if (revoked) {
                tx.afterCommit(() -> knownKeys.forget(key));
                record.accept(tx);
            }
            return revoked;
        });
    }

    /**
     * The scope that a secret opens; empty for one that is unknown, expired or revoked, after the same work for each. The principal's name is
     * the key's id.
     */
    public Optional<Scope> authenticate(String secret) {
        String hash = KeySecret.hash(secret);
        return knownKeys
                .find(hash, () -> database.read(view -> TenancyStore.keyByHash(view, hash)))
                .filter(key -> key.valid(clock.instant()))
                .map(key -> new Scope(
                        key.organisation(),
                        key.workspace(),
                        new Principal(key.id().value(), key.permissions())));
    }

    Creation<Organisation> newOrganisation(String name) {
        requireName(name);
        Organisation organisation = new Organisation(new OrganisationId(ids.next()), name, now());
        return new Creation<>(organisation, tx -> {
            if (!TenancyStore.insert(tx, organisation)) {
                throw nameTaken("an organisation", name);
            }
        });
    }

    Creation<Workspace> newWorkspace(OrganisationId organisation, Principal principal, String name) {
        requireName(name);
        Workspace workspace = new Workspace(new WorkspaceId(ids.next()), organisation, name, now());
        Consumer<Tx> record = accessLog.prepare(
                new Scope(organisation, workspace.id(), principal), new AccessEvent.WorkspaceCreated(name));
        return new Creation<>(workspace, tx -> {
            if (!TenancyStore.insert(tx, workspace)) {
                throw nameTaken("a workspace", name);
            }
            record.accept(tx);
        });
    }

    Creation<IssuedKey> newKey(OrganisationId organisation, Principal principal, KeyRequest request) {
        requireName(request.name());
        Instant now = now();
        Optional<Instant> expires = request.expires().map(time -> time.truncatedTo(ChronoUnit.MICROS));
        if (request.permissions().isEmpty()) {
            throw new InvalidRequestException("permissions", "a key needs at least one permission");
        }
        if (expires.isPresent() && !now.isBefore(expires.get())) {
            throw new InvalidRequestException("expires", "a key cannot expire in the past: " + expires.get());
        }
        String secret = KeySecret.generate(random);
        ApiKey key = new ApiKey(
                new KeyId(ids.next()),
                organisation,
                request.workspace(),
                request.name(),
                KeySecret.hint(secret),
                request.permissions(),
                now,
                expires,
                Optional.empty());
        OptionalLong expiresMicros = expires.stream().mapToLong(EpochMicros::of).findFirst();
        Consumer<Tx> record = accessLog.prepare(
                new Scope(organisation, key.workspace(), principal),
                new AccessEvent.KeyCreated(key.id(), key.name(), key.permissions(), expiresMicros));
        return new Creation<>(new IssuedKey(key, secret), tx -> {
            if (!TenancyStore.insert(tx, key, KeySecret.hash(secret))) {
                throw nameTaken("a key", key.name());
            }
            record.accept(tx);
        });
    }

    private void requireOrganisation(OrganisationId organisation) {
        if (database.read(view -> TenancyStore.organisation(view, organisation)).isEmpty()) {
            throw new NotFoundException("there is no organisation " + organisation);
        }
    }

    private void requireWorkspace(OrganisationId organisation, WorkspaceId workspace) {
        if (database.read(view -> TenancyStore.workspace(view, organisation, workspace))
                .isEmpty()) {
            throw new NotFoundException("there is no workspace " + workspace);
        }
    }

    private static void requireName(String name) {
        if (!NAME.matcher(name).matches()) {
            throw new InvalidRequestException(
                    "name",
                    "a name is 1 to 64 characters out of letters, digits, space, '.', '_' and '-', and begins with a"
                            + " letter or digit");
        }
    }

    private static ConflictException nameTaken(String what, String name) {
        return new ConflictException("name_taken", "there is already " + what + " named \"" + name + "\"");
    }

    private Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.MICROS);
    }
}
