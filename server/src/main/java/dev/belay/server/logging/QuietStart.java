package dev.belay.server.logging;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.core.spi.ContextAwareBase;
import dev.belay.server.config.Configuration.LogSettings;
import java.util.function.UnaryOperator;

/** What Logback finds when the first logger is made: warnings and worse, to stderr, so that stdout stays for what the user asked for. */
public final class QuietStart extends ContextAwareBase implements Configurator {
    @Override
    public ExecutionStatus configure(LoggerContext context) {
        Logging.configure(
                context, new LogSettings(LogSettings.Level.WARN, LogSettings.Format.TEXT), UnaryOperator.identity());
        return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
    }
}
