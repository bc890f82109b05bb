package dev.belay.agent.tool;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * One thing that a call is about, as permission rules see it.
 *
 * @param names the tools whose rules speak of it: its own, and that of its kind ({@code Bash} for all that run shell commands, {@code Edit}
 *     for all that change files, {@code Read} for all that read them)
 * @param command the shell command that it runs
 * @param path the file or directory, as the model wrote it
 */
public record ToolSubject(List<String> names, Optional<String> command, Optional<String> path) {
    public ToolSubject {
        names = List.copyOf(names);
    }

    /** Something of which no more is known than the tool. */
    public static ToolSubject of(String tool) {
        return new ToolSubject(List.of(tool), Optional.empty(), Optional.empty());
    }

    /** It runs this with a shell. */
    public ToolSubject running(String shellCommand) {
        return new ToolSubject(also("Bash"), Optional.of(shellCommand), path);
    }

    /** It changes that file. */
    public ToolSubject changing(String file) {
        return new ToolSubject(also("Edit"), command, Optional.of(file));
    }

    /** It reads that file, or what lies beneath that directory. */
    public ToolSubject reading(String file) {
        return new ToolSubject(also("Read"), command, Optional.of(file));
    }

    /** It is done by that other tool. */
    public ToolSubject by(String tool) {
        return new ToolSubject(also(tool), command, path);
    }

    private List<String> also(String name) {
        if (names.contains(name)) {
            return names;
        }
        List<String> all = new ArrayList<>(names);
        all.add(name);
        return all;
    }
}
