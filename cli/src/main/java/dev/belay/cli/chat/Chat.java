package dev.belay.cli.chat;

import dev.belay.api.BelayException;
import dev.belay.cli.terminal.EventPrinter;
import dev.belay.cli.terminal.Style;
import dev.belay.cli.terminal.Terminal;
import dev.belay.client.http.ServerRefusedException;
import dev.belay.client.session.Answer;
import dev.belay.client.session.Message;
import dev.belay.client.session.SessionEvent;
import dev.belay.client.session.SessionEvent.Ask;
import dev.belay.client.session.SessionEvents;
import dev.belay.client.session.SessionStatus;
import dev.belay.server.http.Json;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;
import tools.jackson.databind.JsonNode;

/** One person, or one file of prompts, and one session. */
final class Chat {
    /** As a shell reports a process that Ctrl-C ended. */
    static final int BROKEN_OFF = 130;

    private static final int NO_TURN = -1;

    private final Connection connection;
    private final Terminal terminal;
    private final Input input;
    private final String session;
    private final UnaryOperator<Message> options;
    private final EventPrinter printer;
    private final Asks asks;
    private final SlashCommands commands;
    /** How often Ctrl-C was pressed in the turn that runs. */
    private final AtomicInteger interrupts = new AtomicInteger(NO_TURN);

    private boolean failed;

    /** @param options adds what each message asks for */
    Chat(Connection connection, Terminal terminal, Input input, String session, UnaryOperator<Message> options) {
        this.connection = connection;
        this.terminal = terminal;
        this.input = input;
        this.session = session;
        this.options = options;
        this.printer = EventPrinter.ofConversation(terminal);
        this.asks = new Asks(terminal, input, printer);
        this.commands = new SlashCommands(connection, terminal, session);
    }

    /**
     * Talks until the input ends or it is told to leave.
     *
     * @return whether every turn succeeded
     */
    boolean talk(Optional<String> first) {
        input.onInterrupt(this::interrupted);
        join();
        first.ifPresent(this::say);
        while (true) {
            if (input.isPerson()) {
                terminal.say("");
            }
            switch (input.prompt("> ")) {
                case Input.Said.Line(String text) -> {
                    if (isCommand(text)) {
                        if (attempt(() -> commands.run(text.strip()))) {
                            return !failed;
                        }
                    } else if (!text.isBlank()) {
                        say(text.strip().startsWith("//") ? text.strip().substring(1) : text);
                    }
                }
                case Input.Said.Interrupt(boolean amid) -> {
                    if (!amid) {
                        return !failed;
                    }
                }
                case Input.Said.End _ -> {
                    return !failed;
                }
            }
        }
    }

    private static boolean isCommand(String text) {
        return text.strip().startsWith("/") && !text.strip().startsWith("//");
    }

    /** Tells a person what is refused, and they go on; a program stops. @return what the attempt did, false if it was refused */
    private boolean attempt(BooleanSupplier what) {
        try {
            return what.getAsBoolean();
        } catch (ServerRefusedException e) {
            if (!input.isPerson()) {
                throw e;
            }
            terminal.say(terminal.styled(Style.BAD, "Refused: ") + Terminal.harmless(e.text()));
            return false;
        }
    }

    private void say(String text) {
        Message message = options.apply(Message.of(text));
        attempt(() -> follow(ChatTurn.of(session, message)));
    }

    /** The turn that runs already, if one does: what came of it, and what is still to come. */
    private void join() {
        SessionStatus status = connection.ask(sessions -> sessions.status(session));
        if (status.current().isEmpty()) {
            return;
        }
        String turn = status.current().get().turn();
        long begun = status.history().stream()
                .filter(one -> one.id().equals(turn))
                .mapToLong(SessionStatus.Turn::fromSeq)
                .findFirst()
                .orElse(status.lastSeq() + 1);
        terminal.say(terminal.styled(Style.ASIDE, "A turn runs:"));
        List<SessionEvent> past = connection.ask(sessions -> past(sessions.history(session, begun - 1)));
        Map<String, SessionEvent> open = new LinkedHashMap<>();
        for (SessionEvent event : past) {
            print(event);
            event.ask().ifPresent(ask -> open.put(ask.id(), event));
            if (event.type().equals("permission_decision")) {
                open.remove(Json.read(event.json().text()).path("id").asString(""));
            }
        }
        open.values().forEach(this::answer);
        if (past.stream().noneMatch(event -> event.result().isPresent())) {
            long cursor = past.isEmpty() ? begun - 1 : past.getLast().seq().orElse(begun - 1);
            follow(ChatTurn.joined(session, turn, cursor));
        }
    }

    private static List<SessionEvent> past(SessionEvents events) {
        List<SessionEvent> all = new ArrayList<>();
        try (events) {
            for (var event = events.next(); event.isPresent(); event = events.next()) {
                if (event.get().seq().isPresent()) {
                    all.add(event.get());
                }
            }
        }
        return all;
    }

    /** @return false: the chat goes on */
    private boolean follow(ChatTurn turn) {
        interrupts.set(0);
        try {
            failed |= !turn.follow(connection, this::show)
                    .map(SessionEvent.Result::success)
                    .orElse(false);
        } finally {
            interrupts.set(NO_TURN);
        }
        return false;
    }

    private void show(SessionEvent event) {
        print(event);
        answer(event);
    }

    private void print(SessionEvent event) {
        JsonNode json = Json.read(event.json().text());
        printer.print(json);
        if (event.type().equals("permission_decision")
                && json.path("by").asString("").equals("deadline")) {
            terminal.say(terminal.styled(Style.WARNING, "Nobody answered in time; it was not allowed."));
        }
    }

    /** If it asks something. */
    private void answer(SessionEvent event) {
        if (event.ask().isEmpty()) {
            return;
        }
        Ask ask = event.ask().get();
        Answer answer = asks.put(ask, event.subagent());
        try {
            connection.ask(sessions -> {
                sessions.answer(session, ask, answer);
                return true;
            });
        } catch (ServerRefusedException e) {
            // Somebody else was quicker, or it is too late.
            terminal.say(terminal.styled(Style.ASIDE, Terminal.harmless(e.text())));
        }
    }

    /** Ctrl-C: once, it ends the turn; once more, or where none runs, the chat. */
    private void interrupted() {
        int before = interrupts.getAndUpdate(count -> count == NO_TURN ? count : count + 1);
        if (before != 0) {
            Runtime.getRuntime().exit(BROKEN_OFF);
        }
        terminal.say("");
        terminal.say(terminal.styled(Style.ASIDE, "Interrupting; Ctrl-C once more leaves."));
        Thread.ofVirtual().name("interrupt").start(() -> {
            try {
                connection.ask(sessions -> sessions.interrupt(session));
            } catch (BelayException e) {
                // Whoever reads the turn is told that the server is gone.
            }
        });
    }
}
