package dev.belay.agent.permission;

import dev.belay.agent.tool.ToolContext;
import dev.belay.agent.tool.ToolSubject;
import dev.belay.api.BelayException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What a call is about, on its way to the rules. What costs something is found out when the first rule asks for it. For one thread. */
final class RuledSubject {
    private final ToolSubject subject;
    private final ToolContext context;
    private @Nullable ShellCommand command;
    private @Nullable List<String> paths;
    private boolean certain = true;

    RuledSubject(ToolSubject subject, ToolContext context) {
        this.subject = subject;
        this.context = context;
    }

    List<String> names() {
        return subject.names();
    }

    String directory() {
        return context.directory();
    }

    Optional<ShellCommand> command() {
        if (command == null) {
            command = subject.command().map(ShellCommand::new).orElse(null);
        }
        return Optional.ofNullable(command);
    }

    /** The file as it is named, and as what it is when links are followed, where that differs. */
    List<String> paths() {
        List<String> known = paths;
        if (known == null) {
            known = subject.path().map(this::resolved).orElse(List.of());
            paths = known;
        }
        return known;
    }

    /** Whether it is known where the path leads. */
    boolean pathIsCertain() {
        return !paths().isEmpty() && certain;
    }

    private List<String> resolved(String path) {
        String named = context.resolve(path);
        String lexical = withoutStepsUp(named);
        Optional<String> real = real(named);
        certain = real.isPresent();
        return real.filter(followed -> !followed.equals(lexical))
                .map(followed -> List.of(lexical, followed))
                .orElse(List.of(lexical));
    }

    private static String withoutStepsUp(String path) {
        Deque<String> names = new ArrayDeque<>();
        for (String name : Arrays.asList(path.split("/"))) {
            if (name.equals("..")) {
                names.pollLast();
            } else if (!name.isEmpty()) {
                names.addLast(name);
            }
        }
        return "/" + String.join("/", names);
    }

    /** Where the path leads; of what is not there yet, where it will be. Empty if that cannot be told. */
    private Optional<String> real(String path) {
        List<String> missing = new ArrayList<>();
        String there = path;
        while (true) {
            try {
                String real = context.sandbox().files().stat(there).path();
                return Optional.of(missing.isEmpty() ? real : real + "/" + String.join("/", missing.reversed()));
            } catch (BelayException e) {
                int slash = there.lastIndexOf('/');
                String name = there.substring(slash + 1);
                if (!e.code().equals("file_not_found") || slash <= 0 || name.equals("..")) {
                    return Optional.empty();
                }
                missing.add(name);
                there = there.substring(0, slash);
            }
        }
    }
}
