package dev.belay.cli.doctor;

import java.util.List;
import java.util.Map;

/**
 * Environment variables that hold keys of model providers: their names, never their values.
 *
 * @param set those that are set here
 */
record ModelKeys(List<String> set) {
    private static final List<String> KNOWN = List.of("ANTHROPIC_API_KEY", "OPENAI_API_KEY");

    static ModelKeys in(Map<String, String> environment) {
        return new ModelKeys(KNOWN.stream()
                .filter(name -> !environment.getOrDefault(name, "").isBlank())
                .toList());
    }
}
