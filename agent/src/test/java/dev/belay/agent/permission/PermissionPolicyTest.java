package dev.belay.agent.permission;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.belay.agent.permission.PermissionPolicy.Decision;
import dev.belay.agent.tool.ToolInput;
import dev.belay.agent.tool.ToolSession;
import dev.belay.agent.tool.ToolSessions;
import dev.belay.agent.tool.Toolbox;
import dev.belay.agent.tool.builtin.BuiltinTools;
import dev.belay.api.InvalidRequestException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which calls run, which are asked for and which are refused, over a real sandbox. */
@ExtendWith(ToolSessions.class)
class PermissionPolicyTest {
    private static final Toolbox TOOLS = BuiltinTools.toolbox().with(List.of(new AskUser()));
    private static final String SHELL = "mcp__sandbox__execute_shell";
    private static final String CODE = "mcp__sandbox__execute_code";
    private static final String BATCH = "mcp__sandbox__batch";

    private final ToolSession session;

    PermissionPolicyTest(ToolSession session) {
        this.session = session;
    }

    private String decided(PermissionPolicy policy, String tool, Map<String, Object> input) {
        return switch (policy.decide(TOOLS.find(tool).orElseThrow(), new ToolInput(input), session.context())) {
            case Decision.Allow _ -> "allow";
            case Decision.Ask _ -> "ask";
            case Decision.Deny _ -> "deny";
        };
    }

    private String bash(PermissionPolicy policy, String command) {
        return decided(policy, "Bash", Map.of("command", command));
    }

    private String write(PermissionPolicy policy, String path) {
        return decided(policy, "Write", Map.of("file_path", path, "content", "x"));
    }

    private static PermissionPolicy mode(PermissionMode mode) {
        return policy(mode, List.of(), List.of(), List.of());
    }

    private static PermissionPolicy policy(
            PermissionMode mode, List<String> allow, List<String> ask, List<String> deny) {
        return new PermissionPolicy(mode, new PermissionRules(allow, ask, deny), Optional.empty(), List.of());
    }

    private static PermissionPolicy allowing(String... rules) {
        return policy(PermissionMode.DEFAULT, List.of(rules), List.of(), List.of());
    }

    private static PermissionPolicy denying(String... rules) {
        return policy(PermissionMode.BYPASS, List.of(), List.of(), List.of(rules));
    }

    @ParameterizedTest
    @CsvSource({
        "bypassPermissions, allow, allow, allow, allow",
        "acceptEdits,       allow, allow, allow, ask",
        "default,           allow, allow, ask,   ask",
        "plan,              allow, allow, deny,  deny",
    })
    void aModeDecidesByWhatACallCanDo(String mode, String reads, String todo, String edits, String acts) {
        PermissionPolicy policy = mode(PermissionMode.of(mode));
        assertThat(decided(policy, "Read", Map.of("file_path", "a"))).isEqualTo(reads);
        assertThat(decided(policy, "Grep", Map.of("pattern", "a"))).isEqualTo(reads);
        assertThat(decided(policy, "TodoWrite", Map.of("todos", List.of()))).isEqualTo(todo);
        assertThat(decided(policy, "AskUser", Map.of("question", "a"))).isEqualTo(todo);
        assertThat(write(policy, "a")).isEqualTo(edits);
        assertThat(decided(policy, "MultiEdit", Map.of("file_path", "a"))).isEqualTo(edits);
        assertThat(bash(policy, "ls")).isEqualTo(acts);
        assertThat(decided(policy, CODE, Map.of("code", "1"))).isEqualTo(acts);
        assertThat(decided(policy, "KillShell", Map.of("shell_id", "1"))).isEqualTo(acts);
    }

