package dev.belay.tenancy;

import dev.belay.api.NotFoundException;
import dev.belay.api.Permission;
import dev.belay.api.Principal;
import dev.belay.api.Scope;
import dev.belay.store.Database;
import java.util.EnumSet;
import java.util.Optional;

/** What a first start needs: an organisation and a workspace to be in, and a key to begin with. */
public final class Bootstrap {
    /** The name of the organisation and of the workspace that a first start makes. */
    public static final String DEFAULT = "default";

    private static final Principal SERVER = new Principal("server", EnumSet.allOf(Permission.class));

    private final Database database;
    private final Tenancy tenancy;

    public Bootstrap(Database database, Tenancy tenancy) {
        this.database = database;
        this.tenancy = tenancy;
    }

    /**
     * Makes the organisation and the workspace {@code default} and an administrator key, all or nothing, if there is no organisation yet.
     *
     * @return the key, to be shown once; empty if this was not the first start
     */
    public Optional<IssuedKey> firstStart() {
        var organisation = tenancy.newOrganisation(DEFAULT);
        var workspace = tenancy.newWorkspace(organisation.made().id(), SERVER, DEFAULT);
        var key = tenancy.newKey(
                organisation.made().id(),
                SERVER,
                new KeyRequest(
                        "administrator", workspace.made().id(), EnumSet.allOf(Permission.class), Optional.empty()));
        return database.write(tx -> {
            if (!TenancyStore.organisations(tx).isEmpty()) {
                return Optional.empty();
            }
            organisation.in(tx);
            workspace.in(tx);
            return Optional.of(key.in(tx));
        });
    }

    /**
     * What a request without a key gets under {@code --dev}: the default workspace, principal {@code dev}, every permission but {@code admin}.
     *
     * @throws NotFoundException if there is no default workspace
     */
    public Scope devScope() {
        Workspace workspace = tenancy.organisationByName(DEFAULT)
                .flatMap(organisation -> tenancy.workspaceByName(organisation.id(), DEFAULT))
                .orElseThrow(() -> new NotFoundException(
                        "there is no workspace \"default\" in an organisation \"default\"; make it with belay"
                                + " organisations create and belay workspaces create, or use a key"));
        return new Scope(
                workspace.organisation(),
                workspace.id(),
                new Principal("dev", EnumSet.complementOf(EnumSet.of(Permission.ADMIN))));
    }
}
