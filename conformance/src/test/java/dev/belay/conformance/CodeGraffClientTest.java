package dev.belay.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.belay.bench.process.ServerProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The sandbox client of CodeGraff 0.1.4, as it was published, against a server with keys: rows 36 to 43 of the contract's checklist
 * (CodeGraff 6), as far as they are the server's. What it never sends cannot be shown with it; {@link SandboxGatewayTest} does that.
 */
class CodeGraffClientTest {
    private static final int PER_WORKSPACE = 6;
    /** What the client shows of a refusal. */
    private static final int SHOWN = 300;

    @AutoClose
    private static ServerProcess server;

    private static PythonClient python;
    private static Administrator administrator;

    private String workspace;
    private Administrator.Key key;
    private PythonClient client;

    @BeforeAll
    static void start(@TempDir Path data) throws Exception {
        python = PythonClient.installed();
        Files.writeString(data.resolve("belay.toml"), "[sandbox]\nper_workspace = " + PER_WORKSPACE + "\n");
        server = ServerProcess.startWithKeys(data);
        administrator = Administrator.of(server, data);
    }

    @BeforeEach
    void aWorkspaceOfItsOwn(TestInfo test) throws Exception {
        workspace = test.getTestMethod().orElseThrow().getName();
        administrator.workspace(workspace);
        key = administrator.key(workspace, "sandbox");
        client = python.with("CODEGRAFF_GATEWAY_URL", server.url()).with("CODEGRAFF_API_KEY", key.secret());
    }

    /** The row's script begins with a client, in the constructor's defaults. */
    private static JsonNode run(PythonClient client, String script) throws Exception {
        return client.run("from codegraff import Graff, Sandbox\ngraff = Graff()\n" + script);
    }

    /** The server's words in the client's error, whole although the client cuts them. */
    private static JsonNode error(JsonNode refusal, String call, int status) {
        String begin = "RuntimeError: Gateway " + call + " failed (" + status + "): ";
        assertThat(refusal.asString()).startsWith(begin);
        String body = refusal.asString().substring(begin.length());
        assertThat(body.length()).isLessThan(SHOWN);
        return JsonMapper.shared().readTree(body).get("error");
    }

    @Test
    void row36TheKeyComesFromEitherVariableAndWithoutOneTheServerSaysSo() throws Exception {
        Administrator.Key second = administrator.key(workspace, "sandbox");
        JsonNode told = run(client.with("CG_API_KEY", second.secret()), """
                import os
                tell(both=graff.create_sandbox().info()["createdBy"])
                del os.environ["CODEGRAFF_API_KEY"]
                tell(second=graff.create_sandbox().info()["createdBy"])
                del os.environ["CG_API_KEY"]
                tell(none=refusal(graff.create_sandbox))
                """);
        assertThat(told.get("both").asString()).isEqualTo(key.id());
        assertThat(told.get("second").asString()).isEqualTo(second.id());
        JsonNode error = error(told.get("none"), "POST /v1/sandboxes", 401);
        assertThat(error.get("message").asString()).contains("this needs a key", "belay keys create");
    }

    @Test
    void row37AnAddressThatEndsInASlashServesEveryCall() throws Exception {
        JsonNode told = run(client.with("CODEGRAFF_GATEWAY_URL", server.url() + "/"), """
                sandbox = graff.create_sandbox()
                sandbox.upload("over two slashes", "f")
                tell(result=sandbox.exec("cat f")["result"], bytes=sandbox.download("f").decode())
                sandbox.stop()
                tell(started=sandbox.start()["state"], listed=[one["id"] for one in graff.list_sandboxes()], id=sandbox.id)
                sandbox.destroy()
                tell(state=graff.get_sandbox(sandbox.id).info()["state"], missing=refusal(graff.get_sandbox, "none"))
                """);
        assertThat(told.get("result").asString()).isEqualTo("over two slashes");
        assertThat(told.get("bytes").asString()).isEqualTo("over two slashes");
        assertThat(told.get("started").asString()).isEqualTo("started");
        assertThat(told.get("listed").values()).containsExactly(told.get("id"));
        assertThat(told.get("state").asString()).isEqualTo("destroyed");
        error(told.get("missing"), "GET /v1/sandboxes/none", 404);
    }

