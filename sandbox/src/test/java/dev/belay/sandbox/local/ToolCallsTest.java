package dev.belay.sandbox.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import dev.belay.api.JsonText;
import dev.belay.sandbox.Exec;
import dev.belay.sandbox.ExecOutput;
import dev.belay.sandbox.ExecResult;
import dev.belay.sandbox.ExecSpec;
import dev.belay.sandbox.Language;
import dev.belay.sandbox.MountedDirectory;
import dev.belay.sandbox.SandboxLimits;
import dev.belay.sandbox.tool.ToolCall;
import dev.belay.sandbox.tool.ToolCallException;
import dev.belay.sandbox.tool.ToolCalls;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The tool-call bridge: what programs inside call outside. */
@Timeout(120)
class ToolCallsTest {
    private static Lab lab;
    private static LocalSandbox sandbox;

    @BeforeAll
    static void build() {
        lab = new Lab();
        sandbox = lab.create();
    }

    @AfterAll
    static void takeDown() {
        lab.close();
    }

    /** {@code echo} answers with its arguments; {@code fail} fails. */
    private static JsonText echo(ToolCall call) throws ToolCallException {
        return switch (call.name()) {
            case "echo" -> new JsonText(call.arguments());
            case "fail" -> throw new ToolCallException("it \"failed\" ü", true);
            case "broken" -> throw new IllegalStateException("secret detail");
            default -> throw new ToolCallException("there is no tool " + call.name(), false);
        };
    }

    private static ExecResult python(String code, ToolCalls tools) throws InterruptedException {
        return sandbox.run(ExecSpec.code(Language.PYTHON, code).withTools(tools));
    }

    @Test
    void valuesKeepTheirTypesBothWays() throws InterruptedException {
        ExecResult result = python("""
                from tools import echo
                print(echo(5, 3.5, None, [True, {'a': 'é\\n'}], b='x')['args'], echo(b=1)['kwargs'])
                """, ToolCallsTest::echo);
        assertThat(result.stdout().text()).isEqualTo("[5, 3.5, None, [True, {'a': 'é\\n'}]] {'b': 1}\n");
        assertThat(python("from tools import add\nprint(add(5, 3) * 2)", _ -> new JsonText("8"))
                        .stdout()
                        .text())
                .isEqualTo("16\n");
    }

    @Test
    void aFailureIsAnErrorThatTheProgramCanCatch() throws InterruptedException {
        ExecResult result = python("""
                import tools
                for name in 'fail', 'nope', 'broken':
                    try: getattr(tools, name)(1)
                    except tools.ToolError as e: print(e.name, '|', e, '|', e.retryable)
                tools.nope()
                """, ToolCallsTest::echo);
        assertThat(result.stdout().text()).isEqualTo("""
                fail | it "failed" ü | True
                nope | there is no tool nope | False
                broken | the tool failed | False
                """);
        assertThat(result.exitCode()).hasValue(1);
        assertThat(result.stderr().text()).contains("tools.ToolError: there is no tool nope");
    }

    @Test
    void everyProgramOfTheExecFindsTheLibrary() throws InterruptedException {
        ExecResult script = sandbox.run(
                ExecSpec.shell("echo 'import tools; print(tools.echo(1))' > /tmp/use.py; python3 /tmp/use.py")
                        .withTools(ToolCallsTest::echo));
        assertThat(script.stdout().text()).isEqualTo("{'args': [1], 'kwargs': {}}\n");
        assumeThat(sandbox.run(ExecSpec.shell("command -v node")).succeeded()).isTrue();
        ExecResult node = sandbox.run(ExecSpec.code(Language.JAVASCRIPT, """
                const { echo, fail } = require('tools');
                (async () => {
                    const all = await Promise.all(Array.from({ length: 100 }, (_, i) => echo(i, { é: [null] })));
                    console.log(all.every((one, i) => one.args[0] === i), JSON.stringify(all[7].args));
                    await fail().catch((e) => console.log(e.name, e.message, e.retryable));
                })();
                """).withTools(ToolCallsTest::echo));
        assertThat(node.stdout().text()).isEqualTo("true [7,{\"é\":[null]}]\nToolError it \"failed\" ü true\n");
        assertThat(node.succeeded()).isTrue();
    }

