package dev.belay.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.belay.api.ConfigurationException;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PostgresAddressTest {
    private static PostgresAddress of(String url) {
        return PostgresAddress.of(url, Optional.empty(), Optional.empty(), Map.of());
    }

    @Test
    void aUrlIsReadAsPeopleWriteIt() {
        for (String scheme : new String[] {"postgresql://", "postgres://", "jdbc:postgresql://"}) {
            PostgresAddress address =
                    of(scheme + "me:p%40ss%2F+word@db.example:5433/belay?sslmode=require&connect_timeout=7");

            assertThat(address.hosts()).isEqualTo("db.example:5433");
            assertThat(address.database()).isEqualTo("belay");
            assertThat(address.user()).contains("me");
            assertThat(address.password()).contains("p@ss/+word");
            assertThat(address.properties()).isEqualTo(Map.of("sslmode", "require", "connectTimeout", "7"));
            assertThat(address).hasToString("postgresql://db.example:5433/belay");
        }
        assertThat(of("jdbc:postgresql://h/d?user=me&password=secret").password())
                .contains("secret");
    }

    @Test
    void whatTheUrlDoesNotSayComesFromTheSettingsAndThenFromTheUsualVariables() {
        Map<String, String> environment = Map.of("PGUSER", "variable", "PGPASSWORD", "variable's");

        PostgresAddress configured =
                PostgresAddress.of("postgresql://h/d", Optional.of("setting"), Optional.of("setting's"), environment);
        PostgresAddress usual = PostgresAddress.of("postgresql://h/d", Optional.empty(), Optional.empty(), environment);

        assertThat(configured.user()).contains("setting");
        assertThat(configured.password()).contains("setting's");
        assertThat(usual.user()).contains("variable");
        assertThat(usual.password()).contains("variable's");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "mysql://me:hush@h/d",
                "me:hush@h/d",
                "postgresql://me:hush@h",
                "postgresql://me:hush@h/",
                "postgresql://me:hush%zz@h/d",
                "postgresql://me:hush@h/d?nonsense=1"
            })
    void whatIsNoAddressIsRefusedWithoutRecitingIt(String url) {
        assertThatThrownBy(() -> of(url))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageNotContaining("hush");
    }
}