    @Test
    void row38ASandboxIsAsItWasAskedFor() throws Exception {
        JsonNode told = run(client, """
                tell(standard=graff.create_sandbox().info())
                tell(given=graff.create_sandbox(language="python", auto_stop_minutes=7, labels={"team": "a", "ü": ""}).info())
                tell(never=graff.create_sandbox(auto_stop_minutes=0).info())
                tell(negative=refusal(graff.create_sandbox, auto_stop_minutes=-5))
                tell(label=refusal(graff.create_sandbox, labels={"a": 1}))
                """);
        JsonNode standard = told.get("standard");
        assertThat(standard.get("state").asString()).isEqualTo("started");
        assertThat(standard.get("language").asString()).isEqualTo("javascript");
        assertThat(standard.get("autoStopMinutes").asDouble()).isEqualTo(30);
        assertThat(standard.get("labels").isEmpty()).isTrue();
        JsonNode given = told.get("given");
        assertThat(given.get("language").asString()).isEqualTo("python");
        assertThat(given.get("autoStopMinutes").asDouble()).isEqualTo(7);
        assertThat(given.get("labels").size()).isEqualTo(2);
        assertThat(given.at("/labels/team").asString()).isEqualTo("a");
        assertThat(given.at("/labels/ü").asString()).isEmpty();
        assertThat(told.at("/never/stopsAt").isNull()).isTrue();
        assertThat(error(told.get("negative"), "POST /v1/sandboxes", 422)
                        .get("field")
                        .asString())
                .isEqualTo("autoStopMinutes");
        assertThat(error(told.get("label"), "POST /v1/sandboxes", 422)
                        .get("field")
                        .asString())
                .isEqualTo("labels");
    }

    @Test
    void row39ACommandsExitCodeIsAResult() throws Exception {
        JsonNode told = run(client, """
                sandbox = graff.create_sandbox()
                tell(failed=sandbox.exec("echo out; echo err >&2; exit 3"))
                tell(placed=sandbox.exec("pwd; echo $NAME", cwd="/tmp", env={"NAME": "it's $(here)"}))
                tell(late=sandbox.exec("echo begun; sleep 60", timeout_seconds=1))
                tell(killed=sandbox.exec("kill -9 $$")["exitCode"], unknown=sandbox.exec("no-such-program")["exitCode"])
                tell(text=sandbox.exec("printf 'grün \\\\0 \\\\377'")["result"])
                tell(empty=refusal(sandbox.exec, ""), elsewhere=sandbox.exec("true", cwd="/none"))
                """);
        assertThat(told.at("/failed/exitCode").asInt()).isEqualTo(3);
        assertThat(told.at("/failed/result").asString()).isEqualTo("out\nerr\n");
        assertThat(told.at("/placed/result").asString()).isEqualTo("/tmp\nit's $(here)\n");
        assertThat(told.at("/late/exitCode").asInt()).isEqualTo(124);
        assertThat(told.at("/late/result").asString()).isEqualTo("begun\n");
        assertThat(told.get("killed").asInt()).isEqualTo(137);
        assertThat(told.get("unknown").asInt()).isEqualTo(127);
        assertThat(told.get("text").asString()).isEqualTo("grün \0 \ufffd");
        assertThat(told.get("empty").asString()).contains("failed (422)", "the command is empty");
        assertThat(told.at("/elsewhere/exitCode").asInt()).isNotZero();
        assertThat(told.at("/elsewhere/result").asString()).contains("/none");
    }

    @Test
    void row40BytesAndTextComeBackAsTheyWent() throws Exception {
        JsonNode told = run(client, """
                import hashlib, random
                sandbox = graff.create_sandbox()
                def same(content, path):
                    sandbox.upload(content, path)
                    return sandbox.download(path) == (content if isinstance(content, bytes) else content.encode())
                large = random.Random(1).randbytes(8 << 20)
                tell(same=[
                    same("hello\\n", "/tmp/hello.txt"), same("grün 漢 \\U0001F600", "made/on/the/way"), same(b"", "empty"),
                    same(bytes(range(256)) * 5, "it's $(touch bad) \\n"), same(large, "large")])
                tell(inside=sandbox.exec("sha256sum < large; cat /tmp/hello.txt; ls")["result"])
                tell(hash=hashlib.sha256(large).hexdigest())
                tell(missing=refusal(sandbox.download, "missing"), outside=refusal(sandbox.upload, b"x", "../../etc/passwd"))
                tell(directory=refusal(sandbox.download, "made"))
                tell(large=refusal(sandbox.upload, bytes(40 << 20), "f"))
                sandbox.exec("truncate -s 17M sparse")
                tell(sparse=refusal(sandbox.download, "sparse"))
                """);
        assertThat(told.get("same").toString()).isEqualTo("[true,true,true,true,true]");
        assertThat(told.get("inside").asString())
                .startsWith(told.get("hash").asString() + "  -\nhello\n")
                .contains("it's $(touch bad)")
                .doesNotContain("\nbad\n");
        assertThat(told.get("missing").asString()).contains("failed (404)", "file_not_found");
        assertThat(told.get("outside").asString()).contains("failed (400)", "file_outside");
        assertThat(told.get("directory").asString()).contains("failed (400)", "not_a_file");
        for (String large : new String[] {"large", "sparse"}) {
            assertThat(told.get(large).asString()).as(large).contains("failed (413)", "/files?path=");
        }
    }