    @Test
    void callsRunSideBySide() throws InterruptedException {
        CyclicBarrier all = new CyclicBarrier(8);
        ExecResult result = python("""
                from concurrent.futures import ThreadPoolExecutor
                from tools import meet
                with ThreadPoolExecutor(8) as pool: print(sorted(pool.map(meet, range(8))))
                """, call -> {
            try {
                all.await();
            } catch (java.util.concurrent.BrokenBarrierException e) {
                throw new IllegalStateException(e);
            }
            return new JsonText(call.arguments().replaceAll("\\D", ""));
        });
        assertThat(result.stdout().text()).isEqualTo("[0, 1, 2, 3, 4, 5, 6, 7]\n");
    }

    /** Tools with limits of their own. */
    private record Limited(ToolCalls tools, Limits limits) implements ToolCalls {
        @Override
        public JsonText call(ToolCall call) throws ToolCallException, InterruptedException {
            return tools.call(call);
        }
    }

    @Test
    void callsAreBoundedInBytesCountAndTime() throws InterruptedException {
        ToolCalls.Limits limits = new ToolCalls.Limits(4, 1000, 6, Duration.ofMillis(200));
        AtomicInteger made = new AtomicInteger();
        ToolCalls tools = call -> {
            made.incrementAndGet();
            if (call.name().equals("sleep")) {
                new CountDownLatch(1).await();
            }
            return new JsonText("\"" + "x".repeat(call.name().equals("large") ? 2000 : 1) + "\"");
        };
        ExecResult result = python("""
                import tools
                for name in 'ok', 'sleep', 'large', 'ok', 'ok', 'ok', 'ok', 'ok':
                    try: print(getattr(tools, name)())
                    except tools.ToolError as e: print(e)
                try: tools.ok('y' * 1000)
                except tools.ToolError as e: print(e)
                """, new Limited(tools, limits));
        assertThat(result.stdout().text().lines())
                .containsExactly(
                        "x",
                        "sleep took longer than 0 s",
                        "the answer is longer than 1000 bytes",
                        "x",
                        "x",
                        "x",
                        "this program has made its 6 calls",
                        "this program has made its 6 calls",
                        "the connection to the tools has ended");
        assertThat(made).hasValue(6);
    }

    @Test
    void aFloodOfCallsIsCutOffAndHarmsNobody() throws InterruptedException {
        AtomicInteger most = new AtomicInteger();
        AtomicInteger now = new AtomicInteger();
        ToolCalls tools = new Limited(
                call -> {
                    most.accumulateAndGet(now.incrementAndGet(), Math::max);
                    try {
                        new CountDownLatch(1).await();
                    } finally {
                        now.decrementAndGet();
                    }
                    return new JsonText("1");
                },
                new ToolCalls.Limits(8, 1000, 1_000_000, Duration.ofSeconds(60)));
        ExecResult result = python("""
                import os, struct
                frame = struct.pack('>III', 8 + 4, 1, 4) + b'name'
                try:
                    while True: os.write(3, frame * 1000)
                except OSError as e: print(type(e).__name__)
                """, tools);
        assertThat(result.stdout().text()).isEqualTo("BrokenPipeError\n");
        assertThat(most.get()).isLessThanOrEqualTo(8);
        await().untilAsserted(() -> assertThat(now).hasValue(0)); // the calls were interrupted
    }

