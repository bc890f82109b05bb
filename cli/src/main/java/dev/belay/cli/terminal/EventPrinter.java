package dev.belay.cli.terminal;

import java.math.BigDecimal;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.UnaryOperator;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.MissingNode;

/**
 * Shows the events of a run, as they come on the wire (contract: Cloud Agent 1.3), the way a person wants to read them: prose, tool calls with
 * the argument that matters, edits as diffs, output cut to what tells something. For one thread.
 */
public final class EventPrinter {
    private static final String INDENT = "    ";
    private static final int FIRST_LINES = 4;
    private static final int LAST_LINES = 12;
    private static final int DIFF_LINES = 40;
    private static final int LONGEST_LINE = 180;

    private final Terminal terminal;
    private final StreamedText streamed;
    /** Whether turns follow each other, so that what is said of each is kept short. */
    private final boolean conversation;
    /** Calls without a result, by id. */
    private final LinkedHashMap<String, ToolCall> waiting = new LinkedHashMap<>();
    /** The id of the call that was shown last and has no result yet; empty if there is none. */
    private String announced = "";

    public EventPrinter(Terminal terminal) {
        this(terminal, false);
    }

    private EventPrinter(Terminal terminal, boolean conversation) {
        this.terminal = terminal;
        this.conversation = conversation;
        this.streamed = new StreamedText(terminal);
    }

    /** One that says less of the beginning and the end of each turn, for somebody who sees many. */
    public static EventPrinter ofConversation(Terminal terminal) {
        return new EventPrinter(terminal, true);
    }

    /** Shows one event; signs of life are not shown. */
    public void print(JsonNode event) {
        if (event.has("parent_id")) {
            subagent(event);
            return;
        }
        switch (event.path("type").asString()) {
            case "status" -> status(event);
            case "text_delta" ->
                streamed.piece(
                        event.path("block").asString(), event.path("content").asString());
            case "thinking" -> prose(event);
            case "tool_use" -> call(event);
            case "tool_result" -> result(event);
            case "result" -> end(event);
            default -> {}
        }
    }

    /** Whether the call of that id is the one that was shown last and has no result yet. */
    public boolean isAnnounced(String toolUse) {
        return !toolUse.isEmpty() && toolUse.equals(announced);
    }

    private void status(JsonNode event) {
        switch (event.path("message").asString()) {
            case "starting" -> {
                if (!conversation) {
                    terminal.say(aside("model " + text(event, "model")));
                }
            }
            case "retrying" ->
                paragraph(terminal.styled(
                        Style.WARNING,
                        "The model could not answer (" + text(event.path("error"), "message") + "); trying again in "
                                + time(event.path("delay_ms").asLong())));
            case "fallback" ->
                paragraph(terminal.styled(
                        Style.WARNING,
                        text(event, "fallback_from") + " cannot be had (" + text(event.path("error"), "message")
                                + "); going on with " + text(event, "model")));
            case "compacted" ->
                paragraph(aside("The conversation was compacted: " + text(event, "messages_before")
                        + " messages became " + text(event, "messages_after")));
            case "resumed" -> paragraph(aside("The server was started again; the turn goes on."));
            default -> {}
        }
    }

    /** What a sub-agent does, in a line each: what matters of it comes back with the call that started it. */
    private void subagent(JsonNode event) {
        String told = switch (event.path("type").asString()) {
            case "tool_use" ->
                "> " + text(event, "tool") + "  "
                        + Terminal.harmless(
                                new ToolCall(event.path("tool").asString(), event.path("input")).argument());
            case "tool_result" -> event.path("is_error").asBoolean() ? text(event, "tool") + " failed" : "";
            case "thinking" -> event.path("block").asString().equals("text") ? text(event, "content") : "";
            case "status" -> ofSubagent(event);
            default -> "";
        };
        told.lines()
                .findFirst()
                .ifPresent(line -> terminal.say(INDENT + aside(text(event, "agent") + ": " + shortened(line))));
    }

    private static String ofSubagent(JsonNode event) {
        return switch (event.path("message").asString()) {
            case "subagent_started" -> "model " + text(event, "model");
            case "subagent_finished" ->
                text(event, "status") + ", " + event.path("turns").asInt() + " model calls, "
                        + time(event.path("duration_ms").asLong());
            default -> "";
        };
    }

