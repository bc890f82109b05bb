package dev.belay.server.http;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.OptionalLong;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;

/**
 * The same answer as a {@link StreamResponse} without a thread that waits: it is written past the servlet's own stream, whose buffer would
 * be most of what an open stream costs. A reader that takes nothing is gone once the connection's idle time is over.
 */
public final class LiveResponse implements EventSink {
    private static final byte[] NOTHING = {};

    private final Response response;
    private final boolean serverSent;
    private @Nullable Sender sender;
    private byte[] buffer = NOTHING;
    private int length;
    private volatile boolean busy;

    private LiveResponse(Response response, boolean serverSent) {
        this.response = response;
        this.serverSent = serverSent;
    }

    /** Sets the header of a 200, which leaves with the first {@link #send}. */
    public static LiveResponse begin(Call call) {
        boolean serverSent = StreamResponse.wantsServerSent(call);
        StreamResponse.header(call, serverSent);
        return new LiveResponse(call.core(), serverSent);
    }

    @Override
    public void tell(Sender told) {
        sender = told;
    }

    @Override
    public boolean busy() {
        return busy;
    }

    @Override
    public void add(String type, OptionalLong seq, byte[] json, int from, int to) {
        boolean last = to == json.length;
        if (!serverSent) {
            room(to - from + 1);
            put(json, from, to);
            if (last) {
                buffer[length++] = '\n';
            }
            return;
        }
        byte[] head = NOTHING;
        if (from == 0) {
            StringBuilder text = new StringBuilder();
            seq.ifPresent(number -> text.append("id: ").append(number).append('\n'));
            head = text.append("event: ")
                    .append(type)
                    .append("\ndata: ")
                    .toString()
                    .getBytes(StandardCharsets.UTF_8);
        }
        room(head.length + to - from + 2);
        put(head, 0, head.length);
        put(json, from, to);
        if (last) {
            buffer[length++] = '\n';
            buffer[length++] = '\n';
        }
    }

    private void room(int more) {
        if (buffer.length - length < more) {
            buffer = Arrays.copyOf(buffer, length == 0 ? more : Math.max(length + more, 2 * length));
        }
    }

    private void put(byte[] bytes, int from, int to) {
        System.arraycopy(bytes, from, buffer, length, to - from);
        length += to - from;
    }

    @Override
    public int added() {
        return length;
    }

    @Override
    public void send() {
        write(false);
    }

    @Override
    public void end() {
        write(true);
    }

    /** The last line has told the reader. */
    @Override
    public void cut(Cut why, long resumeAfter) {
        end();
    }

    private void write(boolean last) {
        ByteBuffer bytes = ByteBuffer.wrap(buffer, 0, length);
        buffer = NOTHING;
        length = 0;
        busy = true;
        response.write(last, bytes, Callback.from(this::sent, this::failed));
    }

    private void sent() {
        busy = false;
        if (sender != null) {
            sender.sent();
        }
    }

    private void failed(Throwable why) {
        if (sender != null) {
            sender.gone(StreamResponse.tookTooLong(why));
        }
    }
}