    @Test
    void whatIsNoCallEndsTheConnectionAlone() throws InterruptedException {
        for (String noise : new String[] {
            "b'\\xff' * 100000", "struct.pack('>III', 8, 1, 100)", "struct.pack('>I', 2) + b'xx'", "os.urandom(5000)"
        }) {
            ExecResult result = python("""
                    import os, struct, time
                    os.write(1, b'out')
                    try:
                        for i in range(100):
                            os.write(3, %s)
                            time.sleep(0.02)
                        print('open')
                    except BrokenPipeError: print('closed')
                    """.formatted(noise), ToolCallsTest::echo);
            assertThat(result.stdout().text()).as(noise).isEqualTo("outclosed\n");
        }
        assertThat(python("import tools; print(tools.echo()['args'])", ToolCallsTest::echo)
                        .stdout()
                        .text())
                .isEqualTo("[]\n");
    }

    @Test
    void theEndOfTheExecInterruptsItsCalls() throws InterruptedException {
        CountDownLatch called = new CountDownLatch(1);
        AtomicBoolean interrupted = new AtomicBoolean();
        Exec exec = sandbox.start(
                ExecSpec.code(Language.PYTHON, "from tools import hang\nhang()").withTools(_ -> {
                    called.countDown();
                    try {
                        new CountDownLatch(1).await();
                    } catch (InterruptedException e) {
                        interrupted.set(true);
                        throw e;
                    }
                    return new JsonText("1");
                }),
                ExecOutput.NONE);
        called.await();
        exec.cancel();
        exec.await();
        await().untilTrue(interrupted);
    }

    @Test
    void aProgramWithoutToolsHasNoWayOut() throws InterruptedException {
        ExecResult result = sandbox.run(ExecSpec.code(Language.PYTHON, "import tools"));
        assertThat(result.stderr().text()).contains("ModuleNotFoundError");
        ExecResult fd = sandbox.run(ExecSpec.shell("ls /proc/self/fd | tr '\\n' ' '; echo x >&3"));
        assertThat(fd.stdout().text()).isEqualTo("0 1 2 3 "); // 3 is the listing's own
        assertThat(fd.succeeded()).isFalse();
    }

    @Test
    void aDescriptorThatWasPassedToAnotherSandboxIsWorthNothing() throws InterruptedException {
        Path shared = lab.newDirectory();
        Queue<String> calls = new ConcurrentLinkedQueue<>();
        MountedDirectory mounted = new MountedDirectory(shared, "shared");
        try (LocalSandbox owner = lab.create(SandboxLimits.DEFAULT, mounted);
                LocalSandbox thief = lab.create(SandboxLimits.DEFAULT, mounted)) {
            Exec receiver = thief.start(ExecSpec.code(Language.PYTHON, """
                            import os, socket, struct
                            door = socket.socket(socket.AF_UNIX)
                            door.bind('/workspace/shared/door')
                            door.listen()
                            print('listening', flush=True)
                            peer = door.accept()[0]
                            bridge = socket.socket(fileno=socket.recv_fds(peer, 1, 1)[1][0])
                            try:
                                bridge.sendall(struct.pack('>III', 8 + 6, 1, 6) + b'stolen')
                                print('answer', bridge.recv(100))
                            except OSError as e: print(e)
                            peer.sendall(b'done')
                            """), ExecOutput.NONE);
            await().until(() -> shared.resolve("door").toFile().exists());
            ExecResult giver = owner.run(ExecSpec.code(Language.PYTHON, """
                            import socket, tools
                            print(tools.mine())
                            door = socket.socket(socket.AF_UNIX)
                            while door.connect_ex('/workspace/shared/door'): pass
                            socket.send_fds(door, [b'x'], [3])
                            door.recv(4)
                            try: tools.after()
                            except (OSError, tools.ToolError) as e: print(type(e).__name__)
                            """).withTools(call -> {
                calls.add(call.name());
                return new JsonText("1");
            }));
            assertThat(giver.stdout().text()).startsWith("1\n").contains("Error");
            assertThat(receiver.await().stdout().text()).contains("answer b''");
            assertThat(calls).containsExactly("mine");
        }
    }
}
