package dev.belay.server.logging;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.encoder.EncoderBase;
import dev.belay.server.config.Configuration.LogSettings.Format;
import dev.belay.server.http.Json;
import java.nio.charset.StandardCharsets;
import java.util.function.UnaryOperator;
import tools.jackson.databind.node.ObjectNode;

/** A log event as one line of text (a stack trace follows on its own lines) or of JSON, without secrets. */
final class LineEncoder extends EncoderBase<ILoggingEvent> {
    private static final byte[] NONE = {};

    private final Format format;
    private final UnaryOperator<String> redact;

    LineEncoder(Format format, UnaryOperator<String> redact) {
        this.format = format;
        this.redact = redact;
    }

    @Override
    public byte[] encode(ILoggingEvent event) {
        String line = format == Format.JSON ? json(event) : text(event);
        return (redact.apply(line) + "\n").getBytes(StandardCharsets.UTF_8);
    }

    private static String text(ILoggingEvent event) {
        String logger = event.getLoggerName();
        String line = event.getInstant() + " " + event.getLevel() + " " + logger.substring(logger.lastIndexOf('.') + 1)
                + ": " + event.getFormattedMessage();
        return event.getThrowableProxy() == null
                ? line
                : line + "\n"
                        + ThrowableProxyUtil.asString(event.getThrowableProxy()).stripTrailing();
    }

    private static String json(ILoggingEvent event) {
        ObjectNode line = Json.object()
                .put("time", event.getInstant().toString())
                .put("level", event.getLevel().toString())
                .put("logger", event.getLoggerName())
                .put("thread", event.getThreadName())
                .put("message", event.getFormattedMessage());
        if (event.getThrowableProxy() != null) {
            line.put("exception", ThrowableProxyUtil.asString(event.getThrowableProxy()));
        }
        return Json.writeText(line);
    }

    @Override
    public byte[] headerBytes() {
        return NONE;
    }

    @Override
    public byte[] footerBytes() {
        return NONE;
    }
}
