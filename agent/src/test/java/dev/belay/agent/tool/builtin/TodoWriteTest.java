package dev.belay.agent.tool.builtin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.belay.agent.tool.Todos.Status;
import dev.belay.agent.tool.Todos.Todo;
import dev.belay.agent.tool.ToolOutcome;
import dev.belay.agent.tool.ToolSession;
import dev.belay.agent.tool.ToolSessions;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(ToolSessions.class)
class TodoWriteTest {
    @Test
    void theListIsKeptAndShown(ToolSession session) throws Exception {
        assertThat(write(
                        session,
                        Map.of("content", "read", "status", "completed"),
                        Map.of("content", "fix", "status", "in_progress", "activeForm", "fixing"),
                        Map.of("content", "test", "status", "pending")))
                .isEqualTo(ToolOutcome.of("[x] read\n[>] fixing\n[ ] test"));
        assertThat(session.context().todos().list())
                .contains(
                        new Todo("fix", Status.IN_PROGRESS, Optional.of("fixing")),
                        new Todo("test", Status.PENDING, Optional.empty()))
                .hasSize(3);
        assertThat(write(session)).isEqualTo(ToolOutcome.of("(the list is empty)"));
        assertThat(session.context().todos().list()).isEmpty();
    }

    @Test
    void twoThingsAtOnceAreRefusedAndTheListStays(ToolSession session) throws Exception {
        write(session, Map.of("content", "read", "status", "pending"));
        assertThat(write(
                        session,
                        Map.of("content", "a", "status", "in_progress"),
                        Map.of("content", "b", "status", "in_progress")))
                .isEqualTo(ToolOutcome.error("2 entries are in_progress; at most one may be. The list is as it was."));
        assertThat(session.context().todos().list()).extracting(Todo::content).containsExactly("read");
    }

    @Test
    void anUnknownStatusIsRefusedByItsPlace(ToolSession session) throws Exception {
        assertThat(write(session, Map.of("content", "a", "status", "done")).output())
                .contains("- todos[0].status must be one of [\"pending\",\"in_progress\",\"completed\"]");
    }

    private static ToolOutcome write(ToolSession session, Map<?, ?>... todos) throws InterruptedException {
        return session.call("TodoWrite", Map.of("todos", List.of(todos)));
    }
}
