package dev.belay.eventlog;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/** The ways in which a program would print a value: as it is, inside JSON, percent-encoded, in hex, in base64 at any alignment. */
final class SecretForms {
    /** JSON in a string of JSON in a string of JSON: a tool's input that quotes a program's output. */
    private static final int JSON_LEVELS = 3;

    private static final Pattern PERCENT = Pattern.compile("%[0-9A-F]{2}");
    private static final HexFormat HEX = HexFormat.of();

    private SecretForms() {}

    static Set<String> of(String value) {
        Set<String> forms = new LinkedHashSet<>();
        forms.add(value);
        addJson(forms, jsonEscaped(value, 0x10ffff));
        addJson(forms, jsonEscaped(value, 0x7e));
        addPercent(forms, value);
        byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
        forms.add(HEX.formatHex(bytes));
        forms.add(HEX.formatHex(bytes).toUpperCase(Locale.ROOT));
        for (int shift = 0; shift < 3; shift++) {
            addBase64(forms, bytes, shift);
        }
        forms.removeIf(form -> form.length() < Redactor.SHORTEST_SECRET);
        return forms;
    }

    private static void addJson(Set<String> forms, String escaped) {
        String form = escaped;
        for (int level = 0; level < JSON_LEVELS; level++) {
            forms.add(form);
            form = jsonEscaped(form, 0x10ffff);
        }
    }

    /** What encoders differ in: the space, and which marks they leave as they are. */
    private static void addPercent(Set<String> forms, String value) {
        String form = URLEncoder.encode(value, StandardCharsets.UTF_8);
        String plus = form.replace("*", "%2A").replace("%7E", "~");
        String spaced = form.replace("+", "%20");
        String path = plus.replace("+", "%20");
        String component = without(path, "!'()*");
        String whole = without(component, ";/?:@&=+$,#");
        for (String encoded : List.of(form, plus, spaced, path, component, whole)) {
            for (String each : List.of(encoded, without(encoded, "/"))) {
                forms.add(each);
                forms.add(
                        PERCENT.matcher(each).replaceAll(found -> found.group().toLowerCase(Locale.ROOT)));
            }
        }
    }

    /** With those marks as they are. */
    private static String without(String encoded, String marks) {
        String form = encoded;
        for (char mark : marks.toCharArray()) {
            form = form.replace("%" + HEX.withUpperCase().toHexDigits((byte) mark), String.valueOf(mark));
        }
        return form;
    }

    /** The characters that stay the same whatever stands before (by alignment) and behind the value. */
    private static void addBase64(Set<String> forms, byte[] bytes, int shift) {
        byte[] shifted = new byte[bytes.length + shift];
        System.arraycopy(bytes, 0, shifted, shift, bytes.length);
        String text = Base64.getEncoder().encodeToString(shifted);
        int first = (shift * 8 + 5) / 6;
        int end = shifted.length * 8 / 6;
        String stable = text.substring(Math.min(first, end), end);
        forms.add(stable);
        forms.add(stable.replace('+', '-').replace('/', '_'));
    }

    /** @param highest characters above it are escaped too, as encoders do that keep to ASCII */
    private static String jsonEscaped(String value, int highest) {
        StringBuilder escaped = new StringBuilder(value.length());
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            switch (c) {
                case '"', '\\' -> escaped.append('\\').append(c);
                case '\n' -> escaped.append("\\n");
                case '\r' -> escaped.append("\\r");
                case '\t' -> escaped.append("\\t");
                case '\b' -> escaped.append("\\b");
                case '\f' -> escaped.append("\\f");
                default -> {
                    if (c < ' ' || c > highest) {
                        escaped.append("\\u").append(HEX.toHexDigits(c));
                    } else {
                        escaped.append(c);
                    }
                }
            }
        }
        return escaped.toString();
    }
}
