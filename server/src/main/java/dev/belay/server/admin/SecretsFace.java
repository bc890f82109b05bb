package dev.belay.server.admin;

import dev.belay.agent.model.catalogue.ProviderKey;
import dev.belay.api.InvalidRequestException;
import dev.belay.api.Scope;
import dev.belay.server.http.Access;
import dev.belay.server.http.Call;
import dev.belay.server.http.Face;
import dev.belay.server.http.Fields;
import dev.belay.server.http.Json;
import dev.belay.server.http.Route;
import dev.belay.tenancy.Secrets;
import dev.belay.tenancy.StoredSecret;
import java.util.List;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** What {@code belay secrets} does through a running server. A value goes in and never comes out. */
public final class SecretsFace implements Face {
    private static final String SECRETS = "/belay/v1/organisations/{organisation}/workspaces/{workspace}/secrets";

    private final Secrets secrets;
    private final NamedTenants tenants;

    public SecretsFace(Secrets secrets, NamedTenants tenants) {
        this.secrets = secrets;
        this.tenants = tenants;
    }

    @Override
    public List<Route> routes() {
        return List.of(
                Route.get(SECRETS, Access.LOCAL_TOKEN, this::list),
                Route.put(SECRETS + "/{name}", Access.LOCAL_TOKEN, this::set),
                Route.delete(SECRETS + "/{name}", Access.LOCAL_TOKEN, this::remove));
    }

    private void list(Call call) {
        ObjectNode body = Json.object();
        ArrayNode list = body.putArray("secrets");
        secrets.list(scope(call)).forEach(secret -> list.add(TenancyJson.of(secret)));
        call.answer(200, body);
    }

    private void set(Call call) {
        String value =
                new Fields(Json.readObject(call.body())).only(List.of("value")).requiredString("value");
        call.answer(200, TenancyJson.of(set(secrets, scope(call), call.pathParameter("name"), value)));
    }

    /**
     * Stores the key of a model provider.
     *
     * @throws InvalidRequestException if there is no such provider, or the value cannot be a key; neither is repeated
     */
    public static StoredSecret set(Secrets secrets, Scope scope, String provider, String value) {
        String name = ProviderKey.requireProvider("name", provider);
        if (!ProviderKey.isKey(value)) {
            throw new InvalidRequestException("value", "the key must be " + ProviderKey.FORM);
        }
        return secrets.set(scope, name, value);
    }

    private void remove(Call call) {
        String name = call.pathParameter("name");
        secrets.remove(scope(call), name);
        call.answer(200, Json.object().put("status", "removed").put("name", name));
    }

    private Scope scope(Call call) {
        return tenants.scope(call.pathParameter("organisation"), call.pathParameter("workspace"));
    }
}