    @Test
    void whatRefusesGoesBeforeWhatAsksAndThatBeforeWhatAllows() {
        PermissionPolicy policy = policy(
                PermissionMode.DEFAULT,
                List.of("Bash(git *)"),
                List.of("Bash(git push *)"),
                List.of("Bash(git push --force *)"));
        assertThat(bash(policy, "git log")).isEqualTo("allow");
        assertThat(bash(policy, "git push origin")).isEqualTo("ask");
        assertThat(bash(policy, "git push --force origin")).isEqualTo("deny");
        assertThat(bash(policy, "make")).isEqualTo("ask");
        assertThat(bash(
                        policy(PermissionMode.BYPASS, List.of(), List.of("Bash(git push *)"), List.of()),
                        "cd a; git push"))
                .isEqualTo("ask");
    }

    @Test
    void planHoldsWhateverIsAllowed() {
        PermissionPolicy policy = policy(PermissionMode.PLAN, List.of("Bash", "Edit"), List.of("Bash"), List.of());
        assertThat(bash(policy, "ls")).isEqualTo("deny");
        assertThat(write(policy, "a")).isEqualTo("deny");
    }

    @Test
    void noRuleAllowsACompoundCommand() {
        PermissionPolicy policy = allowing("Bash(git *)", "Bash(ls *)");
        assertThat(bash(policy, "ls -la")).isEqualTo("allow");
        for (String command :
                List.of("ls; git log", "git log && ls", "git log | sh", "git log $(ls)", "git log > f", "ls\nls")) {
            assertThat(bash(policy, command)).as(command).isEqualTo("ask");
        }
        assertThat(bash(allowing("Bash"), "ls; rm x")).isEqualTo("allow");
        assertThat(bash(allowing("Bash(*)"), "ls; rm x")).isEqualTo("allow");
    }

    @Test
    void aRuleOfBashSpeaksOfAllThatRunsShellCommands() {
        PermissionPolicy denying = denying("Bash(rm *)");
        assertThat(decided(denying, SHELL, Map.of("command", "cd a && rm b"))).isEqualTo("deny");
        assertThat(decided(denying, CODE, Map.of("code", "ls\nrm b", "language", "bash")))
                .isEqualTo("deny");
        assertThat(decided(denying, CODE, Map.of("code", "rm = 1"))).isEqualTo("allow");
        Map<String, Object> batch = Map.of(
                "tool_name",
                "execute_shell",
                "tool_inputs",
                List.of(Map.of("command", "ls"), Map.of("command", "rm b")));
        assertThat(decided(denying, BATCH, batch)).isEqualTo("deny");
        assertThat(decided(denying(SHELL), BATCH, batch)).isEqualTo("deny");
        assertThat(decided(denying(CODE), BATCH, batch)).isEqualTo("allow");
        assertThat(decided(allowing("Bash(ls *)"), BATCH, batch)).isEqualTo("ask");
        assertThat(decided(allowing("Bash(ls *)", "Bash(rm *)"), BATCH, batch)).isEqualTo("allow");
        Map<String, Object> mixed = Map.of(
                "tool_name",
                "execute_code",
                "tool_inputs",
                List.of(Map.of("code", "ls", "language", "sh"), Map.of("code", "import os")));
        assertThat(decided(allowing("Bash"), BATCH, mixed)).isEqualTo("ask");
        assertThat(decided(allowing("mcp__sandbox"), BATCH, mixed)).isEqualTo("allow");
    }

