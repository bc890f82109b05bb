package dev.belay.agent.output;

import dev.belay.agent.model.ModelRequest.ToolDefinition;
import dev.belay.api.InvalidRequestException;
import dev.belay.api.JsonText;
import java.util.Optional;

/**
 * The schema that a turn's answer has to fit (contract: Cloud Agent 1.3, {@code output_schema}). The model gives the answer by calling a tool
 * that the engine offers, which every wire can carry. Safe for many threads.
 */
public final class OutputSchema {
    /** The name of the tool; nothing else of a request can take it away. */
    public static final String TOOL = "StructuredOutput";

    /** What the system prompt says of it. */
    public static final String INSTRUCTION = "Give your final answer by calling the tool " + TOOL
            + " once, when all else is done. Text does not count as an answer.";

    private final JsonText schema;
    private final OutputSchemaCodec codec;

    /**
     * @param schema JSON Schema (2020-12) of an object, at most 64 KiB and 32 levels, with references into itself only
     * @throws InvalidRequestException for {@code output_schema}, saying what is wrong with it
     */
    public OutputSchema(JsonText schema) {
        this.codec = OutputSchemaCodec.of(schema);
        this.schema = codec.schema();
    }

    /** The tool as the model is told of it. */
    public ToolDefinition definition() {
        return new ToolDefinition(
                TOOL, "Gives the final answer of this task. Call it once, when all else is done.", schema);
    }

    /** What is wrong with an answer, in words that the model can act on; empty if it fits. */
    public Optional<String> problems(JsonText answer) {
        return codec.problems(answer);
    }
}
