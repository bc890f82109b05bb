package dev.belay.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.belay.api.Secret;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which environment variables are taken for secrets, by their names. */
class EnvironmentSecretsTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "ANTHROPIC_API_KEY",
                "OPENAI_APIKEY",
                "AWS_SECRET_ACCESS_KEY",
                "AWS_ACCESS_KEY_ID",
                "GITHUB_TOKEN",
                "PGPASSWORD",
                "MYSQL_PWD",
                "npm_authtoken",
                "CLIENTSECRET",
                "KEY"
            })
    void aVariableNamedLikeASecretIsOne(String name) {
        assertThat(new EnvironmentSecrets(Map.of(name, "s3cret-value")).secrets())
                .containsExactly(new Secret(name, "s3cret-value"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"PATH", "HOME", "PWD", "OLDPWD", "MONKEY", "TOKENIZERS_PARALLELISM", "KEYBOARD"})
    void anyOtherIsNot(String name) {
        assertThat(new EnvironmentSecrets(Map.of(name, "/usr/local/bin")).secrets())
                .isEmpty();
    }
}
