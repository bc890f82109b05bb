package dev.belay.sandbox.attack;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/** One table: attack, what must come of it, and what came of it on each level. */
final class Report {
    private final Map<Level, Map<String, Verdict>> verdicts = new EnumMap<>(Level.class);

    void add(String id, Level level, Verdict verdict) {
        verdicts.computeIfAbsent(level, _ -> new LinkedHashMap<>()).put(id, verdict);
    }

    List<String> failures(Level level) {
        return verdicts.getOrDefault(level, Map.of()).entrySet().stream()
                .filter(each -> each.getValue().word().equals(Verdict.FAILED))
                .map(each ->
                        AttackCase.named(each.getKey()) + ": " + each.getValue().seen())
                .toList();
    }

    Set<String> ids(Level level) {
        return verdicts.getOrDefault(level, Map.of()).keySet();
    }

    /** What came of it on a level, or on a host that is like that level but for what is amiss. */
    private String cell(AttackCase attack, Level level) {
        return verdicts.entrySet().stream()
                .filter(each -> each.getKey().word.equals(level.word))
                .flatMap(each -> Stream.ofNullable(each.getValue().get(attack.id())))
                .map(each -> each.word() + (each.word().equals(Verdict.HELD) ? "" : ": " + each.onOneLine()))
                .findFirst()
                .orElse("");
    }

    /** Writes the table and returns the summary in one line. */
    String write(Path file) throws IOException {
        StringBuilder table =
                new StringBuilder("| Attack | Must print | root | user | container |\n|---|---|---|---|---|\n");
        Map<String, Integer> counts = new TreeMap<>();
        for (AttackCase attack : AttackCase.all()) {
            table.append("| ").append(attack).append(" | ");
            switch (attack.kind()) {
                case NONE -> {
                    table.append("not tried: ")
                            .append(attack.text().replace('\n', ' '))
                            .append(" | | | |\n");
                    counts.merge("not tried", 1, Integer::sum);
                }
                case TEST -> {
                    table.append("tried by ")
                            .append(attack.text().replaceAll("^.*/", ""))
                            .append(" | | | |\n");
                    counts.merge("tried by other tests", 1, Integer::sum);
                }
                case PY, SH, JAVA, HOST -> {
                    table.append('`')
                            .append(attack.expected().pattern().replace("|", "\\|"))
                            .append('`');
                    for (Level level : Level.all()) {
                        table.append(" | ").append(cell(attack, level));
                    }
                    table.append(" |\n");
                }
            }
        }
        StringBuilder summary = new StringBuilder("result: `attacks`: ")
                .append(AttackCase.all().size())
                .append(" cases ")
                .append(counts);
        for (Level level : Level.all()) {
            Map<String, Integer> count = new TreeMap<>(Map.of(Verdict.HELD, 0, Verdict.FAILED, 0));
            verdicts.forEach((each, its) -> {
                if (each.word.equals(level.word)) {
                    its.values().forEach(verdict -> count.merge(verdict.word(), 1, Integer::sum));
                }
            });
            summary.append("; ").append(level.word).append(' ').append(count);
        }
        Files.writeString(file, table + "\n" + summary + "\n");
        return summary.toString();
    }
}
