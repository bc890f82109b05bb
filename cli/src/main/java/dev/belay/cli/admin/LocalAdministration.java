package dev.belay.cli.admin;

import dev.belay.api.KeyId;
import dev.belay.api.NotFoundException;
import dev.belay.api.OrganisationId;
import dev.belay.api.Permission;
import dev.belay.api.Scope;
import dev.belay.server.Belay;
import dev.belay.server.admin.NamedTenants;
import dev.belay.server.admin.SecretsFace;
import dev.belay.server.cloudagent.wire.UsageView;
import dev.belay.tenancy.ApiKey;
import dev.belay.tenancy.IssuedKey;
import dev.belay.tenancy.KeyRequest;
import dev.belay.tenancy.Organisation;
import dev.belay.tenancy.StoredSecret;
import dev.belay.tenancy.Tenancy;
import dev.belay.tenancy.Workspace;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;

/** On a data directory that nobody holds. */
final class LocalAdministration implements Administration {
    private final Belay belay;
    private final Tenancy tenancy;
    private final NamedTenants tenants;

    LocalAdministration(Belay belay) {
        this.belay = belay;
        this.tenancy = belay.tenancy();
        this.tenants = new NamedTenants(tenancy);
    }

    @Override
    public Organisation createOrganisation(String name) {
        return tenancy.createOrganisation(name);
    }

    @Override
    public List<Organisation> organisations() {
        return tenancy.organisations();
    }

    @Override
    public Workspace createWorkspace(String organisation, String name) {
        return tenancy.createWorkspace(tenants.organisation(organisation), name);
    }

    @Override
    public List<Workspace> workspaces(String organisation) {
        return tenancy.workspaces(tenants.organisation(organisation));
    }

    @Override
    public IssuedKey createKey(String organisation, NewKey key) {
        OrganisationId id = tenants.organisation(organisation);
        Workspace workspace = tenants.workspace(id, key.workspace());
        Set<Permission> permissions =
                key.permissions().stream().map(Permission::of).collect(Collectors.toSet());
        return tenancy.createKey(
                tenancy.localScope(id, workspace.id()),
                new KeyRequest(key.name(), workspace.id(), permissions, key.expires()));
    }

    @Override
    public List<ApiKey> keys(String organisation) {
        return tenants.anyScope(tenants.organisation(organisation))
                .map(tenancy::keys)
                .orElse(List.of());
    }

    @Override
    public void revokeKey(String organisation, KeyId key) {
        tenancy.revokeKey(
                tenants.anyScope(tenants.organisation(organisation))
                        .orElseThrow(() -> new NotFoundException("there is no key " + key)),
                key);
    }

    @Override
    public StoredSecret setSecret(WorkspaceName workspace, String provider, String value) {
        return SecretsFace.set(belay.secrets(), scope(workspace), provider, value);
    }

    @Override
    public List<StoredSecret> secrets(WorkspaceName workspace) {
        return belay.secrets().list(scope(workspace));
    }

    @Override
    public void removeSecret(WorkspaceName workspace, String name) {
        belay.secrets().remove(scope(workspace), name);
    }

    @Override
    public JsonNode usage(WorkspaceName workspace, Map<String, String> query) {
        return UsageView.of(
                belay.sessions(), scope(workspace), belay.clock(), name -> Optional.ofNullable(query.get(name)));
    }

    private Scope scope(WorkspaceName workspace) {
        return tenants.scope(workspace.organisation(), workspace.workspace());
    }

    @Override
    public void close() {
        belay.close();
    }
}
