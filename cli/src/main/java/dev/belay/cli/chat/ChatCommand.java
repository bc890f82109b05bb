package dev.belay.cli.chat;

import dev.belay.api.InvalidRequestException;
import dev.belay.api.Money;
import dev.belay.api.NotFoundException;
import dev.belay.cli.server.ReachedServer;
import dev.belay.cli.server.ServerChoice;
import dev.belay.cli.terminal.Style;
import dev.belay.cli.terminal.Terminal;
import dev.belay.client.session.Message;
import dev.belay.client.session.Session;
import dev.belay.client.session.SessionRequest;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.UnaryOperator;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code belay chat}. Where no server runs, the data directory is served by this process for the time of the chat. */
@Command(
        name = "chat",
        description =
                "Talks with an agent in a session that stays, in the current directory if it will do. Prompts come line"
                        + " by line from standard input where nobody sits at a terminal.",
        footer = {
            "",
            "Exit codes: 0 left by its user, or every turn succeeded; 1 a turn did not (where prompts come from standard input),"
                    + " or the chat failed; 2 wrong usage; 130 left with Ctrl-C while a turn ran."
        })
public final class ChatCommand implements Callable<Integer> {
    private final Terminal terminal;
    private final Map<String, String> environment;

    @Parameters(paramLabel = "PROMPT", arity = "0..1", description = "What to begin with.")
    private Optional<String> prompt = Optional.empty();

    @Option(
            names = "--model",
            paramLabel = "M",
            description = "The model; the server's default, or the session's, if absent.")
    private Optional<String> model = Optional.empty();

    @Option(
            names = "--dir",
            paramLabel = "D",
            description = "The directory to work in, as it is; the current one if absent. Not with --url or --key.")
    private Optional<Path> directory = Optional.empty();

    @Option(names = "--private", description = "Give the agent files of its own instead.")
    private boolean ofItsOwn;

    @Option(names = "--name", paramLabel = "N", description = "A name for the new session.")
    private Optional<String> name = Optional.empty();

    @Option(
            names = {"-c", "--continue"},
            description = "Go on with the last session of this directory.")
    private boolean last;

    @Option(names = "--session", paramLabel = "ID|NAME", description = "Go on with that session.")
    private Optional<String> session = Optional.empty();

    @Option(
            names = "--permission-mode",
            paramLabel = "MODE",
            description =
                    "bypassPermissions (the default), acceptEdits, default or plan: what the agent has to ask for.")
    private Optional<String> permissionMode = Optional.empty();

    @Option(
            names = "--max-budget-usd",
            paramLabel = "X",
            description = "What the session may cost, in dollars; of one that goes on, what each turn may.")
    private Optional<BigDecimal> maxBudget = Optional.empty();

    @Mixin
    private ServerChoice choice = new ServerChoice();

    public ChatCommand(Terminal terminal, Map<String, String> environment) {
        this.terminal = terminal;
        this.environment = environment;
    }

    @Override
    public Integer call() {
        boolean goesOn = last || session.isPresent();
        if (last && session.isPresent()) {
            throw new InvalidRequestException("--continue", "give --continue or --session, not both");
        }
        if (goesOn && ((directory.isPresent() && session.isPresent()) || name.isPresent() || ofItsOwn)) {
            throw new InvalidRequestException(
                    "--session", "--name, --private and, with --session, --dir are for a new session; leave them out");
        }
        Path here = directory.orElse(Path.of("")).toAbsolutePath().normalize();
        LastChats chats = new LastChats(environment);
        try (ReachedServer server = choice.reach(environment);
                Input input = Input.of(terminal)) {
            String id = goesOn ? known(server, chats, here) : made(server, input);
            chats.remember(server.name(), here, id);
            UnaryOperator<Message> options = goesOn
                    ? message -> message.with(model, permissionMode, maxBudget.map(Money::ofDollars))
                    : UnaryOperator.identity();
            introduce(server, input, id);
            boolean succeeded = new Chat(new Connection(server, terminal), terminal, input, id, options).talk(prompt);
            if (input.isPerson()) {
                terminal.say(aside("belay chat --session " + id + " goes on with this session"));
            }
            return succeeded || input.isPerson() ? ExitCode.OK : ExitCode.SOFTWARE;
        }
    }

    private String known(ReachedServer server, LastChats chats, Path here) {
        return session.map(server::session)
                .orElseGet(() -> chats.find(server.name(), here)
                        .orElseThrow(() -> new NotFoundException("there was no chat in " + here
                                + " yet; leave --continue out, or name a session with --session (belay sessions ls)")));
    }

    private String made(ReachedServer server, Input input) {
        ChatPlace place = ofItsOwn
                ? ChatPlace.ofItsOwn("")
                : directory
                        .map(named -> ChatPlace.in(named, server, choice.dataDirectory(environment), environment))
                        .orElseGet(() -> ChatPlace.here(server, choice.dataDirectory(environment), environment));
        String id = server.sessions()
                .create(new SessionRequest(
                        name,
                        model,
                        place.workingDirectory(),
                        permissionMode,
                        maxBudget.map(Money::ofDollars),
                        true,
                        input.isPerson()));
        if (input.isPerson()) {
            terminal.say("The agent works in " + Terminal.harmless(place.told()) + ".");
        }
        return id;
    }

    private void introduce(ReachedServer server, Input input, String id) {
        if (input.isPerson()) {
            Session known = server.sessions().status(id).session();
            terminal.say(aside("session " + id
                    + known.name()
                            .map(text -> " \"" + Terminal.harmless(text) + "\"")
                            .orElse("") + ", model "
                    + Terminal.harmless(known.model()) + ", server "
                    + (server.inThisProcess() ? "in this process" : server.name())));
            terminal.say(aside("/help lists the commands; Ctrl-C interrupts, Ctrl-D leaves"));
        }
    }

    private String aside(String text) {
        return terminal.styled(Style.ASIDE, text);
    }
}
