package dev.belay.agent.tool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.belay.agent.model.ModelRequest.ToolDefinition;
import dev.belay.agent.tool.builtin.BuiltinTools;
import dev.belay.api.InvalidRequestException;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ToolboxTest {
    private final Toolbox all = BuiltinTools.toolbox();

    @Test
    void theModelIsToldOfAllToolsInAFixedOrder() {
        assertThat(all.definitions())
                .extracting(ToolDefinition::name)
                .containsExactly(
                        "Bash",
                        "BashOutput",
                        "KillShell",
                        "Read",
                        "Write",
                        "Edit",
                        "MultiEdit",
                        "Glob",
                        "Grep",
                        "TodoWrite",
                        "Skill",
                        "Task",
                        "mcp__sandbox__execute_code",
                        "mcp__sandbox__execute_shell",
                        "mcp__sandbox__batch");
        assertThat(all.definitions()).allSatisfy(tool -> {
            assertThat(tool.description()).isNotBlank();
            assertThat(tool.inputSchema().text()).contains("\"additionalProperties\":false");
        });
    }

    @Test
    void allowedToolsAreTheOnlyOnes() {
        Toolbox some = all.restrictedTo(Optional.of(List.of("Grep", "Read")), List.of(), true);
        assertThat(some.names()).containsExactly("Read", "Grep");
        assertThat(some.find("Bash")).isEmpty();
        assertThat(some.find("Read")).isPresent();
        assertThat(all.restrictedTo(Optional.of(List.of()), List.of(), true).names())
                .isEmpty();
    }

    @Test
    void disallowedToolsAreTakenFromTheAllowedOnesToo() {
        assertThat(all.restrictedTo(Optional.of(List.of("Read", "Bash")), List.of("Bash"), true)
                        .names())
                .containsExactly("Read");
    }

    @Test
    void withoutSandboxToolsBothAreGoneAlsoWhenAllowed() {
        assertThat(all.restrictedTo(Optional.empty(), List.of(), false).names())
                .hasSize(12)
                .noneMatch(name -> name.startsWith("mcp__sandbox__"));
        assertThat(all.restrictedTo(Optional.of(List.of("mcp__sandbox__execute_code")), List.of(), false)
                        .names())
                .isEmpty();
    }

    @Test
    void anUnknownNameIsRefusedWithTheKnownOnes() {
        assertThatThrownBy(() -> all.restrictedTo(Optional.of(List.of("Read", "Sing")), List.of(), true))
                .isInstanceOfSatisfying(
                        InvalidRequestException.class,
                        e -> assertThat(e.field()).isEqualTo("allowed_tools"))
                .hasMessageContaining("no tool Sing")
                .hasMessageContaining("Bash, BashOutput, KillShell, Read, Write");
        assertThatThrownBy(() -> all.restrictedTo(Optional.empty(), List.of("Sing"), true))
                .isInstanceOfSatisfying(
                        InvalidRequestException.class,
                        e -> assertThat(e.field()).isEqualTo("disallowed_tools"));
    }

    @Test
    void ofAPatternOnlyTheToolCounts() {
        assertThat(all.restrictedTo(Optional.of(List.of("Bash(git:*)", "Read")), List.of(), true)
                        .names())
                .containsExactly("Bash", "Read");
        assertThat(all.restrictedTo(Optional.of(List.of("Bash")), List.of("Bash(rm *)"), true)
                        .names())
                .containsExactly("Bash");
        assertThatThrownBy(() -> all.restrictedTo(Optional.of(List.of("Sing(loud)")), List.of(), true))
                .hasMessageContaining("no tool Sing");
    }

    @Test
    void theToolsOfAServerAreNamedTogether() {
        for (String name : List.of("mcp__sandbox", "mcp__sandbox__*")) {
            assertThat(all.restrictedTo(Optional.of(List.of(name)), List.of(), true)
                            .names())
                    .containsExactly(
                            "mcp__sandbox__execute_code", "mcp__sandbox__execute_shell", "mcp__sandbox__batch");
        }
        assertThat(Toolbox.names("mcp__sand", "mcp__sandbox__batch")).isFalse();
        assertThat(Toolbox.names("mcp__sandbox__ba", "mcp__sandbox__batch")).isFalse();
    }
}
