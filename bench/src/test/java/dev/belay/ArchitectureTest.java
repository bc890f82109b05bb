package dev.belay;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameStartingWith;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** The arrows of the house: which module may use which, and where the types of the outside world may appear. */
class ArchitectureTest {
    /** What each module may use, besides what those may use in turn. */
    private static final Map<String, List<String>> MAY_USE = new LinkedHashMap<>();

    static {
        MAY_USE.put("api", List.of());
        MAY_USE.put("store", List.of("api"));
        MAY_USE.put("tenancy", List.of("api", "store"));
        MAY_USE.put("eventlog", List.of("api", "store"));
        MAY_USE.put("sandbox", List.of("api", "store", "eventlog"));
        MAY_USE.put("agent", List.of("api", "store", "eventlog", "sandbox"));
        MAY_USE.put("agent.anthropic", List.of("api", "agent"));
        MAY_USE.put("agent.openai", List.of("api", "agent"));
        List<String> engine =
                List.of("api", "store", "tenancy", "eventlog", "sandbox", "agent", "agent.anthropic", "agent.openai");
        MAY_USE.put("server", engine);
        MAY_USE.put("client", List.of("api"));
        MAY_USE.put("cli", and(engine, "server", "client"));
        MAY_USE.put("modeldouble", List.of());
        MAY_USE.put("bench", and(engine, "server", "client", "cli", "modeldouble"));
    }

    private static final JavaClasses BELAY = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            // A module for tests only.
            .withImportOption(location -> !location.contains("testpostgres"))
            .importPackages("dev.belay");

    @TestFactory
    List<DynamicTest> arrowsBetweenModulesPointDown() {
        List<DynamicTest> tests = new ArrayList<>();
        MAY_USE.forEach((module, allowed) -> tests.add(DynamicTest.dynamicTest(module, () -> {
            List<String> forbidden = MAY_USE.keySet().stream()
                    .filter(other -> !other.equals(module) && !allowed.contains(other))
                    .map(ArchitectureTest::within)
                    .toList();
            assertThat(BELAY.that(belongTo(module))).isNotEmpty();
            noClasses()
                    .that(belongTo(module))
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage(forbidden.toArray(String[]::new))
                    .allowEmptyShould(true)
                    .check(BELAY);
        })));
        return tests;
    }

    private static String within(String module) {
        return "dev.belay." + module + "..";
    }

    /** In the module's package or below it, but not in that of a module whose package lies below it, as {@code agent.openai} below {@code agent}. */
    private static DescribedPredicate<JavaClass> belongTo(String module) {
        String[] below = MAY_USE.keySet().stream()
                .filter(other -> other.startsWith(module + "."))
                .map(ArchitectureTest::within)
                .toArray(String[]::new);
        return resideInAPackage(within(module)).and(not(resideInAnyPackage(below)));
    }

    private static List<String> and(List<String> modules, String... more) {
        List<String> all = new ArrayList<>(modules);
        all.addAll(List.of(more));
        return all;
    }

    @Test
    void typesOfAModelVendorStayInTheModuleThatCallsIt() {
        noClasses()
                .that(not(resideInAPackage("dev.belay.agent.anthropic..")))
                .should()
                .dependOnClassesThat()
                .resideInAPackage("com.anthropic..")
                .check(BELAY);
        noClasses()
                .that(not(resideInAPackage("dev.belay.agent.openai..")))
                .should()
                .dependOnClassesThat()
                .resideInAPackage("com.openai..")
                .check(BELAY);
    }

    @Test
    void noCycleBetweenPackages() {
        slices().matching("dev.belay.(**)").should().beFreeOfCycles().check(BELAY);
    }

    @Test
    void theVocabularyDependsOnNothing() {
        classes()
                .that()
                .resideInAPackage("dev.belay.api..")
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage("dev.belay.api..", "java..", "org.jspecify..")
                .check(BELAY);
    }

    @Test
    void sqlStaysInTheStoreAndInClassesNamedStore() {
        noClasses()
                .that(not(resideInAPackage("dev.belay.store..")).and(not(named("Store"))))
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("java.sql..", "javax.sql..", "org.sqlite..", "org.flywaydb..")
                .check(BELAY);
    }

    @Test
    void jsonTypesStayInCodecsAndOnTheWire() {
        noClasses()
                .that(not(resideInAnyPackage(
                                "dev.belay.server..",
                                "dev.belay.client..",
                                "dev.belay.cli..",
                                "dev.belay.bench..",
                                "dev.belay.agent.mcp.."))
                        .and(not(named("Codec")))
                        .and(not(named("StoredJson"))))
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("tools.jackson..", "com.fasterxml.jackson..", "com.networknt..")
                .check(BELAY);
    }

    @Test
    void typesOfTheModelContextProtocolStayWhereItIsSpoken() {
        noClasses()
                .that(not(resideInAnyPackage("dev.belay.agent.mcp..", "dev.belay.server.mcp..")))
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.modelcontextprotocol..", "reactor..")
                .check(BELAY);
    }

    @Test
    void httpServerTypesStayInTheServer() {
        noClasses()
                // The peers that are measured beside it.
                .that(not(resideInAPackage("dev.belay.server.."))
                        .and(not(nameStartingWith("dev.belay.bench.session.BareJavalin")))
                        .and(not(nameStartingWith("dev.belay.bench.session.BareJetty"))))
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.javalin..", "org.eclipse.jetty..", "jakarta.servlet..")
                .check(BELAY);
    }

    @Test
    void providersKnowNeitherStoreNorEventLog() {
        noClasses()
                .that()
                .resideInAPackage("dev.belay.sandbox.local..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("dev.belay.store..", "dev.belay.eventlog..")
                .check(BELAY);
    }

    @Test
    void theHostsProcessesAreStartedByTheLocalProviderOnly() {
        noClasses()
                .that(not(resideInAnyPackage("dev.belay.sandbox.local..", "dev.belay.bench..")))
                .should()
                .dependOnClassesThat()
                .areAssignableTo(ProcessBuilder.class)
                .orShould()
                .callMethod(Runtime.class, "exec", String[].class)
                .check(BELAY);
    }

    @Test
    void everyPackageIsNullMarked() {
        List<String> missing = BELAY.stream()
                .filter(c -> !c.getSimpleName().equals("package-info"))
                .map(JavaClass::getPackage)
                .distinct()
                .filter(p -> p.tryGetAnnotationOfType("org.jspecify.annotations.NullMarked")
                        .isEmpty())
                .map(p -> p.getName())
                .toList();
        assertThat(missing).isEmpty();
    }

    @Test
    void namesSayWhatAThingIs() {
        noClasses()
                .that(not(modifier(JavaModifier.SYNTHETIC)))
                .should()
                .haveNameMatching(".*\\.(Base|Abstract)[A-Z]\\w*|.*(Impl|Util|Utils|Helper|Manager|Info|Data)")
                .orShould()
                .resideInAnyPackage("..util..", "..common..", "..helper..", "..manager..", "..impl..", "..misc..")
                .check(BELAY);
    }

    private static DescribedPredicate<JavaClass> modifier(JavaModifier modifier) {
        return DescribedPredicate.describe(
                "are " + modifier, c -> c.getModifiers().contains(modifier));
    }

    /** A class, or one nested in a class, whose name ends so. */
    private static DescribedPredicate<JavaClass> named(String ending) {
        return DescribedPredicate.describe("are named …" + ending, c -> {
            JavaClass outer = c;
            while (outer.getEnclosingClass().isPresent()) {
                outer = outer.getEnclosingClass().get();
            }
            return outer.getSimpleName().endsWith(ending);
        });
    }
}
