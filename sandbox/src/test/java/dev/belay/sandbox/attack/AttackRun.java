package dev.belay.sandbox.attack;

import dev.belay.sandbox.Sandbox;
import dev.belay.sandbox.SandboxLimits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/** Tries the catalogue on one level, in a process of that level's own: {@code AttackRun LEVEL DIRECTORY [ID...]}. Prints one line for each case. */
final class AttackRun {
    static final String LINE = "case\t";

    private final Map<String, Attack> attacks = new HashMap<>();
    private final Field field;
    private final Path state;
    private final Sandbox inside;

    private AttackRun(Field field) throws IOException {
        this.field = field;
        state = field.newState();
        inside = field.create(state, SandboxLimits.DEFAULT);
        attacks.putAll(FileAttacks.ALL);
        attacks.putAll(ArchiveAttacks.ALL);
        attacks.putAll(ResourceAttacks.ALL);
        attacks.putAll(LifeAttacks.ALL);
        attacks.putAll(ToolAttacks.ALL);
    }

    public static void main(String[] arguments) throws Exception {
        List<String> ids = List.of(arguments).subList(2, arguments.length);
        try (Field field = new Field(arguments[0], Path.of(arguments[1]))) {
            System.out.println("level " + field.provider.report());
            AttackRun run = new AttackRun(field);
            for (AttackCase attack : AttackCase.all()) {
                if (ids.isEmpty() || ids.contains(attack.id())) {
                    run.perform(attack);
                }
            }
        }
        System.out.println("done");
        System.exit(0);
    }

    private void perform(AttackCase attack) {
        String machine = System.getProperty("os.arch").replace("amd64", "x86_64");
        long begun = System.nanoTime();
        Verdict verdict;
        try {
            verdict = switch (attack.kind()) {
                case PY, SH, JAVA -> {
                    if (!attack.architecture().isEmpty()
                            && !attack.architecture().equals(machine)) {
                        throw new NotApplicableException("only on " + attack.architecture());
                    }
                    String seen = attack.kind() == AttackCase.Kind.JAVA
                            ? Objects.requireNonNull(attacks.get(attack.id()), attack.id())
                                    .tryOn(field)
                            : field.run(inside, attack);
                    yield new Verdict(attack.isHeldBy(seen) ? Verdict.HELD : Verdict.FAILED, seen);
                }
                case HOST, TEST, NONE -> null;
            };
            if (verdict != null && attack.id().equals("F15")) {
                verdict = withoutSetIdFiles(verdict);
            }
        } catch (NotApplicableException e) {
            verdict = new Verdict(Verdict.NOT_APPLICABLE, e.getMessage());
        } catch (Exception | AssertionError e) {
            verdict = new Verdict(Verdict.FAILED, e.toString());
        }
        if (verdict != null) {
            long millis = (System.nanoTime() - begun) / 1_000_000;
            System.out.println(LINE + attack.id() + "\t" + verdict.word() + "\t" + millis + "\t" + verdict.onOneLine());
        }
    }

    /** What a program leaves on the host's disk must give nobody there another user's rights. */
    private Verdict withoutSetIdFiles(Verdict verdict) throws IOException {
        try (Stream<Path> files = Files.walk(state.resolve("workspace"))) {
            List<Path> regular = files.filter(Files::isRegularFile).toList();
            for (Path file : regular) {
                int mode = (int) Files.getAttribute(file, "unix:mode", LinkOption.NOFOLLOW_LINKS);
                if ((mode & 06000) != 0) {
                    return new Verdict(Verdict.FAILED, "ESCAPED: " + file + " is set-id on the host");
                }
            }
            return regular.isEmpty() ? new Verdict(Verdict.FAILED, "no file was left to look at") : verdict;
        }
    }
}
