package dev.belay.bench.session;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.Iterator;
import java.util.stream.Stream;

/** How long it takes from an interrupt until the session is idle and nothing of its command runs any more. */
final class Interrupts {
    /** No other process of this machine sleeps for so long; the round's number follows. */
    private static final int SLEEP = 7_340_000;

    private static final String TASK =
            "{\"tool\": \"Task\", \"input\": {\"description\": \"sleep\", \"prompt\": \"Sleep.\"}}";

    private final SessionClient client;
    private final Path scripts;

    /** @param data the server's data directory */
    Interrupts(SessionClient client, Path data) throws IOException {
        this.client = client;
        this.scripts = Files.createDirectories(data.resolve("scripts"));
    }

    /**
     * In milliseconds, sorted.
     *
     * @param subagents how many work when the interrupt comes; with none the agent's own command does
     */
    double[] measure(int rounds, int subagents) throws IOException, InterruptedException {
        double[] took = new double[rounds];
        for (int i = 0; i < rounds; i++) {
            took[i] = round(1000 * subagents + i, subagents);
        }
        Arrays.sort(took);
        return took;
    }

    private double round(int number, int subagents) throws IOException, InterruptedException {
        String mark = "" + (SLEEP + number);
        // Sub-agents play the same script from its beginning, and have no Task themselves.
        String tasks = subagents == 0
                ? ""
                : "{\"tool_calls\": [" + String.join(", ", Collections.nCopies(subagents, TASK)) + "]}, ";
        Files.writeString(scripts.resolve("sleeps-" + number + ".json"), """
                {"steps": [%s{"tool_calls": [{"tool": "Bash", "input": {"command": "sleep %s & sleep %s"}}]}, {"text": "x"}]}""".formatted(tasks, mark, mark));
        String session = client.create("scripted:sleeps-" + number);
        try (Stream<String> lines = client.talk(session)) {
            Iterator<String> turn = lines.iterator();
            while (!turn.next().contains("\"tool_use\"")) {}
            while (running(mark) < 2 * Math.max(1, subagents)) {
                Thread.sleep(5);
            }
            long began = System.nanoTime();
            client.post("/agent/session/" + session + "/interrupt", "");
            while (!turn.next().contains("\"type\":\"result\"")) {}
            while (!client.get("/agent/session/" + session + "/status?history=none")
                    .contains("\"status\":\"idle\"")) {}
            while (running(mark) > 0) {}
            return (System.nanoTime() - began) / 1e6;
        }
    }

    /** How many {@code sleep} of that length run on this machine, in whichever sandbox. */
    private static int running(String mark) throws IOException {
        int found = 0;
        try (DirectoryStream<Path> processes = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
            for (Path process : processes) {
                try {
                    if (Files.readString(process.resolve("cmdline")).equals("sleep\0" + mark + "\0")) {
                        found++;
                    }
                } catch (NoSuchFileException e) {
                    // It has just ended.
                } catch (IOException e) {
                    // It ends while it is looked at.
                }
            }
        }
        return found;
    }
}
