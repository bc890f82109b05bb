package dev.belay.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.belay.api.Permission;
import dev.belay.server.Api.Answer;
import dev.belay.server.http.Access;
import dev.belay.server.http.Route;
import dev.belay.store.DataDirectory;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the local command line does through a running server. */
class AdminTest {
    private static final String ORGANISATIONS = "/belay/v1/organisations";
    private static final String PROJECTS = ORGANISATIONS + "/default/workspaces/default/projects/";

    private static RunningServer server;
    private static Api local;

    @BeforeAll
    static void start(@TempDir Path data) {
        server = RunningServer.start(data);
        String token = DataDirectory.localToken(data).orElseThrow();
        local = server.anonymous().with("Authorization", "Bearer " + token);
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Test
    void theDirectorySaysWhereTheServerIsAndWhatLetsItsOwnerIn() throws Exception {
        DataDirectory.Holder holder = DataDirectory.holder(server.data()).orElseThrow();

        assertThat(holder.url()).contains(server.url());
        assertThat(holder.pid()).isEqualTo(ProcessHandle.current().pid());
        assertThat(PosixFilePermissions.toString(
                        Files.getPosixFilePermissions(server.data().resolve("belay.token"))))
                .isEqualTo("rw-------");
    }

    @Test
    void organisationsWorkspacesAndKeysAreMadeListedAndRevoked() {
        assertThat(local.post(ORGANISATIONS, "{\"name\": \"Oak Ltd\"}").status())
                .isEqualTo(201);
        assertThat(local.get(ORGANISATIONS).json().findValuesAsString("name")).contains("default", "Oak Ltd");
        assertThat(local.post(ORGANISATIONS + "/Oak%20Ltd/workspaces", "{\"name\": \"main\"}")
                        .status())
                .isEqualTo(201);
        assertThat(local.get(ORGANISATIONS + "/Oak%20Ltd/workspaces")
                        .json()
                        .at("/workspaces/0/name")
                        .asString())
                .isEqualTo("main");
        Answer made = local.post(ORGANISATIONS + "/Oak%20Ltd/keys", """
                {"name": "ci", "workspace": "main", "permissions": ["run"], "expires": "2999-01-01T00:00:00Z"}""");
        assertThat(made.status()).isEqualTo(201);
        String secret = made.json().get("secret").asString();
        String id = made.json().get("id").asString();
        Answer listed = local.get(ORGANISATIONS + "/Oak%20Ltd/keys");
        assertThat(listed.json().at("/keys/0/id").asString()).isEqualTo(id);
        assertThat(listed.text()).doesNotContain(secret);
        Api holder = server.anonymous().with("X-API-Key", secret);
        holder.run("{\"prompt\": \"hi\", \"model\": \"scripted\"}").result();

        assertThat(local.call("DELETE", ORGANISATIONS + "/Oak%20Ltd/keys/" + id, new byte[0])
                        .status())
                .isEqualTo(200);

        assertThat(holder.post("/agent/run", "{\"prompt\": \"hi\"}").status()).isEqualTo(401);
        assertThat(local.get(ORGANISATIONS + "/Oak%20Ltd/keys")
                        .json()
                        .at("/keys/0/revoked")
                        .isNull())
                .isFalse();
    }

    @Test
    void whatIsTakenUnknownOrWrongIsTold() {
        assertThat(local.post(ORGANISATIONS, "{\"name\": \"default\"}").status())
                .isEqualTo(409);
        assertThat(local.post(ORGANISATIONS, "{\"name\": \"../etc\"}").status()).isEqualTo(422);
        assertThat(local.post(ORGANISATIONS, "{\"nam\": \"x\"}").errorMessage()).contains("did you mean \"name\"?");
        assertThat(local.get(ORGANISATIONS + "/nobody/keys").status()).isEqualTo(404);
        assertThat(local.post(ORGANISATIONS + "/nobody/workspaces", "{\"name\": \"x\"}")
                        .status())
                .isEqualTo(404);
        String keys = ORGANISATIONS + "/default/keys";
        assertThat(local.post(keys, "{\"name\": \"k\", \"workspace\": \"nowhere\"}")
                        .errorField())
                .isEqualTo("workspace");
        assertThat(local.post(keys, "{\"name\": \"k\", \"workspace\": \"default\", \"permissions\": [\"fly\"]}")
                        .errorField())
                .isEqualTo("permissions");
        assertThat(local.post(keys, "{\"name\": \"k\", \"workspace\": \"default\", \"permissions\": []}")
                        .status())
                .isEqualTo(422);
        assertThat(local.post(keys, "{\"name\": \"k\", \"workspace\": \"default\", \"expires\": \"tomorrow\"}")
                        .errorField())
                .isEqualTo("expires");
        assertThat(local.post(
                                keys,
                                "{\"name\": \"k\", \"workspace\": \"default\", \"expires\": \"2001-01-01T00:00:00Z\"}")
                        .errorField())
                .isEqualTo("expires");
        assertThat(local.call("DELETE", keys + "/none", new byte[0]).status()).isEqualTo(404);
    }

    @Test
    void aKeyOfAnotherOrganisationIsNotRevokedByMistake() {
        local.post(ORGANISATIONS, "{\"name\": \"Pine\"}");
        local.post(ORGANISATIONS + "/Pine/workspaces", "{\"name\": \"main\"}");
        String id = local.post(ORGANISATIONS + "/Pine/keys", "{\"name\": \"k\", \"workspace\": \"main\"}")
                .json()
                .get("id")
                .asString();

        assertThat(local.call("DELETE", ORGANISATIONS + "/default/keys/" + id, new byte[0])
                        .status())
                .isEqualTo(404);
    }

    @Test
    void onlyTheTokenOpensAdministration() {
        assertThat(server.api().get(ORGANISATIONS).status()).isEqualTo(401);
        assertThat(server.anonymous().get(ORGANISATIONS).status()).isEqualTo(401);
        assertThat(local.with("X-API-Key", "other").get(ORGANISATIONS).status()).isEqualTo(400);
    }

    @Test
    void theTokenOpensSessionsAndSandboxesOfTheDefaultWorkspaceAndNothingElse() {
        assertThat(local.post("/agent/run", "{\"prompt\": \"hi\"}").status()).isEqualTo(200);
        String session = local.post("/agent/session", "{\"session_name\": \"local\"}")
                .json()
                .get("session_id")
                .asString();
        assertThat(server.api().get("/agent/session/" + session + "/status").status())
                .isEqualTo(200);
        assertThat(local.get("/v1/sandboxes").status()).isEqualTo(200);
        assertThat(server.server().routes())
                .filteredOn(route -> !(route.access() instanceof Access.Open))
                .allSatisfy(route -> assertThat(opened(route))
                        .as(route.path())
                        .isEqualTo(
                                switch (route.access()) {
                                    case Access.Open _ -> true;
                                    case Access.LocalToken _ -> true;
                                    case Access.AnyKey _ -> false;
                                    case Access.Needs(Permission permission) ->
                                        EnumSet.of(
                                                        Permission.RUN,
                                                        Permission.READ,
                                                        Permission.APPROVE,
                                                        Permission.SANDBOX)
                                                .contains(permission);
                                }));
    }

    /** Whether the token gets past the door; what is asked for there is nonsense. */
    private static boolean opened(Route route) {
        String path = route.path().replaceAll("\\{[^}]*}", "none");
        return local.call(route.method(), path, "{}".getBytes(StandardCharsets.UTF_8))
                        .status()
                != 401;
    }

    @Test
    void aDirectoryOfTheMachineBecomesAProjectDirectoryOfTheDefaultWorkspace(@TempDir Path mine) throws Exception {
        Files.writeString(mine.resolve("notes.txt"), "todo\n");
        server.script("touch", """
                {"steps": [{"tool_calls": [{"tool": "Bash", "input": {"command": "pwd; cat notes.txt; echo done > notes.txt"}}]},
                           {"text": "Done."}]}""");
        assertThat(link("mine", mine).status()).isEqualTo(200);
        assertThat(link("mine", mine).status()).isEqualTo(200);

        assertThat(local.post(
                                "/agent/run",
                                "{\"prompt\": \"x\", \"model\": \"scripted:touch\", \"working_dir\": \"/workspace/mine\"}")
                        .text())
                .contains("/workspace/mine\\ntodo");
        assertThat(mine.resolve("notes.txt")).hasContent("done");
        assertThat(local.get("/agent/projects").text()).contains("\"mine\"");
        assertThat(local.call("DELETE", "/agent/projects/mine", new byte[0]).errorCode())
                .isEqualTo("project_in_use");
    }

    @Test
    void aDirectoryIsLinkedByItsOwnerAloneAndUnlinkedWithoutLossOfFiles(@TempDir Path mine) throws Exception {
        Files.writeString(mine.resolve("kept.txt"), "kept");
        assertThat(server.api()
                        .call("PUT", PROJECTS + "theirs", directory(mine))
                        .status())
                .isEqualTo(401);
        assertThat(link("Not a name", mine).errorField()).isEqualTo("name");
        for (Path wrong : List.of(
                Path.of("relative"),
                mine.resolve("none"),
                mine.resolve("kept.txt"),
                server.data(),
                server.data().resolve("sandboxes"),
                Path.of("/"))) {
            assertThat(link("wrong", wrong).errorField()).as(wrong.toString()).isEqualTo("directory");
        }
        assertThat(link("short", mine).status()).isEqualTo(200);
        assertThat(link("short", server.data().getParent().resolve("other")).errorField())
                .isEqualTo("directory");
        assertThat(local.call("DELETE", "/agent/projects/short", new byte[0]).status())
                .isEqualTo(200);
        assertThat(mine.resolve("kept.txt")).hasContent("kept");
        assertThat(local.get("/agent/projects").text()).doesNotContain("short");
    }

    private static Answer link(String name, Path directory) {
        return local.call("PUT", PROJECTS + name.replace(" ", "%20"), directory(directory));
    }

    private static byte[] directory(Path directory) {
        return ("{\"directory\": \"" + directory + "\"}").getBytes(StandardCharsets.UTF_8);
    }

    @ParameterizedTest
    @ValueSource(strings = {"Host: example.com", "Host: localhost\r\nOrigin: http://example.com"})
    void theTokenIsGoodOnlyFromThisMachine(String headers) {
        String token = DataDirectory.localToken(server.data()).orElseThrow();
        try (RawClient client = RawClient.to(server.url())) {
            assertThat(client.send("GET " + ORGANISATIONS, "", headers, "Authorization: Bearer " + token)
                            .readTo("HTTP/1.1"))
                    .contains(" 401 ");
        }
    }

    @Test
    void aServerOnAllAddressesTellsTheLocalCommandToComeByLoopback(@TempDir Path data) {
        try (RunningServer _ = RunningServer.start(data, Map.of("server.host", "0.0.0.0"))) {
            String url = DataDirectory.holder(data).orElseThrow().url().orElseThrow();
            String token = DataDirectory.localToken(data).orElseThrow();

            assertThat(url).startsWith("http://127.0.0.1:");
            assertThat(new Api(url, Map.of("Authorization", "Bearer " + token))
                            .get(ORGANISATIONS)
                            .status())
                    .isEqualTo(200);
        }
    }

    @Test
    void aServerOnOneAddressOfTheMachineIsAdministeredThere(@TempDir Path data) throws Exception {
        Optional<String> address = ownAddress();
        Assumptions.assumeTrue(address.isPresent(), "this machine has loopback addresses only");
        try (RunningServer _ = RunningServer.start(data, Map.of("server.host", address.get()))) {
            String url = DataDirectory.holder(data).orElseThrow().url().orElseThrow();
            String token = DataDirectory.localToken(data).orElseThrow();

            assertThat(new Api(url, Map.of("Authorization", "Bearer " + token))
                            .get(ORGANISATIONS)
                            .status())
                    .isEqualTo(200);
            try (RawClient client = RawClient.to(url)) {
                assertThat(client.send(
                                        "GET " + ORGANISATIONS,
                                        "",
                                        "Host: example.com",
                                        "Authorization: Bearer " + token)
                                .readTo("HTTP/1.1"))
                        .contains(" 401 ");
            }
        }
    }

    private static Optional<String> ownAddress() throws SocketException {
        return NetworkInterface.networkInterfaces()
                .flatMap(NetworkInterface::inetAddresses)
                .filter(address -> address instanceof Inet4Address && !address.isLoopbackAddress())
                .map(InetAddress::getHostAddress)
                .findFirst();
    }

    @Test
    void theTokenGoesWithTheServer(@TempDir Path data) {
        RunningServer.start(data, Map.of()).close();

        assertThat(DataDirectory.localToken(data)).isEmpty();
        assertThat(DataDirectory.holder(data)).isEmpty();
    }
}
