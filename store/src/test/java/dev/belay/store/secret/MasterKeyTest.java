package dev.belay.store.secret;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.belay.api.ConfigurationException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MasterKeyTest {
    @TempDir
    Path directory;

    private MasterKeys keys(Map<String, String> environment) {
        return new MasterKeys(directory, environment);
    }

    @Test
    void whatIsSealedOpensInItsOwnPlaceWithItsOwnKeyOnly() {
        MasterKey key = MasterKey.generate();
        String sealed = key.seal("here", "the secret é");

        assertThat(key.open("here", sealed)).contains("the secret é");
        assertThat(key.seal("here", "the secret é")).isNotEqualTo(sealed);
        assertThat(key.open("there", sealed)).isEmpty();
        assertThat(MasterKey.generate().open("here", sealed)).isEmpty();
        byte[] changed = Base64.getDecoder().decode(sealed);
        for (int i = 0; i < changed.length; i++) {
            changed[i] ^= 1;
            assertThat(key.open("here", Base64.getEncoder().encodeToString(changed)))
                    .isEmpty();
            changed[i] ^= 1;
        }
        assertThat(key.open("here", "")).isEmpty();
        assertThat(key.open("here", "*")).isEmpty();
    }

    @Test
    void theFileIsMadeOnFirstUseForItsOwnerAlone() throws Exception {
        assertThat(keys(Map.of()).find()).isEmpty();
        assertThat(directory).isEmptyDirectory();

        MasterKey made = keys(Map.of()).findOrMake();

        assertThat(keys(Map.of()).find().orElseThrow().id()).isEqualTo(made.id());
        assertThat(keys(Map.of()).findOrMake().id()).isEqualTo(made.id());
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory.resolve(MasterKeys.FILE))))
                .isEqualTo("rw-------");
        assertThat(made.toString()).doesNotContain(made.text());
    }

    @Test
    void manyWhoMakeItAtOnceGetTheSame() {
        List<String> ids = IntStream.range(0, 16)
                .parallel()
                .mapToObj(_ -> keys(Map.of()).findOrMake().id())
                .toList();

        assertThat(ids).containsOnly(ids.getFirst());
        assertThat(directory.toFile().list()).containsExactly(MasterKeys.FILE);
    }

    @Test
    void theEnvironmentWinsInBase64OrHexadecimalDigits() {
        MasterKey ofTheFile = keys(Map.of()).findOrMake();
        String hex = "0123456789abcdef".repeat(4);

        MasterKey given = keys(Map.of(MasterKeys.VARIABLE, hex)).find().orElseThrow();

        assertThat(given.id()).isNotEqualTo(ofTheFile.id());
        assertThat(keys(Map.of(MasterKeys.VARIABLE, given.text()))
                        .find()
                        .orElseThrow()
                        .id())
                .isEqualTo(given.id());
        assertThat(keys(Map.of(MasterKeys.VARIABLE, " ")).find().orElseThrow().id())
                .isEqualTo(ofTheFile.id());
    }

    @ParameterizedTest
    @ValueSource(strings = {"secret-but-short", "AAAA", "not base64!"})
    void whatIsNoKeyIsRefusedWithoutRepeatingIt(String text) {
        assertThatThrownBy(() -> keys(Map.of(MasterKeys.VARIABLE, text)).find())
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining(MasterKeys.VARIABLE)
                .hasMessageContaining("32 bytes")
                .message()
                .doesNotContain(text);
    }
}
