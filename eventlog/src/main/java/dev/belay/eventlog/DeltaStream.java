package dev.belay.eventlog;

import dev.belay.api.TurnId;
import dev.belay.api.event.Delta;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Publishes the pieces of blocks as they are written, redacted across piece borders. For one thread; a new block ends the one before. */
public final class DeltaStream {
    private final Redactor redactor;
    private final Consumer<Delta> publish;
    private Redactor.@Nullable Chunks chunks;
    private @Nullable Delta last;

    DeltaStream(Redactor redactor, Consumer<Delta> publish) {
        this.redactor = redactor;
        this.publish = publish;
    }

    /** One more piece of the block of that kind. */
    public void add(TurnId turn, Delta.Kind kind, String text, String source) {
        if (last != null && last.kind() != kind) {
            end();
        }
        if (chunks == null) {
            chunks = redactor.chunks();
        }
        last = new Delta(turn, kind, "", source);
        emit(chunks.add(text));
    }

    /** The block is complete: what was held back goes out. */
    public void end() {
        if (chunks != null) {
            emit(chunks.end());
        }
        chunks = null;
        last = null;
    }

    private void emit(String text) {
        if (!text.isEmpty() && last != null) {
            publish.accept(new Delta(last.turn(), last.kind(), text, last.source()));
        }
    }
}
