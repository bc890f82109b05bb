package dev.belay.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.belay.bench.process.ServerProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** The sandbox gateway over plain httpx, against a server with keys: what the contract's own client never sends, and never notices. */
class SandboxGatewayTest {
    /** Each script has a client with a key of its own: for all of the gateway, for nothing of it, and for another workspace's sandboxes. */
    private static final String CLIENTS = """
            import httpx, io, os, socket, tarfile, threading, time
            from concurrent.futures import ThreadPoolExecutor
            url = os.environ["URL"]
            all = url + "/v1/sandboxes"
            def client(key):
                return httpx.Client(headers={"Authorization": "Bearer " + os.environ[key]}, timeout=60)
            api, reader, stranger, nobody = client("KEY"), client("READER"), client("STRANGER"), httpx.Client(timeout=60)
            def create():
                return all + "/" + api.post(all, json={}).json()["id"]
            def run(sandbox, command):
                return api.post(sandbox + "/exec", json={"command": command}).json()["result"]
            """;

    @AutoClose
    private static ServerProcess server;

    private static PythonClient client;

    @BeforeAll
    static void start(@TempDir Path data) throws Exception {
        PythonClient python = PythonClient.installed();
        Files.writeString(data.resolve("belay.toml"), """
                [limits]
                connection_idle_s = 4
                [sandbox]
                upload_bytes = 100000000
                """);
        server = ServerProcess.startWithKeys(data);
        Administrator administrator = Administrator.of(server, data);
        administrator.workspace("other");
        client = python.with("URL", server.url())
                .with("KEY", administrator.key("default", "sandbox").secret())
                .with("READER", administrator.key("default", "read", "run").secret())
                .with("STRANGER", administrator.key("other", "sandbox").secret());
    }

    private static JsonNode run(String script) throws Exception {
        return client.run(CLIENTS + script);
    }

    @Test
    void everyRouteWantsAKeyWithThePermissionAndHidesWhatIsAnothersWorkspace() throws Exception {
        JsonNode told = run("""
                id = create().rsplit("/", 1)[1]
                bodies = {
                    "exec": {"command": "true"}, "upload": {"path": "f", "contentBase64": ""}, "download": {"path": "f"},
                    "directory": {"path": "d"}, "move": {"from": "f", "to": "g"},
                    "exec-stream": {"command": "true"}, "resize": {"rows": 24, "columns": 80}}
                answers = {}
                for path, item in nobody.get(url + "/openapi.json").json()["paths"].items():
                    for method in item.keys() & {"get", "put", "post", "delete"} if path.startswith("/v1/sandboxes/") else ():
                        def status(who):
                            return who.request(
                                method, url + path.replace("{id}", id).replace("{exec}", "none"), params={"path": "f"},
                                json=bodies.get(path.rsplit("/", 1)[1])).status_code
                        answers[method + " " + path] = [status(nobody), status(reader), status(stranger)]
                tell(answers=answers, listed=len(stranger.get(all).json()))
                tell(lists=[who.get(all).status_code for who in (nobody, reader)])
                tell(creates=[who.post(all, json={}).status_code for who in (nobody, reader, stranger)])
                tell(left=api.get(all + "/" + id).json()["state"])
                """);
        assertThat(told.get("answers").size()).isGreaterThanOrEqualTo(19);
        told.get("answers")
                .properties()
                .forEach(route -> assertThat(route.getValue().toString())
                        .as(route.getKey())
                        .isEqualTo("[401,403,404]"));
        assertThat(told.get("listed").asInt()).isZero();
        assertThat(told.get("lists").toString()).isEqualTo("[401,403]");
        assertThat(told.get("creates").toString()).isEqualTo("[401,403,201]");
        assertThat(told.get("left").asString()).isEqualTo("started");
    }

    @Test
    void twoSlashesAreOneWhereverTheyStand() throws Exception {
        JsonNode told = run("""
                made = api.post(url + "//v1/sandboxes", json={})
                sandbox = url + "//v1/sandboxes//" + made.json()["id"]
                answers = [
                    made, api.get(url + "//v1/sandboxes"), api.get(sandbox), api.put(sandbox + "/files?path=a//b", content=b"x"),
                    api.post(sandbox + "//exec", json={"command": "cat a/b"}), api.get(sandbox + "//inspect"), api.delete(sandbox)]
                tell(statuses=[answer.status_code for answer in answers], result=answers[4].json()["result"])
                tell(gone="content-type" in answers[-1].headers)
                """);
        assertThat(told.get("statuses").toString()).isEqualTo("[201,200,200,200,200,200,204]");
        assertThat(told.get("result").asString()).isEqualTo("x");
        // The contract's client would read an empty body as JSON for its type.
        assertThat(told.get("gone").asBoolean()).isFalse();
    }

