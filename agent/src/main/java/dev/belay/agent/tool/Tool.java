package dev.belay.agent.tool;

import dev.belay.api.JsonText;
import java.util.List;

/**
 * Something the model may ask for. A tool holds no state of a session; that is in the {@link ToolContext}. Safe for many threads.
 */
public interface Tool {
    /** The name that the model sees, for example {@code Read}. */
    String name();

    /** What the model is told about it. */
    String description();

    /** JSON Schema of the input, an object; input is checked against it before {@link #call}, unless the tool {@link #checksInput}. */
    JsonText inputSchema();

    /** Whether the tool itself checks what it gets, as one whose schema came from outside: that schema may cost anything to look at. */
    default boolean checksInput() {
        return false;
    }

    /** Whether it changes nothing, so that a call of which nobody knows whether it was made may be made again. */
    boolean readsOnly();

    /** Whether calls beside each other, also of other such tools, may run at once. */
    default boolean parallel() {
        return readsOnly();
    }

    /** What its calls can do: what {@code plan} refuses and {@code default} asks for. */
    default ToolEffect effect() {
        return readsOnly() ? ToolEffect.READS : ToolEffect.ACTS;
    }

    /** What that call is about, for the rules of permissions; at least one thing. */
    default List<ToolSubject> subjects(ToolInput input) {
        return List.of(ToolSubject.of(name()));
    }

    /**
     * Does it. What the model can act on (a missing file, an exit code other than 0) is an outcome with {@code error} set; a
     * {@link dev.belay.api.BelayException} is turned into one by the caller.
     *
     * @throws InterruptedException if the turn ends; nothing that the call started is left running then
     */
    ToolOutcome call(ToolInput input, ToolContext context) throws InterruptedException;
}
