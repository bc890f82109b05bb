package dev.belay.tenancy;

import dev.belay.api.NotFoundException;
import dev.belay.api.Permission;
import dev.belay.api.Principal;
import dev.belay.api.Scope;
import dev.belay.store.Database;
import java.util.EnumSet;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What a first start needs: an organisation and a workspace to be in, and a key to begin with. */
public final class Bootstrap {
    /** The name of the organisation and of the workspace that a first start makes. */
    public static final String DEFAULT = "default";

    private static final Principal SERVER = new Principal("server", EnumSet.allOf(Permission.class));

    private final Database database;
    private final Tenancy tenancy;
    private volatile @Nullable Scope dev;

    public Bootstrap(Database database, Tenancy tenancy) {
        this.database = database;
        this.tenancy = tenancy;
    }

    /**
     * Makes the organisation and the workspace {@code default} if there is no organisation yet, and an administrator key if there is no key
     * yet.
     *
     * @return the key, to be shown once; empty if there was one
     */
    public Optional<IssuedKey> firstStart() {
        makeDefault();
        if (database.read(TenancyStore::hasKeys)) {
            return Optional.empty();
        }
        Optional<Workspace> workspace = defaultWorkspace();
        if (workspace.isEmpty()) {
            return Optional.empty();
        }
        var key = tenancy.newKey(
                workspace.get().organisation(),
                SERVER,
                new KeyRequest(
                        "administrator", workspace.get().id(), EnumSet.allOf(Permission.class), Optional.empty()));
        return Optional.of(database.write(key::in));
    }

    /** Makes the organisation and the workspace {@code default}, without a key, if there is no organisation yet. */
    public void makeDefault() {
        var organisation = tenancy.newOrganisation(DEFAULT);
        var workspace = tenancy.newWorkspace(organisation.made().id(), SERVER, DEFAULT);
        database.write(tx -> {
            if (TenancyStore.organisations(tx).isEmpty()) {
                organisation.in(tx);
                workspace.in(tx);
            }
            return true;
        });
    }

    /**
     * What a request without a key gets under {@code --dev}: the default workspace, principal {@code dev}, every permission but {@code admin}.
     *
     * @throws NotFoundException if there is no default workspace
     */
    public Scope devScope() {
        // Every request asks; what there is once has no other name later.
        Scope known = dev;
        if (known == null) {
            Workspace workspace = requireDefault();
            known = new Scope(
                    workspace.organisation(),
                    workspace.id(),
                    new Principal("dev", EnumSet.complementOf(EnumSet.of(Permission.ADMIN))));
            dev = known;
        }
        return known;
    }

    /**
     * What the local command line gets without a key: the default workspace.
     *
     * @throws NotFoundException if there is no default workspace
     */
    public Scope localScope() {
        Workspace workspace = requireDefault();
        return tenancy.localScope(workspace.organisation(), workspace.id());
    }

    private Workspace requireDefault() {
        return defaultWorkspace()
                .orElseThrow(() -> new NotFoundException(
                        "there is no workspace \"default\" in an organisation \"default\"; make it with belay"
                                + " organisations create and belay workspaces create, or use a key"));
    }

    private Optional<Workspace> defaultWorkspace() {
        return tenancy.organisationByName(DEFAULT)
                .flatMap(organisation -> tenancy.workspaceByName(organisation.id(), DEFAULT));
    }
}
