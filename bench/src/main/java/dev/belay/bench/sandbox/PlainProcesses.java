package dev.belay.bench.sandbox;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The floors: the same work by plain processes. */
final class PlainProcesses {
    /** Reads lines of code and answers each. */
    private static final String CELLS =
            "import sys\ng = {}\nfor line in sys.stdin:\n    exec(line, g)\n    print('done', flush=True)";

    /** Sends frames over a socket and prints how long each answer took, in nanoseconds. */
    private static final String CALLS = """
            import json, socket, struct, sys, time
            s = socket.socket(socket.AF_UNIX)
            s.connect(sys.argv[1])
            times = []
            for i in range(int(sys.argv[2])):
                began = time.perf_counter_ns()
                body = json.dumps({"args": [5, 3], "kwargs": {}}).encode()
                s.sendall(struct.pack(">I", len(body)) + body)
                size = struct.unpack(">I", s.recv(4, socket.MSG_WAITALL))[0]
                json.loads(s.recv(size, socket.MSG_WAITALL))
                times.append(time.perf_counter_ns() - began)
            print(*times)
            """;

    /** Spawns a program again and again and prints how long each took to its first byte, in nanoseconds. */
    private static final String SPAWNS = """
            import os, sys, time
            times = []
            for i in range(int(sys.argv[1])):
                ours, theirs = os.pipe2(os.O_CLOEXEC)
                began = time.perf_counter_ns()
                program = os.posix_spawn(sys.argv[2], sys.argv[2:], {}, file_actions=[(os.POSIX_SPAWN_DUP2, theirs, 1)])
                os.read(ours, 1)
                times.append(time.perf_counter_ns() - began)
                os.waitpid(program, 0)
                os.close(ours)
                os.close(theirs)
            print(*times)
            """;

    private PlainProcesses() {}

    /** From the start of a process to its first byte. */
    static long firstByte(String... command) throws IOException, InterruptedException {
        return firstByte(List.of(command));
    }

    static long firstByte(List<String> command) throws IOException, InterruptedException {
        long began = System.nanoTime();
        Process process = new ProcessBuilder(command).start();
        if (process.getInputStream().read() < 0) {
            throw new IOException("nothing was printed by " + command.getFirst());
        }
        long took = System.nanoTime() - began;
        process.waitFor();
        return took;
    }

    /** The same without Java, which starts each process by a helper of its own. */
    static Samples spawns(int count) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("/usr/bin/python3", "-c", SPAWNS, Integer.toString(count)));
        command.addAll(List.of(Workbench.ECHO));
        return Samples.of(numbers(output(command)));
    }

    private static String output(List<String> command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        process.waitFor();
        return output;
    }

    /** A plain interpreter at the end of two pipes. */
    static final class Cells implements AutoCloseable {
        private final Process process;
        private final Writer in;
        private final BufferedReader out;

        Cells() throws IOException {
            process = new ProcessBuilder("/usr/bin/python3", "-c", CELLS).start();
            in = process.outputWriter();
            out = process.inputReader();
        }

        long roundTrip(String line) throws IOException {
            long began = System.nanoTime();
            in.write(line + "\n");
            in.flush();
            if (out.readLine() == null) {
                throw new IOException("the plain interpreter ended");
            }
            return System.nanoTime() - began;
        }

        @Override
        public void close() {
            process.destroyForcibly();
        }
    }

    /** Calls from a plain process over a socket to a virtual thread here, which answers 8. */
    static long[] calls(Path directory, int count) throws IOException, InterruptedException {
        Path path = directory.resolve("calls");
        try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            server.bind(UnixDomainSocketAddress.of(path));
            Thread.ofVirtual().start(() -> answer(server));
            return numbers(output(List.of("/usr/bin/python3", "-c", CALLS, path.toString(), Integer.toString(count))));
        }
    }

    private static void answer(ServerSocketChannel server) {
        try (SocketChannel caller = server.accept()) {
            ByteBuffer size = ByteBuffer.allocate(Integer.BYTES);
            while (fill(caller, size)) {
                ByteBuffer body = ByteBuffer.allocate(size.flip().getInt());
                fill(caller, body);
                caller.write(ByteBuffer.allocate(Integer.BYTES + 1)
                        .putInt(1)
                        .put((byte) '8')
                        .flip());
                size.clear();
            }
        } catch (IOException e) {
            throw new IllegalStateException("the floor's calls cannot be answered", e);
        }
    }

    private static boolean fill(SocketChannel channel, ByteBuffer buffer) throws IOException {
        while (buffer.hasRemaining()) {
            if (channel.read(buffer) < 0) {
                return false;
            }
        }
        return true;
    }

    /** The numbers that a program printed. */
    static long[] numbers(String printed) {
        return Arrays.stream(printed.strip().split(" "))
                .mapToLong(Long::parseLong)
                .toArray();
    }
}
