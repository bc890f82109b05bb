package dev.belay.store;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.belay.api.ConflictException;
import dev.belay.api.IdempotencyMismatchException;
import dev.belay.api.WorkspaceId;
import dev.belay.store.IdempotencyStore.RequestKey;
import dev.belay.testpostgres.StoreKind;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

@ParameterizedClass
@EnumSource
class IdempotencyStoreTest {
    @Parameter
    StoreKind store;

    private static final WorkspaceId OURS = new WorkspaceId("00000000-0000-7000-8000-000000000001");
    private static final WorkspaceId THEIRS = new WorkspaceId("00000000-0000-7000-8000-000000000002");
    private static final long DAY = Duration.ofHours(24).toSeconds() * 1_000_000;
    private static final long NOW = 1_900_000_000_000_000L;

    @TempDir
    Path directory;

    private Database database;

    @BeforeEach
    void open() {
        database = TestStore.open(store, directory);
    }

    @AfterEach
    void close() {
        database.close();
    }

    private static RequestKey request(WorkspaceId workspace, String key, String body) {
        return RequestKey.of(workspace, key, "POST", "/agent/run", body.getBytes(UTF_8));
    }

    private Optional<String> find(RequestKey request, long now) {
        return database.write(tx -> IdempotencyStore.find(tx, request, now));
    }

    private void remember(RequestKey request, String outcome) {
        database.write(tx -> {
            IdempotencyStore.remember(tx, request, outcome, NOW);
            return outcome;
        });
    }

    @Test
    void theSameRequestGetsTheSameOutcome() {
        assertThat(find(request(OURS, "k", "body"), NOW)).isEmpty();
        remember(request(OURS, "k", "body"), "session 1");

        assertThat(find(request(OURS, "k", "body"), NOW + 5)).contains("session 1");
    }

    @Test
    void anotherBodyUnderTheSameKeyIsRefused() {
        remember(request(OURS, "k", "body"), "session 1");

        assertThatThrownBy(() -> find(request(OURS, "k", "another body"), NOW))
                .isInstanceOf(IdempotencyMismatchException.class)
                .hasMessageContaining("new key");
        assertThat(find(request(OURS, "k", "body"), NOW)).contains("session 1");
    }

    @Test
    void aKeyIsForgottenAfter24Hours() {
        remember(request(OURS, "k", "body"), "session 1");

        assertThat(find(request(OURS, "k", "body"), NOW + DAY)).contains("session 1");
        assertThat(find(request(OURS, "k", "another body"), NOW + DAY + 1)).isEmpty();
        remember(request(OURS, "k", "another body"), "session 2");
        assertThat(find(request(OURS, "k", "another body"), NOW)).contains("session 2");
    }

    @Test
    void theSameKeyOfAnotherWorkspaceMethodOrPathIsAnotherKey() {
        remember(request(OURS, "k", "body"), "ours");
        remember(request(THEIRS, "k", "another body"), "theirs");
        byte[] body = "body".getBytes(UTF_8);

        assertThat(find(request(OURS, "k", "body"), NOW)).contains("ours");
        assertThat(find(request(THEIRS, "k", "another body"), NOW)).contains("theirs");
        assertThat(find(RequestKey.of(OURS, "k", "PUT", "/agent/run", body), NOW))
                .isEmpty();
        assertThat(find(RequestKey.of(OURS, "k", "POST", "/agent/project", body), NOW))
                .isEmpty();
    }

    @Test
    void whatWasNotStoredIsNotRemembered() {
        RequestKey request = request(OURS, "k", "body");

        assertThatThrownBy(() -> database.write(tx -> {
                    IdempotencyStore.remember(tx, request, "session 1", NOW);
                    throw new ConflictException("busy", "the effect failed");
                }))
                .isInstanceOf(ConflictException.class);

        assertThat(find(request, NOW)).isEmpty();
    }
}
