package dev.belay.server.admin;

import dev.belay.api.NotFoundException;
import dev.belay.api.OrganisationId;
import dev.belay.api.Scope;
import dev.belay.server.http.Call;
import dev.belay.tenancy.Organisation;
import dev.belay.tenancy.Tenancy;
import dev.belay.tenancy.Workspace;
import java.util.Optional;

/** Finds organisations and workspaces that are named by id or by name. */
public final class NamedTenants {
    private final Tenancy tenancy;

    public NamedTenants(Tenancy tenancy) {
        this.tenancy = tenancy;
    }

    OrganisationId organisation(Call call) {
        return organisation(call.pathParameter("organisation"));
    }

    /** @throws NotFoundException if there is none */
    public OrganisationId organisation(String wanted) {
        return tenancy.organisations().stream()
                .filter(organisation -> organisation.id().value().equals(wanted)
                        || organisation.name().equals(wanted))
                .findFirst()
                .map(Organisation::id)
                .orElseThrow(() -> unknown("organisation", wanted));
    }

    /** @throws NotFoundException if the organisation has none of that name */
    public Workspace workspace(OrganisationId organisation, String wanted) {
        return findWorkspace(organisation, wanted).orElseThrow(() -> unknown("workspace", wanted));
    }

    Optional<Workspace> findWorkspace(OrganisationId organisation, String wanted) {
        return tenancy.workspaces(organisation).stream()
                .filter(workspace -> workspace.id().value().equals(wanted)
                        || workspace.name().equals(wanted))
                .findFirst();
    }

    /** All that the local command line may do in a workspace. */
    public Scope scope(String organisation, String workspace) {
        OrganisationId id = organisation(organisation);
        return tenancy.localScope(id, workspace(id, workspace).id());
    }

    /** Keys belong to the organisation, so that any of its workspaces will do; one without workspaces has no keys. */
    public Optional<Scope> anyScope(OrganisationId organisation) {
        return tenancy.workspaces(organisation).stream()
                .findFirst()
                .map(workspace -> tenancy.localScope(organisation, workspace.id()));
    }

    static NotFoundException unknown(String what, String name) {
        return new NotFoundException("there is no " + what + " \"" + name + "\"");
    }
}
