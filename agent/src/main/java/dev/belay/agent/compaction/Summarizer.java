package dev.belay.agent.compaction;

import java.util.Optional;

/** Makes a summary of a conversation; the engine asks a model for it, within the session's budget. */
public interface Summarizer {
    /** Makes none. */
    Summarizer NONE = _ -> Optional.empty();

    /**
     * The summary, as plain text.
     *
     * @return empty if there is none to be had: no budget is left, the model refused or failed
     */
    Optional<String> summarize(Task task) throws InterruptedException;

    /**
     * What is to be summarised.
     *
     * @param instructions what a model has to be told; they say what the lines of the transcript mean
     * @param transcript the conversation; lines that begin with {@code >} are quoted from it
     */
    record Task(String instructions, String transcript) {}
}
