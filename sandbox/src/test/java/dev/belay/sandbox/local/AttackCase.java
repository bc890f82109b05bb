package dev.belay.sandbox.local;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;

/** One attack of the catalogue; the form of the file is said at its top. */
record AttackCase(String id, String kind, String title, Pattern expected, String architecture, String code) {
    private static final Pattern VERDICT_OF_FAILURE = Pattern.compile("ESCAPED|LEAK|WRITABLE");

    static List<AttackCase> all() {
        List<AttackCase> cases = new ArrayList<>();
        for (String block : resource("part1.cases").split("(?m)^== ", -1)) {
            if (!block.startsWith("#")) {
                cases.add(parse(block));
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
        int at = 1;
        if (lines[at].startsWith("only ")) {
            architecture = lines[at++].substring("only ".length());
        }
        Pattern expected = Pattern.compile(lines[at++].substring("expect ".length()));
        String code =
                String.join("\n", List.of(lines).subList(at, lines.length)).strip() + "\n";
        return new AttackCase(header[0], header[1], header[2], expected, architecture, code);
    }

    static String resource(String name) {
        try (InputStream in = AttackCase.class.getResourceAsStream("/attacks/" + name)) {
            return new String(Objects.requireNonNull(in, name).readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    String codeFor(int port, String socket) {
        return code.replace("{PORT}", Integer.toString(port)).replace("{SOCKET}", socket);
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