    private void prose(JsonNode event) {
        if (streamed.complete(
                event.path("block").asString(), event.path("content").asString())) {
            return;
        }
        String text = text(event, "content").strip();
        paragraph(event.path("block").asString().equals("thinking") ? aside(text) : text);
    }

    /** Calls beside each other are announced one by one, each as soon as the one before has its result. */
    private void call(JsonNode event) {
        waiting.put(event.path("id").asString(), new ToolCall(event.path("tool").asString(), event.path("input")));
        announceNext();
    }

    private void announceNext() {
        if (announced.isEmpty() && !waiting.isEmpty()) {
            announced = waiting.firstEntry().getKey();
            announce(waiting.firstEntry().getValue());
        }
    }

    private void announce(ToolCall call) {
        String argument = Terminal.harmless(call.argument());
        paragraph(terminal.styled(Style.TOOL, "> " + Terminal.harmless(call.tool()))
                + (argument.isEmpty() ? "" : "  " + argument.replace("\n", "\n" + INDENT)));
        block(call.change(), DIFF_LINES, 0, line -> DiffLine.styled(terminal, line));
    }

    private void result(JsonNode event) {
        String id = event.path("id").asString();
        ToolCall call = Optional.ofNullable(waiting.remove(id))
                .orElseGet(() -> new ToolCall(event.path("tool").asString(), MissingNode.getInstance()));
        if (!id.equals(announced)) {
            announce(call);
        }
        boolean error = event.path("is_error").asBoolean();
        ToolOutput output = ToolOutput.of(call.tool(), event.path("output"), error);
        block(output.lines(), FIRST_LINES + LAST_LINES, LAST_LINES, Terminal::harmless);
        terminal.say(INDENT
                + (error ? terminal.styled(Style.BAD, "failed") : terminal.styled(Style.GOOD, "ok"))
                + aside((output.remark().isEmpty() ? "" : ", " + output.remark()) + ", "
                        + time(event.path("duration_ms").asLong())));
        announced = "";
        announceNext();
    }

    /** Lines under a heading: so many at most, the last {@code tail} of them from the end. */
    private void block(List<String> lines, int most, int tail, UnaryOperator<String> shown) {
        int left = lines.size() - most;
        for (int i = 0; i < lines.size(); i++) {
            if (left > 1 && i == most - tail) {
                terminal.say(INDENT + aside("... " + left + " lines ..."));
                i += left - 1;
            } else {
                String line = shown.apply(shortened(lines.get(i)));
                terminal.say(line.isEmpty() ? "" : INDENT + line);
            }
        }
    }

    private static String shortened(String line) {
        return line.length() <= LONGEST_LINE ? line : line.substring(0, LONGEST_LINE) + " ...";
    }

    private void end(JsonNode event) {
        streamed.breakOff();
        String status = event.path("status").asString();
        boolean success = status.equals("success");
        int turns = event.path("turns").asInt();
        if (!success) {
            paragraph(terminal.styled(Style.BAD, "Ended with status " + status)
                    + (event.has("error") ? ": " + text(event.path("error"), "message") : ""));
        } else if (!conversation) {
            paragraph(terminal.styled(Style.GOOD, "Done"));
        }
        terminal.say(aside(turns + (turns == 1 ? " turn" : " turns") + ", cost " + cost(event) + ", time "
                + time(event.path("duration_ms").asLong())));
    }

    private static String cost(JsonNode event) {
        BigDecimal dollars = event.path("cost_usd").decimalValue(BigDecimal.ZERO);
        String known = "$" + (dollars.scale() < 2 ? dollars.setScale(2) : dollars).toPlainString();
        if (!event.path("cost_basis").asString().equals("unknown")) {
            return known;
        }
        return dollars.signum() == 0 ? "unknown (no price is known for this model)" : "more than " + known;
    }

    private void paragraph(String text) {
        streamed.breakOff();
        terminal.say("");
        terminal.say(text);
    }

    private String aside(String text) {
        return terminal.styled(Style.ASIDE, text);
    }

    private static String text(JsonNode node, String field) {
        return Terminal.harmless(node.path(field).asString());
    }

    private static String time(long millis) {
        return millis < 1000 ? millis + " ms" : String.format(Locale.ROOT, "%.1f s", millis / 1000.0);
    }
}
