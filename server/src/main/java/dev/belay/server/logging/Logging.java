package dev.belay.server.logging;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import dev.belay.server.config.Configuration.LogSettings;
import java.util.List;
import java.util.function.UnaryOperator;
import org.slf4j.LoggerFactory;

/** Sets the program's log up. Until then {@link QuietStart} holds. */
public final class Logging {
    /** Libraries that tell more than an operator wants to know. */
    private static final List<String> CHATTY =
            List.of("org.eclipse.jetty", "org.flywaydb", "com.networknt", "io.modelcontextprotocol", "reactor");

    private Logging() {}

    /** From now on: to stderr, from that level on, in that format, with secrets taken out. */
    public static void configure(LogSettings settings, UnaryOperator<String> redact) {
        if (LoggerFactory.getILoggerFactory() instanceof LoggerContext context) {
            configure(context, settings, redact);
        }
    }

    static void configure(LoggerContext context, LogSettings settings, UnaryOperator<String> redact) {
        context.reset();
        LineEncoder encoder = new LineEncoder(settings.format(), redact);
        encoder.setContext(context);
        encoder.start();
        ConsoleAppender<ILoggingEvent> stderr = new ConsoleAppender<>();
        stderr.setContext(context);
        stderr.setTarget("System.err");
        stderr.setEncoder(encoder);
        stderr.start();
        Level level = Level.toLevel(settings.level().name());
        var root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        root.setLevel(level);
        root.addAppender(stderr);
        // Never their debug level: Jetty's shows the ends of what it reads and writes, and a piece of a secret cannot
        // be told from text.
        Level library = level.isGreaterOrEqual(Level.INFO) ? Level.WARN : Level.INFO;
        CHATTY.forEach(name -> context.getLogger(name).setLevel(library));
        // What it would tell, Errors and HttpServer tell.
        context.getLogger("io.javalin").setLevel(Level.OFF);
    }
}
