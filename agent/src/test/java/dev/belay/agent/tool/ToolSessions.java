package dev.belay.agent.tool;

import dev.belay.sandbox.local.LocalProvider;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/** Gives each test that asks for one a {@link ToolSession} with a sandbox of its own. */
public final class ToolSessions implements ParameterResolver {
    private static final Namespace NAMESPACE = Namespace.create(ToolSessions.class);

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return parameter.getParameter().getType().equals(ToolSession.class);
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        LocalProvider provider = context.getRoot()
                .getStore(NAMESPACE)
                .computeIfAbsent(LocalProvider.class, _ -> LocalProvider.open(), LocalProvider.class);
        return context.getStore(NAMESPACE)
                .computeIfAbsent(Opened.class, _ -> Opened.with(provider), Opened.class)
                .session;
    }

    private record Opened(ToolSession session, Path state) implements AutoCloseable {
        static Opened with(LocalProvider provider) {
            try {
                Path state = Files.createTempDirectory("tools");
                return new Opened(new ToolSession(provider, state), state);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public void close() throws IOException {
            session.close();
            List<Path> all;
            try (Stream<Path> files = Files.walk(state)) {
                all = files.sorted(Comparator.reverseOrder()).toList();
            }
            for (Path file : all) {
                Files.delete(file);
            }
        }
    }
}
