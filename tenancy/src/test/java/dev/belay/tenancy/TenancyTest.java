package dev.belay.tenancy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.belay.api.ConflictException;
import dev.belay.api.ForbiddenException;
import dev.belay.api.IdSource;
import dev.belay.api.InvalidRequestException;
import dev.belay.api.KeyId;
import dev.belay.api.NotFoundException;
import dev.belay.api.OrganisationId;
import dev.belay.api.Permission;
import dev.belay.api.Principal;
import dev.belay.api.Scope;
import dev.belay.api.StorageException;
import dev.belay.api.WorkspaceId;
import dev.belay.api.event.AccessEvent;
import dev.belay.store.Database;
import dev.belay.testpostgres.StoreKind;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

@ParameterizedClass
@EnumSource
class TenancyTest {
    @Parameter
    StoreKind store;

    @TempDir
    Path directory;

    private record Recorded(WorkspaceId workspace, String principal, AccessEvent event) {}

    private final List<Recorded> log = new ArrayList<>();
    private final AtomicBoolean logFails = new AtomicBoolean();
    private Instant now = Instant.parse("2030-01-02T03:04:05.678901Z");
    private Database database;
    private Tenancy tenancy;
    private Organisation acme;
    private Organisation globex;
    private Workspace acmeMain;
    private Workspace acmeLab;
    private Workspace globexMain;
    private Scope acmeAdmin;
    private Scope globexAdmin;

    @BeforeEach
    void twoOrganisationsWithWorkspaces() {
        database = TestStore.open(store, directory);
        SecureRandom random = new SecureRandom();
        tenancy = new Tenancy(database, new IdSource(() -> now, random), () -> now, random, (scope, event) -> tx -> {
            if (logFails.get()) {
                throw new StorageException("storage_failed", "the log does not take it", null);
            }
            tx.afterCommit(() ->
                    log.add(new Recorded(scope.workspace(), scope.principal().name(), event)));
        });
        acme = tenancy.createOrganisation("Acme");
        later();
        globex = tenancy.createOrganisation("Globex");
        acmeMain = tenancy.createWorkspace(acme.id(), "main");
        later();
        acmeLab = tenancy.createWorkspace(acme.id(), "lab");
        globexMain = tenancy.createWorkspace(globex.id(), "main");
        acmeAdmin = tenancy.localScope(acme.id(), acmeMain.id());
        globexAdmin = tenancy.localScope(globex.id(), globexMain.id());
        log.clear();
    }

    @AfterEach
    void close() {
        database.close();
    }

    /** Lists are in order of time. */
    private void later() {
        now = now.plusMillis(1);
    }

    private static KeyRequest key(String name, Workspace workspace, Permission... permissions) {
        return new KeyRequest(name, workspace.id(), Set.of(permissions), Optional.empty());
    }

    @Test
    void workspaceNamesAreUniqueInsideAnOrganisationAndFreeInAnother() {
        assertThat(tenancy.workspaces(acme.id())).containsExactly(acmeMain, acmeLab);
        assertThat(tenancy.workspaces(globex.id())).containsExactly(globexMain);
        assertThat(tenancy.workspaceByName(acme.id(), "main")).contains(acmeMain);
        assertThat(tenancy.workspaceByName(globex.id(), "lab")).isEmpty();
        assertThat(tenancy.organisationByName("Globex")).contains(globex);
        assertThat(tenancy.organisations()).containsExactly(acme, globex);

        assertThatThrownBy(() -> tenancy.createWorkspace(acmeAdmin, "lab"))
                .isInstanceOfSatisfying(
                        ConflictException.class, e -> assertThat(e.code()).isEqualTo("name_taken"))
                .hasMessageContaining("\"lab\"");
        assertThatThrownBy(() -> tenancy.createOrganisation("Acme")).isInstanceOf(ConflictException.class);
        assertThat(log).isEmpty();
    }

