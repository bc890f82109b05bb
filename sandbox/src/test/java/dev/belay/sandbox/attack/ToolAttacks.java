package dev.belay.sandbox.attack;

import static dev.belay.sandbox.attack.Field.alive;

import dev.belay.api.JsonText;
import dev.belay.sandbox.Exec;
import dev.belay.sandbox.ExecOutput;
import dev.belay.sandbox.ExecSpec;
import dev.belay.sandbox.Language;
import dev.belay.sandbox.Sandbox;
import dev.belay.sandbox.tool.ToolCall;
import dev.belay.sandbox.tool.ToolCallException;
import dev.belay.sandbox.tool.ToolCalls;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** Programs that misuse the bridge by which they call functions outside: section T of the catalogue. */
final class ToolAttacks {
    static final Map<String, Attack> ALL = Map.ofEntries(
            Map.entry("T01", ToolAttacks::unknown),
            Map.entry("T03", ToolAttacks::hugeFrame),
            Map.entry("T04", ToolAttacks::deepJson),
            Map.entry("T05", ToolAttacks::halfAFrame),
            Map.entry("T06", ToolAttacks::afterTheEnd),
            Map.entry("T08", ToolAttacks::sameNumber),
            Map.entry("T11", ToolAttacks::neighbours),
            Map.entry("T12", ToolAttacks::codeAsResult),
            Map.entry("T14", ToolAttacks::names));

    /** What a program needs to speak to the bridge by hand. */
    private static final String BY_HAND = """
            import os, struct, time
            def frame(name, arguments=b'{}', number=1):
                return struct.pack('>III', 8 + len(name) + len(arguments), number, len(name)) + name + arguments
            def answer():
                size = struct.unpack('>I', os.read(3, 4))[0]
                rest = b''
                while len(rest) < size: rest += os.read(3, size - len(rest))
                return rest[4], rest[5:].decode()
            """;

    private ToolAttacks() {}

    /** Answers {@code echo} with the size of its arguments, and nothing else; keeps the names that it was called by. */
    private record Echo(Queue<String> called) implements ToolCalls {
        @Override
        public JsonText call(ToolCall call) throws ToolCallException {
            called.add(call.name());
            if (!call.name().equals("echo")) {
                throw new ToolCallException("there is no tool of that name", false);
            }
            return new JsonText(Integer.toString(call.arguments().length()));
        }
    }

    private static String run(Sandbox sandbox, String code, ToolCalls tools) throws InterruptedException {
        return sandbox.run(ExecSpec.code(Language.PYTHON, code).withTools(tools))
                .stdout()
                .text()
                .strip();
    }

    private static String run(Sandbox sandbox, String code) throws InterruptedException {
        return run(sandbox, code, new Echo(new ConcurrentLinkedQueue<>()));
    }

    private static String unknown(Field field) throws Exception {
        Sandbox sandbox = field.create(Field.SMALL);
        return run(sandbox, "import tools\ntry: tools.rm_rf('/')\nexcept tools.ToolError as e: print(e)") + ", "
                + alive(sandbox);
    }

    private static String hugeFrame(Field field) throws Exception {
        Sandbox sandbox = field.create(Field.SMALL);
        String seen = run(sandbox, BY_HAND + """
                try:
                    for i in range(200):
                        os.write(3, struct.pack('>I', 0x7fffffff) + bytes(100000))
                        time.sleep(0.01)
                    print('ESCAPED')
                except BrokenPipeError:
                    print('closed, exec lives')""");
        return seen + ", " + alive(sandbox);
    }

    private static String deepJson(Field field) throws Exception {
        Sandbox sandbox = field.create(Field.SMALL);
        String seen = run(sandbox, BY_HAND + """
                for arguments in b'[' * 100000, b'1e999999', b'{"a":1,"a":2}', b'\\xff\\xfe', b'':
                    os.write(3, frame(b'echo', arguments))
                    print(*answer(), end=' ')""");
        return seen + ", " + alive(sandbox);
    }

    private static String halfAFrame(Field field) throws Exception {
        Sandbox sandbox = field.create(Field.SMALL);
        Exec silent = sandbox.start(
                ExecSpec.code(Language.PYTHON, BY_HAND + "os.write(3, frame(b'echo')[:9])\ntime.sleep(1000)")
                        .withTools(new Echo(new ConcurrentLinkedQueue<>())),
                ExecOutput.NONE);
        String other = run(sandbox, "import tools\nprint(tools.echo())");
        silent.cancel();
        return "other calls go on: " + other + ", " + silent.await().status().word();
    }

    private static String afterTheEnd(Field field) throws Exception {
        Sandbox sandbox = field.create(Field.SMALL);
        Queue<String> called = new ConcurrentLinkedQueue<>();
        run(sandbox, BY_HAND + """
                if os.fork() == 0:
                    os.setsid()
                    if os.fork() == 0:
                        while True:
                            os.write(3, frame(b'late'))
                            time.sleep(0.001)
                    os._exit(0)
                time.sleep(0.1)""", new Echo(called));
        called.clear();
        Thread.sleep(100);
        return (called.isEmpty() ? "no call after the end" : "ESCAPED " + called) + ", "
                + field.processes(sandbox).left() + " left";
    }

    private static String sameNumber(Field field) throws Exception {
        Sandbox sandbox = field.create(Field.SMALL);
        String seen = run(sandbox, BY_HAND + """
                os.write(3, frame(b'echo', b'a') + frame(b'echo', b'bb') + frame(b'nope'))
                print(sorted(answer() for i in range(3)))""");
        return seen + ", " + alive(sandbox);
    }

    private static String neighbours(Field field) throws Exception {
        Queue<String> ones = new ConcurrentLinkedQueue<>();
        Queue<String> others = new ConcurrentLinkedQueue<>();
        Sandbox one = field.create(Field.SMALL);
        Sandbox other = field.create(Field.SMALL);
        String code = BY_HAND + "for i in range(100):\n  os.write(3, frame(b'%s'))\n  answer()";
        Exec first = one.start(
                ExecSpec.code(Language.PYTHON, code.formatted("one")).withTools(new Echo(ones)), ExecOutput.NONE);
        run(other, code.formatted("other"), new Echo(others));
        first.await();
        boolean apart = ones.stream().allMatch("one"::equals) && others.stream().allMatch("other"::equals);
        return (apart ? "apart " : "ESCAPED ") + ones.size() + " " + others.size();
    }

    private static String codeAsResult(Field field) throws Exception {
        Sandbox sandbox = field.create(Field.SMALL);
        String result = "__import__('os').system('touch /workspace/evaluated')";
        String seen = run(sandbox, "import tools\nprint(tools.get())", _ -> new JsonText("\"" + result + "\""));
        boolean evaluated = !sandbox.files().list("/workspace", 1, 10).entries().isEmpty();
        return evaluated ? "ESCAPED" : seen.equals(result) ? "data" : seen;
    }

    private static String names(Field field) throws Exception {
        Sandbox sandbox = field.create(Field.SMALL);
        Queue<String> called = new ConcurrentLinkedQueue<>();
        String seen = run(sandbox, BY_HAND + """
                for name in b'__class__', b'../../x', b'a b', b'', b'\\xff', b'x' * 100000, b'a\\nb':
                    os.write(3, frame(name))
                    print(*answer())""", new Echo(called));
        return seen.lines().distinct().toList() + " " + called.size() + List.of(called.peek());
    }
}