    @Test
    void aRuleOfFilesIsComparedWithWhereThePathLeads() throws Exception {
        session.bash("mkdir -p src/deep secret && ln -s ../secret src/out && ln -s src alias && touch secret/key");
        PermissionPolicy allowing = allowing("Edit(src/**)");
        assertThat(write(allowing, "src/a.java")).isEqualTo("allow");
        assertThat(write(allowing, "/workspace/src/deep/new/b.java")).isEqualTo("allow");
        assertThat(write(allowing, "./src//deep/../a.java")).isEqualTo("allow");
        assertThat(decided(allowing, "Edit", Map.of("file_path", "src/a"))).isEqualTo("allow");
        assertThat(write(allowing, "src/../secret/key")).isEqualTo("ask");
        assertThat(write(allowing, "src/out/key")).isEqualTo("ask");
        assertThat(write(allowing, "src/out/new")).isEqualTo("ask");
        assertThat(write(allowing, "src/deep/none/../../../secret/key")).isEqualTo("ask");
        assertThat(write(allowing, "alias/a.java")).isEqualTo("ask");
        assertThat(write(allowing, "/etc/passwd")).isEqualTo("ask");
        assertThat(write(allowing, "/tmp/src/a")).isEqualTo("ask");

        PermissionPolicy denying = denying("Edit(secret/)", "Read(*.pem)", "Read(/tmp/private)");
        assertThat(write(denying, "secret/key")).isEqualTo("deny");
        assertThat(write(denying, "src/out/key")).isEqualTo("deny");
        assertThat(write(denying, "src/out/../../secret/key")).isEqualTo("deny");
        assertThat(write(denying, "src/a")).isEqualTo("allow");
        assertThat(decided(denying, "Read", Map.of("file_path", "secret/key"))).isEqualTo("allow");
        assertThat(decided(denying, "Read", Map.of("file_path", "a/b/c.pem"))).isEqualTo("deny");
        assertThat(decided(denying, "Read", Map.of("file_path", "/tmp/c.pem"))).isEqualTo("deny");
        assertThat(decided(denying, "Read", Map.of("file_path", "/tmp/private/x/y")))
                .isEqualTo("deny");
        assertThat(decided(denying, "Grep", Map.of("pattern", "x", "path", "/tmp/private")))
                .isEqualTo("deny");
    }

    @Test
    void allowedToolsWithPatternsLetNothingElseThrough() {
        PermissionPolicy policy = new PermissionPolicy(
                PermissionMode.BYPASS,
                PermissionRules.NONE,
                Optional.of(List.of("Bash(git *)", "Bash(ls)", "Read", SHELL)),
                List.of("Bash(git push *)", "Read"));
        assertThat(bash(policy, "git log")).isEqualTo("allow");
        assertThat(bash(policy, "ls")).isEqualTo("allow");
        assertThat(bash(policy, "ls; git log")).isEqualTo("deny");
        assertThat(bash(policy, "make")).isEqualTo("deny");
        assertThat(bash(policy, "git push")).isEqualTo("deny");
        assertThat(decided(policy, SHELL, Map.of("command", "make"))).isEqualTo("deny");
        assertThat(decided(policy, "Read", Map.of("file_path", "a"))).isEqualTo("allow");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " Bash",
                "Bash(",
                "Bash()",
                "Bash( )",
                "Bash(x)y",
                "Ba sh",
                "Bash*",
                "*",
                "TodoWrite(x)",
                "mcp__a__b(x)",
                "mcp__sandbox__execute_code(x)",
                "Read({a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b})",
                "Read(/)",
                "(x)"
            })
    void whatIsNoRuleIsRefusedByName(String rule) {
        assertThatThrownBy(() -> denying(rule))
                .isInstanceOfSatisfying(
                        InvalidRequestException.class,
                        e -> assertThat(e.field()).isEqualTo("permissions.deny"))
                .hasMessageContaining("\"" + rule + "\"");
    }

    @Test
    void aRuleForAToolThatThereIsNotIsRefused() {
        assertThatThrownBy(() -> denying("Bsah").requireKnown(TOOLS))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("no tool Bsah")
                .hasMessageContaining("Bash, BashOutput");
        denying("Bash(rm *)", "Read", "mcp__github", "mcp__github__*", "mcp__github__push")
                .requireKnown(TOOLS);
        assertThatThrownBy(
                        () -> denying(java.util.Collections.nCopies(201, "Bash").toArray(String[]::new)))
                .hasMessageContaining("at most 200");
    }
}
