package dev.belay.server.cloudagent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.belay.modeldouble.Answer;
import dev.belay.modeldouble.Reply;
import dev.belay.modeldouble.Style;
import dev.belay.server.Api;
import dev.belay.server.Lines;
import dev.belay.store.DataDirectory;
import dev.belay.tenancy.IssuedKey;
import dev.belay.tenancy.Workspace;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** With which key a provider is called, and where a key must not go. */
class ProviderKeysTest {
    private static final String HEADER = "X-Belay-Provider-Key";
    private static final String SENT = "key-that-was-sent-0815";
    private static final String SECRETS = "/belay/v1/organisations/default/workspaces/default/secrets";

    @TempDir
    Path data;

    private static String run(Style style) {
        return "{\"prompt\": \"hi\", \"model\": \"" + ModelHouse.model(style) + "\"}";
    }

    private static Api local(ModelHouse house) {
        return house.server
                .anonymous()
                .with(
                        "Authorization",
                        "Bearer "
                                + DataDirectory.localToken(house.server.data()).orElseThrow());
    }

    private static Api.Answer set(ModelHouse house, String provider, String value) {
        return local(house)
                .call(
                        "PUT",
                        SECRETS + "/" + provider,
                        ("{\"value\": \"" + value + "\"}").getBytes(StandardCharsets.UTF_8));
    }

    private static List<String> keys(ModelHouse house) {
        return house.models.received().stream().map(ModelHouse::keyOf).toList();
    }

    /** Everything under the data directory, as one text. */
    private String allThatIsStored() throws IOException {
        StringBuilder all = new StringBuilder();
        try (Stream<Path> files = Files.walk(data)) {
            files.filter(Files::isRegularFile)
                    .filter(file -> !file.toString().contains("sandboxes"))
                    .forEach(file -> {
                        try {
                            all.append(Files.readString(file, StandardCharsets.ISO_8859_1));
                        } catch (IOException e) {
                            throw new UncheckedIOException(e);
                        }
                    });
        }
        return all.toString();
    }

    @ParameterizedTest
    @EnumSource
    void aKeyThatComesWithTheRequestIsUsedForThatRunAlone(Style style) {
        try (ModelHouse house = new ModelHouse(data, Map.of())) {
            house.models.reply(
                    new Answer().text("One.").in(style),
                    new Answer().text("Two.").in(style));
            String provider = style == Style.MESSAGES ? "anthropic" : "openai";

            house.api().with(HEADER, provider + "=" + SENT).run(run(style)).result();
            house.api().run(run(style)).result();

            assertThat(keys(house)).containsExactly(SENT, ModelHouse.KEY);
        }
    }

    @Test
    void aProviderWithoutAKeyOfTheServerIsCalledWithTheOneThatWasSent() {
        try (ModelHouse house = new ModelHouse(data, Map.of(), Map.of())) {
            house.models.reply(new Answer().text("Hello.").in(Style.MESSAGES));

            Lines lines = house.api()
                    .with(HEADER, "openai=" + SENT + "-2, anthropic = " + SENT)
                    .run("{\"prompt\": \"hi\"}");

            assertThat(lines.result().path("model").asString()).isEqualTo("anthropic:claude-sonnet-5-5");
            assertThat(keys(house)).containsExactly(SENT);
            Api.Answer none = house.api().post("/agent/run", run(Style.MESSAGES));
            assertThat(none.status()).isEqualTo(422);
            assertThat(none.errorMessage()).contains("ANTHROPIC_API_KEY", "belay secrets set anthropic", HEADER);
        }
    }

    @Test
    void aKeyThatWasSentIsNeitherStoredNorShownWhoeverSaysIt() throws IOException {
        try (ModelHouse house = new ModelHouse(data, Map.of())) {
            house.models.reply(
                    new Answer()
                            .text("Your key is " + SENT.substring(0, 9), SENT.substring(9) + ", I hear.")
                            .call("c1", "Bash", "{\"command\":\"echo " + SENT + "; env\"}")
                            .in(Style.MESSAGES),
                    Reply.error(401, "{\"error\":{\"message\":\"no such key: " + SENT + "\"}}"));

            Lines lines = house.api()
                    .with(HEADER, "anthropic=" + SENT)
                    .run("{\"prompt\": \"I am " + SENT + "\", \"stream_deltas\": true, \"model\": \""
                            + ModelHouse.model(Style.MESSAGES) + "\"}");

            assertThat(lines.result().at("/error/code").asString()).isEqualTo("auth");
            assertThat(lines.texts().toString()).doesNotContain(SENT).contains("[redacted anthropic_key]");
            assertThat(house.models.received().getLast().body()).doesNotContain(SENT);
            assertThat(allThatIsStored()).doesNotContain(SENT);
        }
    }

