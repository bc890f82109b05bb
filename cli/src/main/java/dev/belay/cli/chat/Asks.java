package dev.belay.cli.chat;

import dev.belay.cli.terminal.EventPrinter;
import dev.belay.cli.terminal.Style;
import dev.belay.cli.terminal.Terminal;
import dev.belay.cli.terminal.ToolCall;
import dev.belay.client.session.Answer;
import dev.belay.client.session.SessionEvent.Ask;
import dev.belay.client.session.SessionEvent.Subagent;
import dev.belay.server.http.Json;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/** What an agent asks, put to the person; for one thread. */
final class Asks {
    private static final String HINT =
            "y: yes; a: always, for all calls of this tool in this chat; n: no; n WHY: no, and tell the agent why";

    private final Terminal terminal;
    private final Input input;
    private final EventPrinter printer;
    /** Tools whose calls are allowed without asking again. */
    private final Set<String> always = new HashSet<>();

    /** @param printer shows the calls that are asked about */
    Asks(Terminal terminal, Input input, EventPrinter printer) {
        this.terminal = terminal;
        this.input = input;
        this.printer = printer;
    }

    /**
     * Asks, and returns what was answered.
     *
     * @param by whose ask it is, if it is a sub-agent's
     */
    Answer put(Ask ask, Optional<Subagent> by) {
        return ask.question() ? question(ask, by) : permission(ask, by);
    }

    private Answer permission(Ask ask, Optional<Subagent> by) {
        if (always.contains(ask.tool())) {
            return Answer.allowed();
        }
        JsonNode call = Json.read(ask.input().text());
        introduce(ask, by, ask.tool() + "  " + new ToolCall(ask.tool(), call).argument());
        terminal.say(terminal.styled(Style.ASIDE, "    " + Terminal.harmless(ask.reason())));
        while (true) {
            switch (input.line("    Allow it? [y/n/a] ")) {
                case Input.Said.Line(String text) -> {
                    Optional<Answer> answer = understood(ask, text.strip());
                    if (answer.isPresent()) {
                        return answer.get();
                    }
                    terminal.say(HINT);
                }
                case Input.Said.Interrupt _ -> {
                    return Answer.interrupting();
                }
                case Input.Said.End _ -> {
                    return Answer.denied(Optional.of("nobody is there to allow it"));
                }
            }
        }
    }

    /** What it is about, unless that is the last thing that was shown. */
    private void introduce(Ask ask, Optional<Subagent> by, String about) {
        if (!printer.isAnnounced(ask.toolUse())) {
            terminal.say("");
            terminal.say(terminal.styled(Style.TOOL, "> ")
                    + Terminal.harmless(by.map(one -> one.agent() + ": ").orElse("") + about)
                            .replace("\n", "\n    "));
        }
    }

    private Optional<Answer> understood(Ask ask, String text) {
        String[] words = text.split("\\s+", 2);
        return switch (words[0].toLowerCase(Locale.ROOT)) {
            case "y", "yes" -> Optional.of(Answer.allowed());
            case "a", "always" -> {
                always.add(ask.tool());
                yield Optional.of(Answer.allowed());
            }
            case "n", "no" -> Optional.of(Answer.denied(words.length > 1 ? Optional.of(words[1]) : Optional.empty()));
            default -> Optional.empty();
        };
    }

    private Answer question(Ask ask, Optional<Subagent> by) {
        JsonNode json = Json.read(ask.input().text());
        List<String> options = new ArrayList<>();
        json.path("options").forEach(option -> options.add(option.asString()));
        introduce(ask, by, json.path("question").asString());
        for (int i = 0; i < options.size(); i++) {
            terminal.say("    " + (i + 1) + "  " + Terminal.harmless(options.get(i)));
        }
        while (true) {
            switch (input.line(options.isEmpty() ? "    Answer: " : "    A number, or an answer: ")) {
                case Input.Said.Line(String text)
                when !text.isBlank() -> {
                    return Answer.of(chosen(options, text.strip()));
                }
                case Input.Said.Line _ -> {}
                case Input.Said.Interrupt _ -> {
                    return Answer.interrupting();
                }
                case Input.Said.End _ -> {
                    return Answer.denied(Optional.of("nobody is there to answer"));
                }
            }
        }
    }

    private static String chosen(List<String> options, String text) {
        try {
            int number = Integer.parseInt(text);
            return number >= 1 && number <= options.size() ? options.get(number - 1) : text;
        } catch (NumberFormatException e) {
            return text;
        }
    }
}
