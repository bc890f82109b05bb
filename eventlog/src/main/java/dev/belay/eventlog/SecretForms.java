package dev.belay.eventlog;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Set;

/** The ways in which a program would print a value: as it is, inside JSON, percent-encoded, in hex, in base64 at any alignment. */
final class SecretForms {
    private SecretForms() {}

    static Set<String> of(String value) {
        Set<String> forms = new LinkedHashSet<>();
        forms.add(value);
        String once = jsonEscaped(value);
        forms.add(once);
        forms.add(jsonEscaped(once));
        forms.add(URLEncoder.encode(value, StandardCharsets.UTF_8));
        byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
        String hex = HexFormat.of().formatHex(bytes);
        forms.add(hex);
        forms.add(hex.toUpperCase(Locale.ROOT));
        for (int shift = 0; shift < 3; shift++) {
            addBase64(forms, bytes, shift);
        }
        forms.removeIf(form -> form.length() < Redactor.SHORTEST_SECRET);
        return forms;
    }

    /** The characters that stay the same whatever stands before (by alignment) and behind the value. */
    private static void addBase64(Set<String> forms, byte[] bytes, int shift) {
        byte[] shifted = new byte[bytes.length + shift];
        System.arraycopy(bytes, 0, shifted, shift, bytes.length);
        int whole = shifted.length - shifted.length % 3;
        String text = Base64.getEncoder().withoutPadding().encodeToString(Arrays.copyOf(shifted, whole));
        String stable = shift == 0 ? text : text.substring(4);
        forms.add(stable);
        forms.add(stable.replace('+', '-').replace('/', '_'));
    }

    private static String jsonEscaped(String value) {
        StringBuilder escaped = new StringBuilder(value.length());
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            switch (c) {
                case '"', '\\' -> escaped.append('\\').append(c);
                case '\n' -> escaped.append("\\n");
                case '\r' -> escaped.append("\\r");
                case '\t' -> escaped.append("\\t");
                default -> escaped.append(c);
            }
        }
        return escaped.toString();
    }
}
