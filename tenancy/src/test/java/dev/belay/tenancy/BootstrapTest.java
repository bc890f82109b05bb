package dev.belay.tenancy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.belay.api.IdSource;
import dev.belay.api.NotFoundException;
import dev.belay.api.Permission;
import dev.belay.api.Scope;
import dev.belay.store.Database;
import dev.belay.testpostgres.StoreKind;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.InstantSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

@ParameterizedClass
@EnumSource
class BootstrapTest {
    @Parameter
    StoreKind store;

    @TempDir
    Path directory;

    private Database database;
    private Tenancy tenancy;
    private Bootstrap bootstrap;

    @BeforeEach
    void open() {
        database = TestStore.open(store, directory);
        InstantSource clock = InstantSource.fixed(Instant.parse("2030-01-02T03:04:05Z"));
        SecureRandom random = new SecureRandom();
        tenancy = new Tenancy(database, new IdSource(clock, random), clock, random, (scope, event) -> tx -> {});
        bootstrap = new Bootstrap(database, tenancy);
    }

    @AfterEach
    void close() {
        database.close();
    }

    @Test
    void aFirstStartMakesAnAdministratorKeyAndASecondOneDoesNot() {
        IssuedKey key = bootstrap.firstStart().orElseThrow();

        assertThat(bootstrap.firstStart()).isEmpty();
        Scope scope = tenancy.authenticate(key.secret()).orElseThrow();
        assertThat(scope.principal().permissions()).containsExactlyInAnyOrder(Permission.values());
        assertThat(tenancy.organisations()).extracting(Organisation::name).containsExactly("default");
        assertThat(tenancy.workspaces(scope.organisation()))
                .extracting(Workspace::name)
                .containsExactly("default");
        assertThat(tenancy.keys(scope)).containsExactly(key.key());
    }

    @Test
    void aStartWithoutKeysMakesNoneAndTheFirstOneWithKeysDoes() {
        bootstrap.makeDefault();
        bootstrap.makeDefault();

        assertThat(tenancy.organisations()).extracting(Organisation::name).containsExactly("default");
        assertThat(bootstrap.devScope().principal().permissions()).contains(Permission.RUN);
        assertThat(bootstrap.firstStart()).isPresent();
        assertThat(bootstrap.firstStart()).isEmpty();
    }

    @Test
    void whereSomebodyMadeAnOrganisationNothingIsAdded() {
        tenancy.createOrganisation("Acme");

        assertThat(bootstrap.firstStart()).isEmpty();
        assertThat(tenancy.organisations()).extracting(Organisation::name).containsExactly("Acme");
        assertThatThrownBy(bootstrap::devScope).isInstanceOf(NotFoundException.class);
    }

    @Test
    void devMayDoEverythingInTheDefaultWorkspaceButAdminister() {
        bootstrap.firstStart();

        Scope dev = bootstrap.devScope();

        assertThat(dev.principal().name()).isEqualTo("dev");
        assertThat(dev.principal().permissions())
                .hasSize(Permission.values().length - 1)
                .doesNotContain(Permission.ADMIN);
        assertThat(tenancy.workspaceByName(dev.organisation(), "default")
                        .orElseThrow()
                        .id())
                .isEqualTo(dev.workspace());
    }
}
