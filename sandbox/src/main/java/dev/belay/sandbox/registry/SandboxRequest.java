package dev.belay.sandbox.registry;

import dev.belay.api.InvalidRequestException;
import dev.belay.sandbox.SandboxLimits;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a sandbox that is kept is to be. Stored, so that it can be started again as it was.
 *
 * @param name for people; need not be unique
 * @param language what its owner means to run; kept and told, every language is there in each sandbox
 * @param projects project directories of the workspace, shown at {@code /workspace/NAME}
 * @param autoStop stopped when it was not used for so long; empty for never
 * @param autoDestroy destroyed, files and all, when it was not used for so long; empty for never
 */
public record SandboxRequest(
        Optional<String> name,
        Optional<String> language,
        Map<String, String> labels,
        SandboxLimits limits,
        List<String> projects,
        Optional<Duration> autoStop,
        Optional<Duration> autoDestroy) {
    private static final int MOST_LABELS = 64;
    private static final int LONGEST_WORD = 256;
    private static final int MOST_PROJECTS = 32;

    public SandboxRequest {
        labels = Map.copyOf(labels);
        projects = List.copyOf(projects);
        name.ifPresent(text -> requireShort("name", text));
        language.ifPresent(text -> requireShort("language", text));
        if (labels.size() > MOST_LABELS) {
            throw new InvalidRequestException("labels", "there are more than " + MOST_LABELS + " labels");
        }
        labels.forEach((key, value) -> {
            requireShort("labels", key);
            requireShort("labels", value);
        });
        if (projects.size() > MOST_PROJECTS) {
            throw new InvalidRequestException("projects", "there are more than " + MOST_PROJECTS + " projects");
        }
        autoStop.ifPresent(duration -> requirePositive("auto_stop", duration));
        autoDestroy.ifPresent(duration -> requirePositive("auto_destroy", duration));
    }

    private static void requireShort(String field, String text) {
        if (text.length() > LONGEST_WORD) {
            throw new InvalidRequestException(
                    field, "the field \"" + field + "\" holds more than " + LONGEST_WORD + " characters");
        }
    }

    private static void requirePositive(String field, Duration duration) {
        if (!duration.isPositive()) {
            throw new InvalidRequestException(field, "the field \"" + field + "\" must be positive");
        }
    }
}
