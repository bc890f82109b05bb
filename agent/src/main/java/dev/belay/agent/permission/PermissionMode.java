package dev.belay.agent.permission;

import dev.belay.api.InvalidRequestException;
import java.util.Arrays;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What happens to a call of a tool that no rule speaks of (contract: Cloud Agent 3.2, {@code permission_mode}). Calls that only read run in every mode. */
public enum PermissionMode {
    /** Everything runs: the walls are those of the sandbox. */
    BYPASS("bypassPermissions"),
    /** Changes of files run, everything else that changes something is asked for. */
    ACCEPT_EDITS("acceptEdits"),
    /** Nothing that changes something runs, whatever the rules allow. */
    PLAN("plan"),
    /** Everything that changes something is asked for. */
    DEFAULT("default");

    private final String word;

    PermissionMode(String word) {
        this.word = word;
    }

    /** The word used on the wire. */
    public String word() {
        return word;
    }

    /** This one or the other, whichever lets less through without asking. */
    PermissionMode stricter(PermissionMode other) {
        return Stream.of(PLAN, DEFAULT, ACCEPT_EDITS)
                .filter(mode -> mode == this || mode == other)
                .findFirst()
                .orElse(BYPASS);
    }

    /** @throws InvalidRequestException naming the known ones if there is none of that word */
    public static PermissionMode of(String word) {
        return Arrays.stream(values())
                .filter(mode -> mode.word.equals(word))
                .findFirst()
                .orElseThrow(() -> new InvalidRequestException(
                        "permission_mode",
                        "there is no permission_mode \"" + word + "\"; there are "
                                + Arrays.stream(values())
                                        .map(PermissionMode::word)
                                        .collect(Collectors.joining(", "))));
    }
}