    @Test
    void onceNoRunUsesItAKeyThatWasSentIsTextLikeAnyOther() {
        try (ModelHouse house = new ModelHouse(data, Map.of())) {
            house.models.reply(new Answer().text("Hello.").in(Style.MESSAGES));
            house.api()
                    .with(HEADER, "anthropic=" + SENT)
                    .run(run(Style.MESSAGES))
                    .result();

            await().untilAsserted(() -> assertThat(
                            house.server.server().belay().redactor().redact(SENT))
                    .isEqualTo(SENT));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                SENT,
                "anthropic=",
                "anthropic=short",
                "anthropic=two words here",
                "nobody=" + SENT,
                "=" + SENT,
                "anthropic=" + SENT + ",",
                "anthropic=" + SENT + ",anthropic=another-" + SENT,
                "bedrock=" + SENT,
                "scripted=" + SENT
            })
    void aHeaderThatIsNoKeyOfAKnownProviderIsRefusedWithoutRepeatingIt(String header) {
        try (ModelHouse house = new ModelHouse(data, Map.of())) {
            Api.Answer refused = house.api().with(HEADER, header).post("/agent/run", run(Style.MESSAGES));

            assertThat(refused.status()).isEqualTo(422);
            assertThat(refused.errorField()).isEqualTo(HEADER);
            assertThat(refused.text()).doesNotContain(SENT);
            assertThat(house.models.received()).isEmpty();
        }
    }

    @Test
    void aKeyThatWasSentForOneProviderDoesNotGoToAFallbackAtAnother() {
        try (ModelHouse house = new ModelHouse(data, Map.of("models.fallback", "openai:gpt-4.1"))) {
            house.models.reply(
                    Reply.error(404, "{}"), new Answer().text("Here I am.").in(Style.CHAT));

            Lines lines = house.api().with(HEADER, "anthropic=" + SENT).run(run(Style.MESSAGES));

            assertThat(lines.result().path("model").asString()).isEqualTo("openai:gpt-4.1");
            assertThat(keys(house)).containsExactly(SENT, ModelHouse.KEY);
        }
    }

    @Test
    void aRetryWithAnotherKeyJoinsTheFirstRun() {
        try (ModelHouse house = new ModelHouse(data, Map.of())) {
            house.models.reply(new Answer().text("Once.").in(Style.MESSAGES));
            Api api = house.api().with("Idempotency-Key", "k1");

            Lines first = api.with(HEADER, "anthropic=" + SENT).run(run(Style.MESSAGES));
            Lines again = api.with(HEADER, "anthropic=another-" + SENT).run(run(Style.MESSAGES));

            assertThat(again.session()).isEqualTo(first.session());
            assertThat(keys(house)).containsExactly(SENT);
        }
    }

    @Test
    void aStoredKeyIsUsedBeforeTheServersAndAfterOneThatWasSent() {
        try (ModelHouse house = new ModelHouse(data, Map.of())) {
            for (int i = 0; i < 4; i++) {
                house.models.reply(new Answer().text("Yes.").in(Style.MESSAGES));
            }
            Workspace other = house.server.workspace(house.server.organisation("Other"), "main");
            IssuedKey elsewhere = house.server.key(other, "k");

            assertThat(set(house, "anthropic", "stored-key-of-ours").status()).isEqualTo(200);
            house.api().run(run(Style.MESSAGES)).result();
            house.api()
                    .with(HEADER, "anthropic=" + SENT)
                    .run(run(Style.MESSAGES))
                    .result();
            house.server.api(elsewhere).run(run(Style.MESSAGES)).result();
            assertThat(local(house)
                            .call("DELETE", SECRETS + "/anthropic", new byte[0])
                            .status())
                    .isEqualTo(200);
            house.api().run(run(Style.MESSAGES)).result();

            assertThat(keys(house)).containsExactly("stored-key-of-ours", SENT, ModelHouse.KEY, ModelHouse.KEY);
        }
    }

