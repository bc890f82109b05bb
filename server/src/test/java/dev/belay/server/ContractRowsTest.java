package dev.belay.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The table of the Cloud Agent contract's rows names tests that are there, and gives a reason where it names none. */
class ContractRowsTest {
    private static final Path ROOT = Path.of("..");
    private static final int ROWS = 46;
    private static final Pattern TEST = Pattern.compile("`(\\w+Test)\\.(\\w+)`");

    private record Row(String name, String tests, String leftOut) {}

    @Test
    void everyRowNamesItsTestsOrAReason() throws IOException {
        Map<String, Path> classes = testClasses();
        List<Row> rows = rows();
        assertThat(rows).extracting(Row::name).hasSize(ROWS).doesNotHaveDuplicates();
        for (Row row : rows) {
            Matcher named = TEST.matcher(row.tests());
            boolean any = false;
            while (named.find()) {
                any = true;
                assertThat(classes).as("row \"%s\"", row.name()).containsKey(named.group(1));
                assertThat(Files.readString(classes.get(named.group(1))))
                        .as("%s, for row \"%s\"", named.group(1), row.name())
                        .containsPattern("void " + named.group(2) + "\\(");
            }
            assertThat(any || !row.leftOut().isBlank())
                    .as("row \"%s\" has tests, or a reason why it has none", row.name())
                    .isTrue();
        }
    }

    private static List<Row> rows() throws IOException {
        List<Row> rows = new ArrayList<>();
        for (String line : Files.readAllLines(ROOT.resolve("docs/contracts/cloud-agent.md"))) {
            String[] cells = line.split("\\|", -1);
            if (cells.length == 5 && !cells[1].startsWith("--") && !cells[1].equals(" Row ")) {
                rows.add(new Row(cells[1].strip(), cells[2], cells[3]));
            }
        }
        return rows;
    }

    /** Of all modules, by their names. */
    private static Map<String, Path> testClasses() throws IOException {
        Map<String, Path> classes = new HashMap<>();
        try (Stream<Path> modules = Files.list(ROOT)) {
            for (Path module : modules.toList()) {
                Path tests = module.resolve("src/test/java");
                if (Files.isDirectory(tests)) {
                    try (Stream<Path> files = Files.walk(tests)) {
                        files.filter(file -> file.toString().endsWith("Test.java"))
                                .forEach(file -> classes.put(
                                        file.getFileName().toString().replace(".java", ""), file));
                    }
                }
            }
        }
        return classes;
    }
}
