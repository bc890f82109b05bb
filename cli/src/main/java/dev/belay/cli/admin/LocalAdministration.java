package dev.belay.cli.admin;

import dev.belay.api.KeyId;
import dev.belay.api.NotFoundException;
import dev.belay.api.OrganisationId;
import dev.belay.api.Permission;
import dev.belay.api.Scope;
import dev.belay.server.Belay;
import dev.belay.tenancy.ApiKey;
import dev.belay.tenancy.IssuedKey;
import dev.belay.tenancy.KeyRequest;
import dev.belay.tenancy.Organisation;
import dev.belay.tenancy.Tenancy;
import dev.belay.tenancy.Workspace;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** On a data directory that nobody holds. */
final class LocalAdministration implements Administration {
    private final Belay belay;
    private final Tenancy tenancy;

    LocalAdministration(Belay belay) {
        this.belay = belay;
        this.tenancy = belay.tenancy();
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
        return tenancy.createWorkspace(find(organisation), name);
    }

    @Override
    public List<Workspace> workspaces(String organisation) {
        return tenancy.workspaces(find(organisation));
    }

    @Override
    public IssuedKey createKey(String organisation, NewKey key) {
        OrganisationId id = find(organisation);
        Workspace workspace = tenancy.workspaces(id).stream()
                .filter(one ->
                        one.name().equals(key.workspace()) || one.id().value().equals(key.workspace()))
                .findFirst()
                .orElseThrow(() -> new NotFoundException("there is no workspace \"" + key.workspace() + "\""));
        Set<Permission> permissions =
                key.permissions().stream().map(Permission::of).collect(Collectors.toSet());
        return tenancy.createKey(
                tenancy.localScope(id, workspace.id()),
                new KeyRequest(key.name(), workspace.id(), permissions, key.expires()));
    }

    @Override
    public List<ApiKey> keys(String organisation) {
        return anyScope(find(organisation)).map(tenancy::keys).orElse(List.of());
    }

    @Override
    public void revokeKey(String organisation, KeyId key) {
        tenancy.revokeKey(
                anyScope(find(organisation)).orElseThrow(() -> new NotFoundException("there is no key " + key)), key);
    }

    private OrganisationId find(String wanted) {
        return tenancy.organisations().stream()
                .filter(one -> one.name().equals(wanted) || one.id().value().equals(wanted))
                .findFirst()
                .map(Organisation::id)
                .orElseThrow(() -> new NotFoundException("there is no organisation \"" + wanted + "\""));
    }

    /** Keys belong to the organisation, so that any of its workspaces will do; one without workspaces has no keys. */
    private Optional<Scope> anyScope(OrganisationId organisation) {
        return tenancy.workspaces(organisation).stream()
                .findFirst()
                .map(workspace -> tenancy.localScope(organisation, workspace.id()));
    }

    @Override
    public void close() {
        belay.close();
    }
}