    @Test
    void aStoredKeyIsEncryptedAtRestListedWithoutItsValueAndOutlivesARestart() throws IOException {
        try (ModelHouse house = new ModelHouse(data, Map.of(), Map.of())) {
            assertThat(set(house, "anthropic", SENT).text()).doesNotContain(SENT);
            assertThat(local(house).get(SECRETS).json().at("/secrets/0/name").asString())
                    .isEqualTo("anthropic");
            assertThat(local(house).get(SECRETS).text()).doesNotContain(SENT);
            assertThat(house.server.server().belay().redactor().redact("it is " + SENT))
                    .isEqualTo("it is [redacted anthropic_key]");
        }
        Path master = data.resolve("belay.master-key");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(master)))
                .isEqualTo("rw-------");
        assertThat(allThatIsStored()).doesNotContain(SENT);

        try (ModelHouse house = new ModelHouse(data, Map.of(), Map.of())) {
            house.models.reply(new Answer().text("Still here.").in(Style.MESSAGES));
            house.api().run("{\"prompt\": \"hi\"}").result();
            assertThat(keys(house)).containsExactly(SENT);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"missing", "wrong", "broken"})
    void withoutTheRightMasterKeyTheServerStartsAndSaysWhatToDo(String how) throws IOException {
        try (ModelHouse house = new ModelHouse(data, Map.of())) {
            set(house, "anthropic", SENT);
        }
        Path master = data.resolve("belay.master-key");
        switch (how) {
            case "missing" -> Files.delete(master);
            case "wrong" -> Files.writeString(master, "00".repeat(32));
            default -> Files.writeString(master, "not a key");
        }

        try (ModelHouse house = new ModelHouse(data, Map.of())) {
            house.models.reply(new Answer().text("With a key of mine.").in(Style.MESSAGES));
            Api.Answer refused = house.api().post("/agent/run", run(Style.MESSAGES));
            assertThat(refused.errorMessage()).contains("belay.master-key", "belay secrets");
            assertThat(set(house, "openai", SENT).errorMessage()).contains("master key");
            assertThat(local(house)
                            .get(SECRETS)
                            .json()
                            .at("/secrets/0/readable")
                            .booleanValue())
                    .isFalse();
            house.api()
                    .with(HEADER, "anthropic=" + SENT)
                    .run(run(Style.MESSAGES))
                    .result();
        }
    }

    @Test
    void whatIsDoneToSecretsIsAnEventOfTheirWorkspaceWithoutTheValue() throws IOException {
        try (ModelHouse house = new ModelHouse(data, Map.of())) {
            set(house, "anthropic", SENT);
            assertThat(set(house, "nobody", SENT).status()).isEqualTo(422);
            assertThat(set(house, "anthropic", "short").status()).isEqualTo(422);
            assertThat(local(house)
                            .call("DELETE", SECRETS + "/openai", new byte[0])
                            .status())
                    .isEqualTo(404);
            assertThat(house.api().get(SECRETS).status()).isEqualTo(401);
        }
        assertThat(allThatIsStored()).contains("access.secret_set").doesNotContain("access.secret_removed");
    }

    @Test
    void aKeyOfTheConfigurationFileIsUsedBeforeTheEnvironmentsAndRedacted() throws IOException {
        Files.writeString(data.resolve("belay.toml"), "[keys]\nanthropic = \"key-of-the-file-1\"\n");
        try (ModelHouse house = new ModelHouse(data, Map.of())) {
            house.models.reply(new Answer().text("key-of-the-file-1").in(Style.MESSAGES));

            Lines lines = house.api().run(run(Style.MESSAGES));

            assertThat(keys(house)).containsExactly("key-of-the-file-1");
            assertThat(lines.result().path("summary").asString()).isEqualTo("[redacted anthropic_key]");
        }
    }
}
