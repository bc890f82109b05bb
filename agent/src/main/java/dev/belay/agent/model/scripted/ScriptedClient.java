package dev.belay.agent.model.scripted;

import dev.belay.agent.model.Message.Block;
import dev.belay.agent.model.ModelAnswer;
import dev.belay.agent.model.ModelClient;
import dev.belay.agent.model.ModelException;
import dev.belay.agent.model.ModelListener;
import dev.belay.agent.model.ModelRequest;
import dev.belay.api.Cost;
import dev.belay.api.CostBasis;
import dev.belay.api.Money;
import dev.belay.api.event.Delta;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;

/** Plays a script. The step is chosen by how many attempts the session's log holds, so that a restart goes on where it was. */
final class ScriptedClient implements ModelClient {
    private final Script script;
    private final String name;

    ScriptedClient(Script script, String name) {
        this.script = script;
        this.name = name;
    }

    @Override
    public ModelAnswer ask(ModelRequest request, ModelListener listener) throws ModelException, InterruptedException {
        if (request.attempt() >= script.steps().size()) {
            throw refused(
                    "script_ended",
                    "the script " + name + " has " + script.steps().size() + " steps and was asked for one more");
        }
        Script.Step step = script.steps().get(request.attempt());
        String where = "step " + (request.attempt() + 1) + " of the script " + name;
        pause(step.delay());
        if (step.expect().isPresent()
                && !LastMessage.text(request).contains(step.expect().get())) {
            throw refused(
                    "script_expectation",
                    where + " expects the last message to contain \""
                            + step.expect().get() + "\"; it was: " + shortened(LastMessage.text(request)));
        }
        if (step.failure().isPresent()) {
            Script.Failure failure = step.failure().get();
            boolean retryable = failure.status() == 408
                    || failure.status() == 409
                    || failure.status() == 429
                    || failure.status() >= 500;
            throw new ModelException(
                    "model_error", where + ": " + failure.message(), failure.status(), retryable, Optional.empty());
        }
        play(request, step, listener);
        return new ModelAnswer(
                step.usage(),
                new Cost(script.price().of(step.usage()), CostBasis.LIST),
                step.calls().isEmpty() ? "end_turn" : "tool_use");
    }

    private void play(ModelRequest request, Script.Step step, ModelListener listener) throws InterruptedException {
        if (step.thinking().isPresent()) {
            listener.delta(Delta.Kind.THINKING, step.thinking().get());
            listener.block(new Block.Thinking(step.thinking().get(), ""));
        }
        if (!step.text().isEmpty()) {
            for (String piece : step.text()) {
                pause(step.pause());
                listener.delta(Delta.Kind.TEXT, piece);
            }
            listener.block(new Block.Text(String.join("", step.text())));
        }
        int number = 0;
        for (Script.Call call : step.calls()) {
            number++;
            listener.block(new Block.ToolUse(
                    "call_" + (request.attempt() + 1) + "_" + number + ofSubagent(request), call.tool(), call.input()));
        }
    }

    /** A sub-agent's log is counted from its own beginning, and its calls are to have ids of their own. */
    private static String ofSubagent(ModelRequest request) {
        int slash = request.session().indexOf('/');
        return slash < 0 ? "" : "_" + request.session().substring(slash + 1);
    }

    private static void pause(Duration duration) throws InterruptedException {
        if (duration.isPositive()) {
            Thread.sleep(duration);
        } else if (Thread.interrupted()) {
            throw new InterruptedException();
        }
    }

    private static ModelException refused(String code, String message) {
        return new ModelException(code, message, 0, false, Optional.empty());
    }

    private static String shortened(String text) {
        return text.length() <= 300 ? text : text.substring(0, 300) + "…";
    }

    @Override
    public Optional<Money> worstCase(ModelRequest request) {
        return request.attempt() < script.steps().size()
                ? Optional.of(
                        script.price().of(script.steps().get(request.attempt()).usage()))
                : Optional.of(Money.ZERO);
    }

    @Override
    public OptionalInt contextTokens() {
        return script.contextTokens();
    }
}