    @Test
    void whatIsRefusedSaysWhatToDo() throws Exception {
        JsonNode told = run("""
                sandbox, stopped = create(), create()
                api.post(stopped + "/stop")
                run(sandbox, "ln -s / out; mkfifo pipe; mkdir full; touch full/f")
                unknown = all + "/01900000-0000-7000-8000-000000000000"
                archive = io.BytesIO()
                with tarfile.open(fileobj=archive, mode="w") as tar:
                    tar.addfile(tarfile.TarInfo("../escaped"))
                post, put = api.post, api.put
                def file(path):
                    return put(sandbox + "/files", params={"path": path}, content=b"x")
                answers = {
                    "unknown": api.get(unknown), "unknown exec": post(unknown + "/exec", json={"command": "true"}),
                    "no id": api.delete(all + "/..%2f..%2fetc"), "no file": api.get(sandbox + "/files?path=none"),
                    "no route": post(sandbox + "/fly"), "no background": api.get(sandbox + "/exec/none"),
                    "stopped": post(stopped + "/exec", json={"command": "true"}), "stopped file": api.get(stopped + "/files?path=f"),
                    "stop": post(stopped + "/stop"), "start": post(sandbox + "/start"),
                    "exists": post(sandbox + "/files/move", json={"from": "full/f", "to": "full/f"}),
                    "up": file("../../etc/passwd"), "root": file("/etc/passwd"), "link": file("out/etc/passwd"), "nul": file("a\\0b"),
                    "pipe": api.get(sandbox + "/files?path=pipe"), "archive": put(sandbox + "/archive?format=tar", content=archive.getvalue()),
                    "json": post(sandbox + "/exec", content=b'{"command": '), "latin": post(sandbox + "/exec", content=b'{"command": "\\xff"}'),
                    "method": api.patch(sandbox), "field": post(sandbox + "/exec", json={"comand": "true"}),
                    "number": post(all, json={"autoStopMinutes": "soon"}), "huge": post(all, json={"memoryMb": 10**9})}
                api.delete(sandbox)
                tell(**{name: [answer.status_code, answer.json()["error"]["message"]] for name, answer in answers.items()})
                """);
        for (String name : List.of("unknown", "unknown exec")) {
            assertRefused(told.get(name), 404, "there is no sandbox");
        }
        assertRefused(told.get("no id"), 400, "bad request");
        assertRefused(told.get("no file"), 404, "none: No such file");
        assertRefused(told.get("no route"), 404, "/openapi.json lists what there is");
        assertRefused(told.get("no background"), 404, "no background command");
        for (String name : List.of("stopped", "stopped file")) {
            assertRefused(told.get(name), 409, "is stopped; start it first");
        }
        assertRefused(told.get("stop"), 409, "is stopped and cannot be stopped");
        assertRefused(told.get("start"), 409, "is running and cannot be started");
        assertRefused(told.get("exists"), 409, "full/f: File exists");
        for (String name : List.of("up", "root", "link")) {
            assertRefused(told.get(name), 400, "etc/passwd leads out of /workspace and /tmp");
        }
        assertRefused(told.get("nul"), 400, "holds a NUL");
        assertRefused(told.get("pipe"), 400, "not a regular file");
        assertRefused(told.get("archive"), 400, "\"../escaped\" has a name that leads out");
        assertRefused(told.get("json"), 400, "line 1, column 13");
        assertRefused(told.get("latin"), 400, "not valid UTF-8");
        assertRefused(told.get("method"), 405, "only GET, DELETE");
        assertRefused(told.get("field"), 422, "did you mean \"command\"?");
        assertRefused(told.get("number"), 422, "\"autoStopMinutes\" must be a number");
        assertRefused(told.get("huge"), 422, "at most 4294967296");
    }

    private static void assertRefused(JsonNode answer, int status, String text) {
        assertThat(answer.get(0).asInt()).as(answer.toString()).isEqualTo(status);
        assertThat(answer.get(1).asString()).contains(text);
    }

    @Test
    void whatIsTooLargeIsReadOnSoThatItsSenderLearnsWhy() throws Exception {
        JsonNode told = run("""
                sandbox = create()
                def begin(length):
                    host, port = url.split("//")[1].split(":")
                    connection = socket.create_connection((host, int(port)), timeout=60)
                    connection.sendall(
                        f"POST {sandbox[len(url):]}/upload HTTP/1.1\\r\\nHost: {host}:{port}\\r\\nContent-Length: {length}\\r\\n"
                        f"Authorization: Bearer {os.environ['KEY']}\\r\\n\\r\\n".encode())
                    return connection
                def stalls():
                    began = time.monotonic()
                    with begin(60 << 20) as connection:
                        connection.sendall(bytes(20 << 20))
                        return [connection.recv(1000).decode(), time.monotonic() - began]
                def never_ends():
                    sent = 0
                    with begin(1 << 40) as connection:
                        try:
                            while sent < 1 << 30:
                                sent += connection.send(bytes(1 << 20))
                        except OSError:
                            pass
                    return sent
                with ThreadPoolExecutor() as threads:
                    stalled, endless = threads.submit(stalls), threads.submit(never_ends)
                    body = api.post(sandbox + "/upload", json={"path": "f", "contentBase64": "A" * (70 << 20)})
                    file = api.put(sandbox + "/files?path=f", content=bytes(160_000_000))
                    tell(statuses=[body.status_code, file.status_code], sent=endless.result(), stalled=stalled.result())
                tell(body=body.json()["error"]["message"], file=file.json()["error"]["message"])
                tell(left=api.get(sandbox + "/files/list").json()["entries"])
                """);
        assertThat(told.get("statuses").toString()).isEqualTo("[413,413]");
        assertThat(told.get("body").asString()).contains("limits.body_bytes", "/files?path=");
        assertThat(told.get("file").asString()).contains("100000000");
        assertThat(told.at("/stalled/0").asString()).startsWith("HTTP/1.1 413 ");
        // The rest is waited for as long as a connection may be silent, here 4 s, and never longer than 10 s.
        assertThat(told.at("/stalled/1").asDouble()).isBetween(3.0, 20.0);
        assertThat(told.get("sent").asLong()).isLessThan(128 << 20);
        assertThat(told.get("left").isEmpty()).isTrue();
    }

