package dev.belay.server.admin;

import dev.belay.api.IdSource;
import dev.belay.api.InvalidRequestException;
import dev.belay.api.KeyId;
import dev.belay.api.OrganisationId;
import dev.belay.api.Permission;
import dev.belay.api.Scope;
import dev.belay.server.http.Access;
import dev.belay.server.http.Call;
import dev.belay.server.http.Face;
import dev.belay.server.http.Fields;
import dev.belay.server.http.Json;
import dev.belay.server.http.Route;
import dev.belay.tenancy.IssuedKey;
import dev.belay.tenancy.KeyRequest;
import dev.belay.tenancy.Tenancy;
import dev.belay.tenancy.Workspace;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What {@code belay organisations}, {@code workspaces} and {@code keys} do through a running server. Organisations and workspaces in a path
 * or body are named by id or by name.
 */
public final class AdminFace implements Face {
    private static final String ORGANISATIONS = "/belay/v1/organisations";
    private static final String WORKSPACES = ORGANISATIONS + "/{organisation}/workspaces";
    private static final String KEYS = ORGANISATIONS + "/{organisation}/keys";

    private final Tenancy tenancy;
    private final NamedTenants tenants;

    public AdminFace(Tenancy tenancy) {
        this.tenancy = tenancy;
        this.tenants = new NamedTenants(tenancy);
    }

    @Override
    public List<Route> routes() {
        return List.of(
                Route.get(ORGANISATIONS, Access.LOCAL_TOKEN, this::organisations),
                Route.post(ORGANISATIONS, Access.LOCAL_TOKEN, this::createOrganisation),
                Route.get(WORKSPACES, Access.LOCAL_TOKEN, this::workspaces),
                Route.post(WORKSPACES, Access.LOCAL_TOKEN, this::createWorkspace),
                Route.get(KEYS, Access.LOCAL_TOKEN, this::keys),
                Route.post(KEYS, Access.LOCAL_TOKEN, this::createKey),
                Route.delete(KEYS + "/{key}", Access.LOCAL_TOKEN, this::revokeKey));
    }

    private void organisations(Call call) {
        ObjectNode body = Json.object();
        ArrayNode list = body.putArray("organisations");
        tenancy.organisations().forEach(organisation -> list.add(TenancyJson.of(organisation)));
        call.answer(200, body);
    }

    private void createOrganisation(Call call) {
        call.answer(201, TenancyJson.of(tenancy.createOrganisation(name(call))));
    }

    private void workspaces(Call call) {
        ObjectNode body = Json.object();
        ArrayNode list = body.putArray("workspaces");
        tenancy.workspaces(tenants.organisation(call)).forEach(workspace -> list.add(TenancyJson.of(workspace)));
        call.answer(200, body);
    }

    private void createWorkspace(Call call) {
        call.answer(201, TenancyJson.of(tenancy.createWorkspace(tenants.organisation(call), name(call))));
    }

    private void keys(Call call) {
        ObjectNode body = Json.object();
        ArrayNode list = body.putArray("keys");
        tenants.anyScope(tenants.organisation(call))
                .ifPresent(scope -> tenancy.keys(scope).forEach(key -> list.add(TenancyJson.of(key))));
        call.answer(200, body);
    }

    private void createKey(Call call) {
        Fields fields =
                new Fields(Json.readObject(call.body())).only(List.of("name", "workspace", "permissions", "expires"));
        OrganisationId organisation = tenants.organisation(call);
        String wanted = fields.requiredString("workspace");
        // The thing that the address names is there; what is wrong is the body.
        Workspace workspace = tenants.findWorkspace(organisation, wanted)
                .orElseThrow(
                        () -> new InvalidRequestException("workspace", "there is no workspace \"" + wanted + "\""));
        Set<Permission> permissions = fields.strings("permissions")
                .map(words -> words.stream().map(Permission::of).collect(Collectors.toSet()))
                .orElse(EnumSet.of(Permission.RUN, Permission.READ));
        IssuedKey issued = tenancy.createKey(
                tenancy.localScope(organisation, workspace.id()),
                new KeyRequest(
                        fields.requiredString("name"),
                        workspace.id(),
                        permissions,
                        fields.string("expires").map(AdminFace::instant)));
        call.answer(201, TenancyJson.of(issued.key()).put("secret", issued.secret()));
    }

    private void revokeKey(Call call) {
        String key = call.pathParameter("key");
        Scope scope = tenants.anyScope(tenants.organisation(call)).orElseThrow(() -> NamedTenants.unknown("key", key));
        if (!IdSource.isId(key)) {
            throw NamedTenants.unknown("key", key);
        }
        tenancy.revokeKey(scope, new KeyId(key));
        call.answer(200, Json.object().put("status", "revoked").put("id", key));
    }

    private static String name(Call call) {
        return new Fields(Json.readObject(call.body())).only(List.of("name")).requiredString("name");
    }

    private static Instant instant(String text) {
        try {
            return Instant.parse(text);
        } catch (DateTimeException e) {
            throw new InvalidRequestException("expires", "expires must be a time such as 2030-01-31T00:00:00Z");
        }
    }
}
