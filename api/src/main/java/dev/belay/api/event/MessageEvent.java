package dev.belay.api.event;

/** What was said. */
public sealed interface MessageEvent extends EventBody {
    /** What the user asked, word for word. */
    record Prompt(String text) implements MessageEvent {}

    /** The prompt before it stays word for word in what the model is told, whatever is compacted. */
    record Pinned() implements MessageEvent {}

    /** What the user said to a turn that runs; the model is told of it before its next call. */
    record Steer(String text) implements MessageEvent {}

    /** The model is told now of that many {@link Steer}s that it was not told of before. */
    record Steered(int count) implements MessageEvent {}

    /** What the engine told the model in the middle of a turn, in the user's place. */
    record Reminder(String text) implements MessageEvent {}

    /** One block of the model's prose. */
    record Text(String text) implements MessageEvent {}

    /** One block of the model's reasoning; {@code signature} is the provider's, empty where there is none. */
    record Thinking(String text, String signature) implements MessageEvent {}
}
