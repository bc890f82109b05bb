package dev.belay.server.config;

import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * What values a setting takes.
 *
 * @param expectation completes the sentence "must be …"
 * @param form how TOML writes it
 * @param read the value of a text; empty if it is none
 */
record Kind<T>(String expectation, Form form, Function<String, Optional<T>> read) {
    /** How TOML writes a value. */
    enum Form {
        STRING,
        NUMBER,
        BOOLEAN
    }

    static Kind<String> text(String expectation) {
        return new Kind<>(expectation, Form.STRING, text -> text.isBlank() ? Optional.empty() : Optional.of(text));
    }

    /** Like {@link #text}, and the empty text means that nothing is set. */
    static Kind<Optional<String>> textOrNone(String expectation) {
        return new Kind<>(
                expectation, Form.STRING, text -> Optional.of(Optional.of(text).filter(t -> !t.isBlank())));
    }

    /** An absolute path; the empty text means that nothing is set. */
    static Kind<Optional<Path>> pathOrNone(String expectation) {
        return new Kind<>(expectation, Form.STRING, text -> {
            if (text.isBlank()) {
                return Optional.of(Optional.empty());
            }
            return text.startsWith("/") ? Optional.of(Optional.of(Path.of(text))) : Optional.empty();
        });
    }

    /** Values with commas between them; the empty text is the empty list. */
    static <T> Kind<List<T>> listOf(String expectation, Function<String, Optional<T>> element) {
        return new Kind<>(expectation, Form.STRING, text -> {
            List<T> values = new ArrayList<>();
            for (String part : text.isBlank() ? new String[0] : text.split(",", -1)) {
                Optional<T> value = element.apply(part.strip());
                if (value.isEmpty()) {
                    return Optional.empty();
                }
                values.add(value.get());
            }
            return Optional.of(List.copyOf(values));
        });
    }

    static Kind<String> oneOf(List<String> words) {
        return new Kind<>(
                "one of " + String.join(", ", words),
                Form.STRING,
                text -> words.contains(text) ? Optional.of(text) : Optional.empty());
    }

    static Kind<Boolean> truth() {
        return new Kind<>("true or false", Form.BOOLEAN, text -> switch (text) {
            case "true" -> Optional.of(true);
            case "false" -> Optional.of(false);
            default -> Optional.empty();
        });
    }

    static Kind<Long> whole(long least, long most) {
        return new Kind<>("a whole number from " + least + " to " + most, Form.NUMBER, text -> {
            try {
                long value = Long.parseLong(text);
                return value < least || value > most ? Optional.empty() : Optional.of(value);
            } catch (NumberFormatException e) {
                return Optional.empty();
            }
        });
    }

    static Kind<Double> decimal(double least, double most) {
        return new Kind<>("a number from " + least + " to " + most, Form.NUMBER, text -> {
            try {
                double value = new BigDecimal(text).doubleValue();
                return value < least || value > most ? Optional.empty() : Optional.of(value);
            } catch (NumberFormatException e) {
                return Optional.empty();
            }
        });
    }
}