    @Test
    void row41StoppingKeepsTheFilesAndDestroyingDoesNot() throws Exception {
        JsonNode told = run(client, """
                sandbox = graff.create_sandbox()
                sandbox.upload("kept", "/tmp/hello.txt")
                sandbox.exec("mkdir d; echo kept > d/f; ln -s d/f l; sleep 1000 &")
                tell(stopped=sandbox.stop()["state"], again=refusal(sandbox.stop), idle=refusal(sandbox.exec, "true"))
                tell(info=sandbox.info()["state"])
                tell(started=sandbox.start()["state"], twice=refusal(sandbox.start), text=sandbox.download("/tmp/hello.txt").decode())
                tell(seen=sandbox.exec("cat l; cat /proc/[0-9]*/comm | grep -c sleep")["result"])
                tell(nothing=sandbox.destroy())
                tell(gone=refusal(sandbox.exec, "true"), start=refusal(sandbox.start), listed=graff.list_sandboxes())
                tell(repeated=refusal(sandbox.destroy))
                """);
        assertThat(told.get("stopped").asString()).isEqualTo("stopped");
        assertThat(told.get("again").asString()).contains("failed (409)");
        assertThat(told.get("idle").asString()).contains("failed (409)", "sandbox_not_running", "start it first");
        assertThat(told.get("info").asString()).isEqualTo("stopped");
        assertThat(told.get("started").asString()).isEqualTo("started");
        assertThat(told.get("twice").asString()).contains("failed (409)", "sandbox_running");
        assertThat(told.get("text").asString()).isEqualTo("kept");
        assertThat(told.get("seen").asString()).isEqualTo("kept\n0\n");
        assertThat(told.get("nothing").isNull()).isTrue();
        assertThat(told.get("gone").asString()).contains("failed (4", "destroyed");
        assertThat(told.get("start").asString()).contains("failed (4", "destroyed");
        assertThat(told.get("listed").isEmpty()).isTrue();
    }

    @Test
    void row42ListGetAndInfoTellTheSame() throws Exception {
        JsonNode told = run(client, """
                tell(none=graff.list_sandboxes())
                made = [graff.create_sandbox(labels={"n": str(n)}) for n in range(3)]
                made[1].stop()
                tell(ids=[one.id for one in made], listed=Sandbox.list(graff), infos=[one.info() for one in made])
                tell(got=graff.get_sandbox(made[2].id).exec("echo got")["result"])
                tell(missing=refusal(graff.get_sandbox, "01900000-0000-7000-8000-000000000000"))
                """);
        assertThat(told.get("none").isArray()).isTrue();
        assertThat(told.get("none").isEmpty()).isTrue();
        assertThat(told.get("listed").findValuesAsString("id"))
                .isEqualTo(told.get("ids").valueStream().map(JsonNode::asString).toList());
        assertThat(told.get("listed").findValuesAsString("state")).containsExactly("started", "stopped", "started");
        assertThat(told.get("listed")).isEqualTo(told.get("infos"));
        assertThat(told.get("got").asString()).isEqualTo("got\n");
        assertThat(told.get("missing").asString()).contains("failed (404)", "there is no sandbox");
    }

    @Test
    void row43EveryRefusalFitsIntoWhatTheClientShows() throws Exception {
        Administrator.Key reader = administrator.key(workspace, "read", "run");
        JsonNode told = run(client.with("READER", reader.secret()), """
                import os
                made = [graff.create_sandbox() for n in range(%d)]
                tell(full=refusal(graff.create_sandbox))
                tell(escape=refusal(made[0].upload, "", "/proc/self/environ"))
                made[0].stop()
                tell(stopped=refusal(made[0].download, "f"))
                os.environ["CODEGRAFF_API_KEY"] = os.environ["READER"]
                tell(reader=refusal(graff.list_sandboxes))
                os.environ["CODEGRAFF_API_KEY"] = "blk_wrong"
                tell(wrong=refusal(graff.list_sandboxes), id=made[0].id)
                """.formatted(PER_WORKSPACE));
        String all = "/v1/sandboxes";
        String one = all + "/" + told.get("id").asString();
        assertThat(error(told.get("full"), "POST " + all, 429).get("type").asString())
                .isEqualTo("fleet_limit");
        assertThat(error(told.get("escape"), "POST " + one + "/upload", 400)
                        .get("type")
                        .asString())
                .isIn("file_outside", "file_denied");
        assertThat(error(told.get("stopped"), "POST " + one + "/download", 409)
                        .get("type")
                        .asString())
                .isEqualTo("sandbox_not_running");
        assertThat(error(told.get("reader"), "GET " + all, 403).get("type").asString())
                .isEqualTo("insufficient_scope");
        assertThat(error(told.get("wrong"), "GET " + all, 401).get("message").asString())
                .contains("unknown, revoked or expired");
    }
}
