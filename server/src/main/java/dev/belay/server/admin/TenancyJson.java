package dev.belay.server.admin;

import dev.belay.api.Permission;
import dev.belay.server.http.Json;
import dev.belay.tenancy.ApiKey;
import dev.belay.tenancy.Organisation;
import dev.belay.tenancy.StoredSecret;
import dev.belay.tenancy.Workspace;
import java.time.Instant;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Organisations, workspaces and keys as the administration shows them, over HTTP and on the command line. */
public final class TenancyJson {
    private TenancyJson() {}

    public static ObjectNode of(Organisation organisation) {
        return Json.object()
                .put("id", organisation.id().value())
                .put("name", organisation.name())
                .put("created", organisation.created().toString());
    }

    public static ObjectNode of(Workspace workspace) {
        return Json.object()
                .put("id", workspace.id().value())
                .put("organisation", workspace.organisation().value())
                .put("name", workspace.name())
                .put("created", workspace.created().toString());
    }

    public static ObjectNode of(StoredSecret secret) {
        return Json.object()
                .put("organisation", secret.organisation().value())
                .put("workspace", secret.workspace().value())
                .put("name", secret.name())
                .put("created", secret.created().toString())
                .put("readable", secret.readable());
    }

    public static ObjectNode of(ApiKey key) {
        ObjectNode json = Json.object()
                .put("id", key.id().value())
                .put("organisation", key.organisation().value())
                .put("workspace", key.workspace().value())
                .put("name", key.name())
                .put("hint", key.hint())
                .put("created", key.created().toString())
                .put("expires", key.expires().map(Instant::toString).orElse(null))
                .put("revoked", key.revoked().map(Instant::toString).orElse(null));
        ArrayNode permissions = json.putArray("permissions");
        key.permissions().stream().sorted().map(Permission::word).forEach(permissions::add);
        return json;
    }
}