    @Test
    void anAdministratorMakesWorkspacesInTheirOwnOrganisationOnly() {
        later();
        Workspace made = tenancy.createWorkspace(globexAdmin, "lab");

        assertThat(made.organisation()).isEqualTo(globex.id());
        assertThat(tenancy.workspaces(globex.id())).containsExactly(globexMain, made);
        assertThat(tenancy.workspaces(acme.id())).containsExactly(acmeMain, acmeLab);
        assertThat(log).containsExactly(new Recorded(made.id(), "cli", new AccessEvent.WorkspaceCreated("lab")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " lead", ".lead", "tab\t", "slash/", "umläut", "line\n"})
    void namesThatCouldConfuseAreRefused(String name) {
        assertThatThrownBy(() -> tenancy.createOrganisation(name)).isInstanceOf(InvalidRequestException.class);
        assertThatThrownBy(() -> tenancy.createWorkspace(acmeAdmin, name)).isInstanceOf(InvalidRequestException.class);
        assertThatThrownBy(() -> tenancy.createKey(acmeAdmin, key(name, acmeMain, Permission.RUN)))
                .isInstanceOf(InvalidRequestException.class);
    }

    @Test
    void aNameMayHave64CharactersAndNotOneMore() {
        assertThat(tenancy.createOrganisation("a".repeat(64)).name()).hasSize(64);
        assertThatThrownBy(() -> tenancy.createOrganisation("a".repeat(65)))
                .isInstanceOf(InvalidRequestException.class);
    }

    @Test
    void aKeyOpensItsWorkspaceWithItsPermissions() {
        IssuedKey issued = tenancy.createKey(acmeAdmin, key("ci", acmeLab, Permission.READ, Permission.RUN));

        assertThat(issued.secret()).matches("blk_[A-Za-z0-9_-]{43}");
        assertThat(issued.toString()).doesNotContain(issued.secret());
        assertThat(tenancy.authenticate(issued.secret()))
                .contains(new Scope(
                        acme.id(),
                        acmeLab.id(),
                        new Principal(issued.key().id().value(), EnumSet.of(Permission.RUN, Permission.READ))));
        assertThat(log)
                .containsExactly(new Recorded(
                        acmeLab.id(),
                        "cli",
                        new AccessEvent.KeyCreated(
                                issued.key().id(),
                                "ci",
                                Set.of(Permission.READ, Permission.RUN),
                                OptionalLong.empty())));
    }

    @Test
    void theDatabaseHoldsNoSecret() {
        IssuedKey issued = tenancy.createKey(acmeAdmin, key("ci", acmeLab, Permission.ADMIN));

        List<String> columns = database.read(view ->
                view.list("SELECT id || name || hash || hint || permissions FROM api_key", row -> row.getString(1)));
        assertThat(columns).hasSize(1).noneMatch(row -> row.contains(issued.secret()));
        assertThat(issued.secret()).startsWith(issued.key().hint());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "blk_", "blk_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "' OR 1=1 --"})
    void anUnknownSecretOpensNothing(String secret) {
        tenancy.createKey(acmeAdmin, key("ci", acmeMain, Permission.RUN));

        assertThat(tenancy.authenticate(secret)).isEmpty();
    }

    @Test
    void aKeyExpires() {
        IssuedKey issued = tenancy.createKey(
                acmeAdmin,
                new KeyRequest(
                        "short", acmeMain.id(), Set.of(Permission.RUN), Optional.of(now.plus(Duration.ofHours(1)))));

        now = now.plus(Duration.ofHours(1)).minusNanos(1000);
        assertThat(tenancy.authenticate(issued.secret())).isPresent();
        now = now.plusNanos(1000);
        assertThat(tenancy.authenticate(issued.secret())).isEmpty();
        assertThatThrownBy(() -> tenancy.createKey(
                        acmeAdmin, new KeyRequest("past", acmeMain.id(), Set.of(Permission.RUN), Optional.of(now))))
                .isInstanceOf(InvalidRequestException.class);
    }

    @Test
    void aRevokedKeyOpensNothingFromThenOnAndItsNameIsFree() {
        IssuedKey issued = tenancy.createKey(acmeAdmin, key("ci", acmeLab, Permission.RUN));
        assertThat(tenancy.authenticate(issued.secret())).isPresent();
        assertThatThrownBy(() -> tenancy.createKey(acmeAdmin, key("ci", acmeMain, Permission.RUN)))
                .isInstanceOf(ConflictException.class);
        log.clear();

        tenancy.revokeKey(acmeAdmin, issued.key().id());
        tenancy.revokeKey(acmeAdmin, issued.key().id());

        assertThat(tenancy.authenticate(issued.secret())).isEmpty();
        assertThat(log)
                .containsExactly(new Recorded(
                        acmeLab.id(),
                        "cli",
                        new AccessEvent.KeyRevoked(issued.key().id())));
        Instant revoked = now;
        later();
        IssuedKey again = tenancy.createKey(acmeAdmin, key("ci", acmeMain, Permission.RUN));
        assertThat(tenancy.keys(acmeAdmin))
                .extracting(ApiKey::revoked)
                .containsExactly(Optional.of(revoked), Optional.empty());
        assertThat(tenancy.authenticate(again.secret())).isPresent();
    }

    @Test
    void aRevocationThatIsNotStoredDoesNotCount() {
        IssuedKey issued = tenancy.createKey(acmeAdmin, key("ci", acmeMain, Permission.RUN));
        logFails.set(true);

        assertThatThrownBy(() -> tenancy.revokeKey(acmeAdmin, issued.key().id()))
                .isInstanceOf(StorageException.class);
        assertThatThrownBy(() -> tenancy.createKey(acmeAdmin, key("other", acmeMain, Permission.RUN)))
                .isInstanceOf(StorageException.class);

        assertThat(tenancy.authenticate(issued.secret())).isPresent();
        assertThat(tenancy.keys(acmeAdmin)).containsExactly(issued.key());
    }

    @Test
    void keysOfAnotherOrganisationDoNotExist() {
        IssuedKey issued = tenancy.createKey(acmeAdmin, key("ci", acmeMain, Permission.RUN));

        assertThat(tenancy.keys(globexAdmin)).isEmpty();
        assertThatThrownBy(() -> tenancy.revokeKey(globexAdmin, issued.key().id()))
                .isInstanceOf(NotFoundException.class);
        assertThatThrownBy(() -> tenancy.createKey(globexAdmin, key("ci", acmeMain, Permission.RUN)))
                .isInstanceOf(NotFoundException.class);
        assertThatThrownBy(() -> tenancy.localScope(globex.id(), acmeMain.id())).isInstanceOf(NotFoundException.class);
        assertThat(tenancy.authenticate(issued.secret())).isPresent();
    }

    @Test
    void whatDoesNotExistIsSaidSo() {
        String nothing = "00000000-0000-7000-8000-000000000000";

        assertThatThrownBy(() -> tenancy.revokeKey(acmeAdmin, new KeyId(nothing)))
                .isInstanceOf(NotFoundException.class);
        assertThatThrownBy(() -> tenancy.createWorkspace(new OrganisationId(nothing), "main"))
                .isInstanceOf(NotFoundException.class);
        assertThat(tenancy.workspaces(new OrganisationId(nothing))).isEmpty();
    }

    @Test
    void onlyAnAdministratorManages() {
        Scope everythingElse = new Scope(
                acme.id(),
                acmeMain.id(),
                new Principal("somebody", EnumSet.complementOf(EnumSet.of(Permission.ADMIN))));
        KeyId anyKey = tenancy.createKey(acmeAdmin, key("ci", acmeMain, Permission.RUN))
                .key()
                .id();

        assertThatThrownBy(() -> tenancy.createWorkspace(everythingElse, "new")).isInstanceOf(ForbiddenException.class);
        assertThatThrownBy(() -> tenancy.createKey(everythingElse, key("new", acmeMain, Permission.RUN)))
                .isInstanceOf(ForbiddenException.class);
        assertThatThrownBy(() -> tenancy.keys(everythingElse)).isInstanceOf(ForbiddenException.class);
        assertThatThrownBy(() -> tenancy.revokeKey(everythingElse, anyKey)).isInstanceOf(ForbiddenException.class);
        assertThatThrownBy(() -> tenancy.createKey(acmeAdmin, key("none", acmeMain)))
                .isInstanceOf(InvalidRequestException.class);
    }
}
