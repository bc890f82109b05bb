package dev.belay.agent.session;

import dev.belay.agent.session.ConversationStore.Conversation;
import dev.belay.api.BelayException;
import dev.belay.api.event.StreamId;
import dev.belay.eventlog.StreamCare;
import java.time.Duration;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends what conversations leave behind, per workspace by age and by bytes, in the background: it erases what was used longest ago, in units
 * of work of about 10 ms, and never one in which a turn runs or waits or whose files somebody uses.
 */
final class Retention implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Retention.class);
    private static final Duration ROUND = Duration.ofMinutes(1);
    private static final int AT_ONCE = 100;

    private final Sessions.Parts parts;
    private final LiveSessions live;
    private final Erasing erasing;
    private final StreamCare streams;
    private final RetentionRules rules;
    private final Thread thread;

    Retention(Sessions.Parts parts, LiveSessions live, Erasing erasing, StreamCare streams, RetentionRules rules) {
        this.parts = parts;
        this.live = live;
        this.erasing = erasing;
        this.streams = streams;
        this.rules = rules;
        this.thread = Thread.ofVirtual().name("retention").unstarted(this::run);
    }

    void start() {
        thread.start();
    }

    private void run() {
        try {
            while (true) {
                try {
                    round();
                } catch (BelayException e) {
                    LOG.warn("old conversations could not be erased: {}", e.text());
                }
                Thread.sleep(ROUND);
            }
        } catch (InterruptedException e) {
            // This process closes.
        }
    }

    /** Does what is due now. */
    void round() {
        erasing.goOn();
        rules.age().ifPresent(age -> {
            long before = parts.nowMicros() - age.toNanos() / 1000;
            List<Conversation> old =
                    parts.database().read(view -> ConversationStore.unusedSince(view, before, AT_ONCE));
            old.forEach(this::erase);
        });
        if (rules.workspaceBytes().isPresent()) {
            count();
            long most = rules.workspaceBytes().getAsLong();
            parts.database().read(view -> ConversationStore.above(view, most)).forEach(full -> shrink(full, most));
        }
    }

    private void shrink(ConversationStore.Full full, long most) {
        long bytes = full.bytes();
        for (Conversation oldest :
                parts.database().read(view -> ConversationStore.unused(view, full.workspace(), AT_ONCE))) {
            if (bytes <= most) {
                return;
            }
            if (erase(oldest)) {
                bytes -= oldest.bytes();
            }
        }
    }

    private boolean erase(Conversation conversation) {
        return live.find(conversation.id()).isEmpty() && erasing.eraseUnused(conversation);
    }

    /** Brings what is known of the sizes up to date: only what is new is read. */
    private void count() {
        String after = "";
        while (true) {
            String from = after;
            List<Conversation> page = parts.database().read(view -> ConversationStore.page(view, from, AT_ONCE));
            for (Conversation conversation : page) {
                count(conversation);
            }
            if (page.isEmpty()) {
                return;
            }
            after = page.getLast().id().value();
        }
    }

    private void count(Conversation conversation) {
        long bytes = conversation.bytes();
        long seq = conversation.counted();
        while (true) {
            StreamCare.Size more = streams.size(StreamId.of(conversation.id()), seq);
            if (more.toSeq() <= seq) {
                break;
            }
            bytes += more.bytes();
            seq = more.toSeq();
        }
        if (seq > conversation.counted()) {
            long total = bytes;
            long to = seq;
            parts.database().write(tx -> {
                ConversationStore.counted(tx, conversation.id(), total, to);
                return true;
            });
        }
    }

    @Override
    public void close() {
        thread.interrupt();
    }
}
