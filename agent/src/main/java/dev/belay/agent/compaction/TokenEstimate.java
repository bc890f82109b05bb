package dev.belay.agent.compaction;

import dev.belay.agent.model.Message;
import dev.belay.agent.model.MessageSize;
import dev.belay.api.event.Attachment;
import java.util.List;

/** About how many tokens a text has. */
public record TokenEstimate(double bytesPerToken) {
    /** For a model that has not counted anything yet. */
    public static final TokenEstimate STANDARD = new TokenEstimate(3.5);

    private static final double FEWEST = 2;
    private static final double MOST = 5;
    /** What a wire puts around each message. */
    private static final int AROUND = 16;

    public TokenEstimate {
        if (!(bytesPerToken > 0)) {
            throw new IllegalArgumentException("bytesPerToken is not positive");
        }
    }

    /** From a request of so many bytes of which a model said that it had so many tokens; both without attachments. */
    public static TokenEstimate calibrated(long bytes, long tokens) {
        return bytes <= 0 || tokens <= 0
                ? STANDARD
                : new TokenEstimate(Math.clamp((double) bytes / tokens, FEWEST, MOST));
    }

    /** Of all of them, with what their attachments count at most. */
    public long of(List<Entry> entries) {
        long bytes = 0;
        long files = 0;
        for (Entry entry : entries) {
            bytes += AROUND + MessageSize.bytes(entry.message());
            files += fileTokens(entry.message());
        }
        return ofBytes(bytes) + files;
    }

    long ofBytes(long bytes) {
        return (long) Math.ceil(bytes / bytesPerToken);
    }

    /** How many bytes of text that many tokens are. */
    int bytes(long tokens) {
        return Math.clamp((long) (tokens * bytesPerToken) - AROUND, 0, Integer.MAX_VALUE);
    }

    /** What the attachments of a message count at most. */
    public static long fileTokens(Message message) {
        return message instanceof Message.ToolResults(var results)
                ? results.stream()
                        .flatMap(result -> result.attachments().stream())
                        .mapToLong(Attachment::mostTokens)
                        .sum()
                : 0;
    }
}
