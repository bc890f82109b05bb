package dev.belay.agent.tool.builtin;

import dev.belay.agent.tool.Todos.Status;
import dev.belay.agent.tool.Todos.Todo;
import dev.belay.agent.tool.Tool;
import dev.belay.agent.tool.ToolContext;
import dev.belay.agent.tool.ToolEffect;
import dev.belay.agent.tool.ToolInput;
import dev.belay.agent.tool.ToolOutcome;
import dev.belay.api.JsonText;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** Keeps the agent's list of what is to do. */
final class TodoWrite implements Tool {
    private static final JsonText SCHEMA = new JsonText("""
            {"type":"object","properties":{
              "todos":{"type":"array","maxItems":200,"description":"The whole list, which replaces the one before","items":{
                "type":"object","properties":{
                  "content":{"type":"string","minLength":1,"maxLength":2000,"description":"What is to do"},
                  "status":{"type":"string","enum":["pending","in_progress","completed"]},
                  "activeForm":{"type":"string","maxLength":2000,"description":"The same as it reads while being done"}},
                "required":["content","status"],"additionalProperties":false}}},
             "required":["todos"],"additionalProperties":false}""");

    @Override
    public String name() {
        return "TodoWrite";
    }

    @Override
    public String description() {
        return """
                Keeps a list of what is to do in this session, for work of several steps. Send the whole list each time; at most one entry is \
                in_progress, and an entry is completed as soon as it is done.""";
    }

    @Override
    public JsonText inputSchema() {
        return SCHEMA;
    }

    @Override
    public boolean readsOnly() {
        return false;
    }

    @Override
    public ToolEffect effect() {
        return ToolEffect.READS;
    }

    @Override
    public ToolOutcome call(ToolInput input, ToolContext context) {
        List<Todo> todos = input.objects("todos").stream()
                .map(todo -> new Todo(
                        todo.string("content"),
                        Status.valueOf(todo.string("status").toUpperCase(Locale.ROOT)),
                        todo.optionalString("activeForm")))
                .toList();
        long started = todos.stream()
                .filter(todo -> todo.status() == Status.IN_PROGRESS)
                .count();
        if (started > 1) {
            return ToolOutcome.error(started + " entries are in_progress; at most one may be. The list is as it was.");
        }
        context.todos().replace(todos);
        return ToolOutcome.of(
                todos.isEmpty()
                        ? "(the list is empty)"
                        : todos.stream().map(TodoWrite::line).collect(Collectors.joining("\n")));
    }

    private static String line(Todo todo) {
        return switch (todo.status()) {
            case PENDING -> "[ ] " + todo.content();
            case IN_PROGRESS -> "[>] " + todo.activeForm().orElse(todo.content());
            case COMPLETED -> "[x] " + todo.content();
        };
    }
}