    @Test
    void thirtyTwoAreMadeAtOnceAndEachIsItsOwn() throws Exception {
        JsonNode told = run("""
                with ThreadPoolExecutor(32) as threads:
                    def live(n):
                        sandbox = create()
                        run(sandbox, f"echo {n} > mine")
                        together.wait()
                        seen = run(sandbox, "cat mine; ls | wc -l")
                        return [sandbox.rsplit("/", 1)[1], seen == f"{n}\\n1\\n", api.delete(sandbox).status_code]
                    together = threading.Barrier(32)
                    lives = list(threads.map(live, range(32)))
                tell(ids=len({id for id, _, _ in lives}), own=[own for _, own, _ in lives], gone=[gone for _, _, gone in lives])
                """);
        assertThat(told.get("ids").asInt()).isEqualTo(32);
        assertThat(told.get("own").valueStream()).allMatch(JsonNode::asBoolean);
        assertThat(told.get("gone").valueStream()).allMatch(status -> status.asInt() == 204);
    }

    @Test
    void backgroundCommandsRunOnAndAreAskedForLater() throws Exception {
        JsonNode told = run("""
                sandbox = create()
                def begin(command, **more):
                    return api.post(sandbox + "/exec", json={"command": command, "async": True, **more})
                def end(exec):
                    while (told := api.get(sandbox + "/exec/" + exec).json())["state"] == "running":
                        time.sleep(0.02)
                    return told
                begun = begin("until test -e go; do sleep 0.02; done; echo went; echo too >&2; exit 4")
                slow, late = [begin("sleep 1000", **more).json()["execId"] for more in ({}, {"timeoutSeconds": 0.2})]
                exec = begun.json()["execId"]
                running = api.get(sandbox + "/exec/" + exec).json()
                output = run(sandbox, "touch go; until grep -q too " + begun.json()["outputPath"] + "; do sleep 0.02; done; cat /tmp/cg-exec/*")
                tell(begun=[begun.status_code, begun.json()], running=running, output=output, ended=end(exec), late=end(late))
                api.post(sandbox + "/stop")
                tell(stopped=end(slow), elsewhere=api.get(create() + "/exec/" + exec).status_code)
                """);
        assertThat(told.at("/begun/0").asInt()).isEqualTo(202);
        assertThat(told.at("/begun/1/state").asString()).isEqualTo("running");
        assertThat(told.at("/begun/1/outputPath").asString())
                .isEqualTo("/tmp/cg-exec/" + told.at("/begun/1/execId").asString() + ".out");
        assertThat(told.at("/running/state").asString()).isEqualTo("running");
        assertThat(told.get("output").asString()).isEqualTo("went\ntoo\n");
        assertThat(told.at("/ended/exitCode").asInt()).isEqualTo(4);
        assertThat(told.at("/late/exitCode").asInt()).isEqualTo(124);
        assertThat(told.at("/stopped/exitCode").asInt()).isEqualTo(137);
        assertThat(told.get("elsewhere").asInt()).isEqualTo(404);
    }

    @Test
    void sixtyFourMebibytesComeBackAsTheyWent() throws Exception {
        JsonNode told = run("""
                import hashlib, random
                sandbox = create()
                bytes = random.Random(1).randbytes(64 << 20)
                put = api.put(sandbox + "/files", params={"path": "large ü.bin"}, content=bytes)
                got = api.get(sandbox + "/files", params={"path": "large ü.bin"})
                tell(size=put.json()["size"], same=got.content == bytes)
                tell(inside=run(sandbox, "sha256sum < large*").split()[0] == hashlib.sha256(bytes).hexdigest())
                """);
        assertThat(told.get("size").asLong()).isEqualTo(64 << 20);
        assertThat(told.get("same").asBoolean()).isTrue();
        assertThat(told.get("inside").asBoolean()).isTrue();
    }
}
