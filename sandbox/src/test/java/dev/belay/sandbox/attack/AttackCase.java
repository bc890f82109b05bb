package dev.belay.sandbox.attack;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;

/**
 * One attack of the catalogue; the form of the files is said at their tops.
 *
 * @param kind who performs it
 * @param expected what must come of it; matches anything where the kind performs nothing
 * @param architecture the only one that has what it tries, or empty
 * @param text code to be run inside; where it is tested instead; or why it does not apply
 */
record AttackCase(String id, Kind kind, String title, Pattern expected, String architecture, String text) {
    private static final Pattern VERDICT_OF_FAILURE = Pattern.compile("ESCAPED|LEAK|WRITABLE");

    enum Kind {
        /** A Python program inside. */
        PY,
        /** A shell line inside. */
        SH,
        /** A method of the suite, of that id. */
        JAVA,
        /** A host with something amiss, made by {@link AttackTest}. */
        HOST,
        /** Another test, named. */
        TEST,
        /** Nobody: it concerns a part that is not there, or cannot be tried; the text says why. */
        NONE
    }

    static List<AttackCase> all() {
        List<AttackCase> cases = new ArrayList<>();
        for (String file : List.of("part1.cases", "part2.cases")) {
            for (String block : resource(file).split("(?m)^== ", -1)) {
                if (!block.startsWith("#")) {
                    cases.add(parse(block));
                }
            }
        }
        return cases;
    }

    static AttackCase named(String id) {
        return all().stream().filter(each -> each.id().equals(id)).findFirst().orElseThrow();
    }

    private static AttackCase parse(String block) {
        String[] lines = block.split("\n", -1);
        String[] header = lines[0].split(" ", 3);
        String architecture = "";
        String expected = "";
        int at = 1;
        if (lines[at].startsWith("only ")) {
            architecture = lines[at++].substring("only ".length());
        }
        if (lines[at].startsWith("expect ")) {
            expected = lines[at++].substring("expect ".length());
        }
        String text =
                String.join("\n", List.of(lines).subList(at, lines.length)).strip();
        return new AttackCase(
                header[0],
                Kind.valueOf(header[1].toUpperCase(java.util.Locale.ROOT)),
                header[2],
                Pattern.compile(expected),
                architecture,
                text);
    }

    static String resource(String name) {
        try (InputStream in = AttackCase.class.getResourceAsStream("/attacks/" + name)) {
            return new String(Objects.requireNonNull(in, name).readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    String codeFor(int port, String socket) {
        return text.replace("{PORT}", Integer.toString(port)).replace("{SOCKET}", socket) + "\n";
    }

    boolean isHeldBy(String output) {
        return expected.matcher(output).find()
                && !VERDICT_OF_FAILURE.matcher(output).find();
    }

    @Override
    public String toString() {
        return id + " " + title;
    }
}
