package dev.belay.bench.humaneval;

import dev.belay.modeldouble.Answer;
import dev.belay.modeldouble.ModelServer;
import dev.belay.modeldouble.ModelServer.Received;
import dev.belay.modeldouble.Reply;
import dev.belay.modeldouble.Style;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The scripts of the tasks, played by a model server over each wire: which one, and how far it is, stands in the request. */
final class WireModels implements AutoCloseable {
    private static final Pattern SCRIPT = Pattern.compile("Solve the task ([a-z0-9-]+)\\.");

    private final Map<String, List<Answer>> scripts = new HashMap<>();
    private final ModelServer server = new ModelServer(this::reply);

    WireModels(List<HumanEvalTask> tasks) {
        for (HumanEvalTask task : tasks) {
            for (boolean solved : new boolean[] {true, false}) {
                scripts.put(task.scriptName(solved), task.answers(solved));
            }
        }
    }

    private Reply reply(Received request) {
        Style style = Style.of(request);
        Matcher script = SCRIPT.matcher(request.body());
        List<Answer> answers = script.find() ? scripts.get(script.group(1)) : null;
        if (answers == null) {
            return Reply.error(400, "{\"error\":{\"message\":\"no such task\"}}");
        }
        return answers.get(results(style, request.body())).in(style);
    }

    /** How many tool results the request holds; a quote inside of a text would be escaped. */
    private static int results(Style style, String body) {
        String mark = switch (style) {
            case MESSAGES -> "\"type\":\"tool_result\"";
            case CHAT -> "\"role\":\"tool\"";
            case RESPONSES -> "\"type\":\"function_call_output\"";
        };
        return body.split(Pattern.quote(mark), -1).length - 1;
    }

    ModelServer server() {
        return server;
    }

    @Override
    public void close() {
        server.close();
    }
}
