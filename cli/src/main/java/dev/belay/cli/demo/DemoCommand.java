package dev.belay.cli.demo;

import dev.belay.api.BelayException;
import dev.belay.api.Scope;
import dev.belay.cli.serve.AgentClient;
import dev.belay.cli.serve.ScratchServer;
import dev.belay.cli.terminal.EventPrinter;
import dev.belay.cli.terminal.Style;
import dev.belay.cli.terminal.Terminal;
import dev.belay.sandbox.ExecResult;
import dev.belay.sandbox.ExecSpec;
import dev.belay.sandbox.MountedDirectory;
import dev.belay.sandbox.Sandbox;
import dev.belay.sandbox.SandboxLimits;
import dev.belay.sandbox.disk.ProjectDirectories;
import dev.belay.server.Belay;
import dev.belay.server.http.Json;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import tools.jackson.databind.node.ObjectNode;

/**
 * {@code belay demo}. Exit codes: 0 if the project's tests pass, in a fresh sandbox, after the agent has worked on it; 1 if not; 130
 * Ctrl-C.
 */
@Command(
        name = "demo",
        description =
                "Starts a server and lets an agent repair a small project, with a scripted model: no key is needed.",
        footer = {"", "Exit codes: 0 if the project's tests pass afterwards, 1 if not."})
public final class DemoCommand implements Callable<Integer> {
    private static final int INTERRUPTED = 130;
    private static final String PROMPT =
            "The tests of this project fail. Find out why, repair it, and show that they pass.";

    private final Terminal terminal;
    private final Map<String, String> environment;
    private final String script;

    public DemoCommand(Terminal terminal, Map<String, String> environment) {
        this(terminal, environment, DemoProject.script());
    }

    /** @param script what the model plays */
    DemoCommand(Terminal terminal, Map<String, String> environment, String script) {
        this.terminal = terminal;
        this.environment = environment;
        this.script = script;
    }

    @Override
    public Integer call() throws InterruptedException {
        try (ScratchServer scratch = new ScratchServer(environment, Map.of(DemoProject.NAME, script));
                AgentClient client = new AgentClient(scratch.server().url())) {
            Belay belay = scratch.server().belay();
            Scope scope = belay.bootstrap().devScope();
            MountedDirectory project =
                    new ProjectDirectories(belay.directory().directory("projects")).open(scope, DemoProject.NAME);
            DemoProject.writeTo(project.directory());
            introduce(scratch.server().url(), belay);
            EventPrinter printer = new EventPrinter(terminal);
            client.run(request(), AgentClient.NDJSON, line -> printer.print(Json.read(line)));
            if (scratch.ended()) {
                return INTERRUPTED;
            }
            boolean repaired = testsPass(belay, scope, project);
            goOn(repaired);
            return repaired ? ExitCode.OK : ExitCode.SOFTWARE;
        }
    }

    private static ObjectNode request() {
        ObjectNode body = Json.object().put("prompt", PROMPT);
        body.putObject("options")
                .put("model", "scripted:" + DemoProject.NAME)
                .put("working_dir", "/workspace/" + DemoProject.NAME);
        return body;
    }

    private void introduce(String url, Belay belay) {
        var isolation = belay.sandboxes().report().isolation();
        terminal.say(terminal.styled(Style.HEADING, "Belay demo: an agent repairs a small Python project"));
        terminal.say("");
        terminal.say("server   " + url + " (started for this demo, with a temporary data directory)");
        terminal.say("sandbox  isolation level " + isolation.level().word() + ", "
                + isolation.properties().stream().filter(p -> p.held()).count() + " of "
                + isolation.properties().size() + " properties of its walls tried and found to hold");
        terminal.say(
                "model    scripted: it plays prepared steps and does not think. Server, sandbox, tools and tests are"
                        + " real.");
        terminal.say("prompt   " + PROMPT);
        terminal.say("");
    }

    /** Not from the transcript: the tests run once more, in a sandbox that the agent never saw. */
    private boolean testsPass(Belay belay, Scope scope, MountedDirectory project) throws InterruptedException {
        ExecResult result;
        try (Sandbox fresh = belay.sandboxes().create(scope, List.of(project), SandboxLimits.DEFAULT)) {
            result = fresh.run(
                    ExecSpec.of(DemoProject.TEST.toArray(String[]::new)).in("/workspace/" + DemoProject.NAME));
        } catch (BelayException e) {
            terminal.say("");
            terminal.say(terminal.styled(Style.BAD, "The tests could not be run: ") + Terminal.harmless(e.text()));
            return false;
        }
        terminal.say("");
        terminal.say("Checked once more, in a fresh sandbox: the tests "
                + (result.succeeded()
                        ? terminal.styled(Style.GOOD, "pass") + "."
                        : terminal.styled(Style.BAD, "fail") + "."));
        if (!result.succeeded()) {
            terminal.say(Terminal.harmless(result.stderr().text() + result.detail()));
        }
        return result.succeeded();
    }

    private void goOn(boolean repaired) {
        if (!repaired) {
            terminal.say("What this machine offers: ./belay doctor");
            return;
        }
        terminal.say("");
        terminal.say("Go on:");
        terminal.say("  ./belay serve --dev               a server of your own; README.md has a first request");
        terminal.say("  ./belay chat                      an agent to talk with, in the current directory");
        terminal.say("  ./belay run \"PROMPT\" --dir DIR    the agent on a directory of yours, once");
    }
}
