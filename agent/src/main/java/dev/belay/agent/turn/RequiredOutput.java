package dev.belay.agent.turn;

import dev.belay.agent.output.OutputSchema;
import dev.belay.agent.tool.ToolOutcome;
import dev.belay.api.JsonText;
import dev.belay.api.event.TurnError;
import java.util.Optional;

/** The answer that a turn has to give in a shape of its own, as far as it has come. Safe for the threads of one turn. */
final class RequiredOutput {
    /** How often a model that got it wrong is told so. */
    private static final int REPAIRS = 1;

    private final OutputSchema schema;
    private Optional<JsonText> accepted = Optional.empty();
    private Optional<String> problems = Optional.empty();
    private int failures;

    RequiredOutput(OutputSchema schema) {
        this.schema = schema;
    }

    /** The model gave an answer. */
    synchronized ToolOutcome take(JsonText answer) {
        Optional<String> wrong = schema.problems(answer);
        if (wrong.isEmpty()) {
            accepted = Optional.of(answer);
            return ToolOutcome.of("The answer is accepted.");
        }
        problems = wrong;
        return ToolOutcome.error(wrong.get());
    }

    synchronized Optional<JsonText> accepted() {
        return accepted;
    }

    /** The model ended with text. If that is the answer, it is accepted; else the model is told what is missing. */
    synchronized Optional<String> reminder(String text) {
        JsonText answer = new JsonText(text);
        if (schema.problems(answer).isEmpty()) {
            accepted = Optional.of(answer);
            return Optional.empty();
        }
        problems = Optional.of("The model did not call " + OutputSchema.TOOL + ".");
        return Optional.of("Your answer is missing: call the tool " + OutputSchema.TOOL
                + " now, with arguments that fit its schema.");
    }

    /** Call after each answer of the model: why the turn cannot go on, if it has got it wrong too often. */
    synchronized Optional<TurnError> failed() {
        if (accepted.isPresent() || problems.isEmpty()) {
            return Optional.empty();
        }
        String last = problems.get();
        problems = Optional.empty();
        failures++;
        return failures <= REPAIRS
                ? Optional.empty()
                : Optional.of(new TurnError(
                        "structured_output",
                        "the model gave no answer that fits output_schema, also after it was told what is wrong: "
                                + last));
    }
}
