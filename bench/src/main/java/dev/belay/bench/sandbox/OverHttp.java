package dev.belay.bench.sandbox;

import dev.belay.bench.process.BareBubblewrap;
import dev.belay.bench.process.ServerProcess;
import java.io.IOException;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a client of the gateway waits for: a sandbox and its first command, from a server in a process of its own. */
final class OverHttp implements Measurements {
    private static final String SANDBOXES = "/v1/sandboxes";
    private static final String COMMAND = "{\"command\":\"echo x\"}";
    private static final Pattern ID = Pattern.compile("\"id\":\"([^\"]+)\"");
    /** Requests until the server's code is compiled. */
    private static final int WARM_UP = 500;

    @Override
    public void measure(Workbench bench, Report report) throws Exception {
        List<String> bubblewrap = BareBubblewrap.command(Workbench.ECHO);
        try (ServerProcess server = ServerProcess.start(bench.directory().resolve("server"));
                KeptConnection connection = new KeptConnection(server.url())) {
            for (int i = 0; i < WARM_UP; i++) {
                createAndRun(connection);
            }
            Samples.Pair both = Samples.inTurn(
                    bench.rounds() / 2, () -> createAndRun(connection), () -> PlainProcesses.firstByte(bubblewrap));
            report.latency(
                    "over HTTP: create and first command", both.operation(), 12, "bare bubblewrap", both.floor());
            String kept = create(connection);
            Samples.Pair command = Samples.inTurn(
                    bench.rounds(), () -> run(connection, kept), () -> PlainProcesses.firstByte(Workbench.ECHO));
            report.latency("over HTTP: a further command", command.operation(), "process, no walls", command.floor());
        }
    }

    private static long createAndRun(KeptConnection connection) throws IOException {
        long began = System.nanoTime();
        String id = create(connection);
        run(connection, id);
        long took = System.nanoTime() - began;
        connection.request("DELETE", SANDBOXES + "/" + id, "");
        return took;
    }

    private static String create(KeptConnection connection) throws IOException {
        Matcher id = ID.matcher(connection.request("POST", SANDBOXES, "{}"));
        if (!id.find()) {
            throw new IOException("the server made a sandbox without an id");
        }
        return id.group(1);
    }

    private static long run(KeptConnection connection, String sandbox) throws IOException {
        long began = System.nanoTime();
        String answer = connection.request("POST", SANDBOXES + "/" + sandbox + "/exec", COMMAND);
        long took = System.nanoTime() - began;
        if (!answer.contains("\"result\":\"x\\n\"")) {
            throw new IOException("the command did not say x: " + answer);
        }
        return took;
    }
}
