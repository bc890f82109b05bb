package dev.belay.cli.admin;

import dev.belay.api.KeyId;
import dev.belay.api.OrganisationId;
import dev.belay.api.Permission;
import dev.belay.api.WorkspaceId;
import dev.belay.cli.serve.ServerException;
import dev.belay.client.http.ServerCertificate;
import dev.belay.server.http.Json;
import dev.belay.tenancy.ApiKey;
import dev.belay.tenancy.IssuedKey;
import dev.belay.tenancy.Organisation;
import dev.belay.tenancy.StoredSecret;
import dev.belay.tenancy.Workspace;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Through the server that holds the data directory, with the token that lies there. */
final class ServedAdministration implements Administration {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final HttpClient client;
    private final String url;
    private final String token;

    /** @param certificate what the server shows, if it serves with TLS */
    ServedAdministration(String url, String token, Optional<ServerCertificate> certificate) {
        HttpClient.Builder builder = HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5));
        certificate.ifPresent(known -> builder.sslContext(known.context()));
        client = builder.build();
        this.url = url;
        this.token = token;
    }

    @Override
    public Organisation createOrganisation(String name) {
        return organisation(send("POST", "", Optional.of(Json.object().put("name", name))));
    }

    @Override
    public List<Organisation> organisations() {
        return list(send("GET", "", Optional.empty()), "organisations").stream()
                .map(ServedAdministration::organisation)
                .toList();
    }

    @Override
    public Workspace createWorkspace(String organisation, String name) {
        return workspace(send(
                "POST",
                path(organisation, "workspaces"),
                Optional.of(Json.object().put("name", name))));
    }

    @Override
    public List<Workspace> workspaces(String organisation) {
        return list(send("GET", path(organisation, "workspaces"), Optional.empty()), "workspaces").stream()
                .map(ServedAdministration::workspace)
                .toList();
    }

    @Override
    public IssuedKey createKey(String organisation, NewKey key) {
        ObjectNode body = Json.object().put("name", key.name()).put("workspace", key.workspace());
        ArrayNode permissions = body.putArray("permissions");
        key.permissions().forEach(permissions::add);
        key.expires().ifPresent(time -> body.put("expires", time.toString()));
        JsonNode made = send("POST", path(organisation, "keys"), Optional.of(body));
        return new IssuedKey(key(made), made.path("secret").asString());
    }

    @Override
    public List<ApiKey> keys(String organisation) {
        return list(send("GET", path(organisation, "keys"), Optional.empty()), "keys").stream()
                .map(ServedAdministration::key)
                .toList();
    }

    @Override
    public void revokeKey(String organisation, KeyId key) {
        send("DELETE", path(organisation, "keys") + "/" + key.value(), Optional.empty());
    }

    @Override
    public StoredSecret setSecret(WorkspaceName workspace, String provider, String value) {
        return secret(send(
                "PUT",
                secretsPath(workspace) + "/" + escaped(provider),
                Optional.of(Json.object().put("value", value))));
    }

    @Override
    public List<StoredSecret> secrets(WorkspaceName workspace) {
        return list(send("GET", secretsPath(workspace), Optional.empty()), "secrets").stream()
                .map(ServedAdministration::secret)
                .toList();
    }

    @Override
    public void removeSecret(WorkspaceName workspace, String name) {
        send("DELETE", secretsPath(workspace) + "/" + escaped(name), Optional.empty());
    }

    @Override
    public JsonNode usage(WorkspaceName workspace, Map<String, String> query) {
        String parameters = query.entrySet().stream()
                .map(one -> one.getKey() + "=" + escaped(one.getValue()))
                .collect(Collectors.joining("&"));
        return send("GET", workspacePath(workspace) + "/usage?" + parameters, Optional.empty());
    }

    private static String secretsPath(WorkspaceName workspace) {
        return workspacePath(workspace) + "/secrets";
    }

    private static String workspacePath(WorkspaceName workspace) {
        return path(workspace.organisation(), "workspaces") + "/" + escaped(workspace.workspace());
    }

    private static String path(String organisation, String what) {
        return "/" + escaped(organisation) + "/" + what;
    }

    private static String escaped(String part) {
        return URLEncoder.encode(part, StandardCharsets.UTF_8).replace("+", "%20");
    }

    private JsonNode send(String method, String path, Optional<ObjectNode> body) {
        HttpRequest request = HttpRequest.newBuilder(URI.create(url + "/belay/v1/organisations" + path))
                .timeout(PATIENCE)
                .header("Authorization", "Bearer " + token)
                .header("Content-Type", "application/json")
                .method(
                        method,
                        body.map(json -> BodyPublishers.ofByteArray(Json.write(json)))
                                .orElse(BodyPublishers.noBody()))
                .build();
        try {
            var response = client.send(request, BodyHandlers.ofString());
            JsonNode answer = Json.read(response.body());
            if (response.statusCode() / 100 != 2) {
                JsonNode error = answer.path("error");
                throw new ServerException(
                        error.path("code").asString(), error.path("message").asString());
            }
            return answer;
        } catch (IOException e) {
            throw ServerException.unreachable(url, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw ServerException.unreachable(url, e);
        }
    }

    private static List<JsonNode> list(JsonNode answer, String field) {
        return answer.path(field).valueStream().toList();
    }

    private static Organisation organisation(JsonNode json) {
        return new Organisation(
                new OrganisationId(json.path("id").asString()),
                json.path("name").asString(),
                time(json, "created").orElseThrow());
    }

    private static Workspace workspace(JsonNode json) {
        return new Workspace(
                new WorkspaceId(json.path("id").asString()),
                new OrganisationId(json.path("organisation").asString()),
                json.path("name").asString(),
                time(json, "created").orElseThrow());
    }

    private static StoredSecret secret(JsonNode json) {
        return new StoredSecret(
                new OrganisationId(json.path("organisation").asString()),
                new WorkspaceId(json.path("workspace").asString()),
                json.path("name").asString(),
                time(json, "created").orElseThrow(),
                json.path("readable").booleanValue());
    }

    private static ApiKey key(JsonNode json) {
        Set<Permission> permissions = json.path("permissions")
                .valueStream()
                .map(word -> Permission.of(word.asString()))
                .collect(Collectors.toSet());
        return new ApiKey(
                new KeyId(json.path("id").asString()),
                new OrganisationId(json.path("organisation").asString()),
                new WorkspaceId(json.path("workspace").asString()),
                json.path("name").asString(),
                json.path("hint").asString(),
                permissions,
                time(json, "created").orElseThrow(),
                time(json, "expires"),
                time(json, "revoked"));
    }

    private static Optional<Instant> time(JsonNode json, String field) {
        JsonNode text = json.path(field);
        return text.isString() ? Optional.of(Instant.parse(text.stringValue())) : Optional.empty();
    }

    @Override
    public void close() {
        client.close();
    }
}
