package dev.belay.agent.model.catalogue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.belay.agent.model.Message;
import dev.belay.agent.model.ModelRequest;
import dev.belay.agent.model.catalogue.Catalogue.Wire;
import dev.belay.agent.model.catalogue.Endpoint.Found;
import dev.belay.api.ConfigurationException;
import dev.belay.api.CostBasis;
import dev.belay.api.Money;
import dev.belay.api.Usage;
import dev.belay.api.event.Attachment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CatalogueTest {
    private final Catalogue catalogue = Catalogue.standard();

    private Found find(String id, Map<String, String> environment, Optional<String> configured) {
        return Endpoint.find(
                provider(id), environment, Optional.empty(), configured, Duration.ofSeconds(1), Duration.ofSeconds(2));
    }

    private Catalogue.Provider provider(String id) {
        return catalogue.providers().stream()
                .filter(p -> p.id().equals(id))
                .findFirst()
                .orElseThrow();
    }

    private Endpoint usable(String id, Map<String, String> environment) {
        return ((Found.Usable) find(id, environment, Optional.empty())).endpoint();
    }

    @Test
    void aShortNameAndAModelsOwnNameFindTheirProvider() {
        assertThat(catalogue.wholeName("sonnet")).startsWith("anthropic:claude-sonnet-");
        assertThat(catalogue.wholeName("claude-opus-4-5")).isEqualTo("anthropic:claude-opus-4-5");
        assertThat(catalogue.wholeName("gpt-5.4")).isEqualTo("openai:gpt-5.4");
        assertThat(catalogue.wholeName("ollama:qwen3:8b")).isEqualTo("ollama:qwen3:8b");
        assertThat(catalogue.wholeName("scripted")).isEqualTo("scripted");
    }

    @Test
    void everyAliasNamesAProviderThatCanBeCalled() {
        List<String> ids =
                catalogue.providers().stream().map(Catalogue.Provider::id).toList();

        assertThat(Stream.concat(
                        catalogue.aliases().values().stream().map(name -> name.substring(0, name.indexOf(':'))),
                        catalogue.families().values().stream()))
                .allMatch(ids::contains);
        assertThat(ids)
                .doesNotHaveDuplicates()
                .doesNotContainAnyElementsOf(
                        catalogue.refused().stream().map(Catalogue.Refused::id).toList());
    }

    @Test
    void aModelIsSpokenToAsItsProviderSaysAndNewerOnesOfOpenAiOverResponses() {
        assertThat(provider("openai").wire("gpt-4.1")).isEqualTo(Wire.CHAT);
        assertThat(provider("openai").wire("gpt-5.5")).isEqualTo(Wire.RESPONSES);
        assertThat(provider("open_router").wire("openai/gpt-5.5")).isEqualTo(Wire.CHAT);
        assertThat(provider("anthropic").wire("claude-sonnet-5-5")).isEqualTo(Wire.MESSAGES);
        assertThat(Stream.of("vivgrid", "openai_responses_compatible", "lm_studio")
                        .map(id -> provider(id).wire("any")))
                .containsOnly(Wire.RESPONSES);
        assertThat(usable("vivgrid", Map.of("VIVGRID_KEY", "k")).baseUrl()).isEqualTo("https://api.vivgrid.com/v1");
    }

    @Test
    void theKeyAndTheAddressComeFromTheVariablesThatPeopleKnow() {
        Endpoint plain = usable("anthropic", Map.of("ANTHROPIC_API_KEY", " key "));
        assertThat(plain.baseUrl()).isEqualTo("https://api.anthropic.com");
        assertThat(plain.key().value()).isEqualTo("key");
        assertThat(plain.toString()).doesNotContain("key ").doesNotContain("=key");

        assertThat(usable("openai", Map.of("OPENAI_API_KEY", "k", "OPENAI_BASE_URL", "http://here/v1/"))
                        .baseUrl())
                .isEqualTo("http://here/v1");
        assertThat(find(
                        "openai",
                        Map.of("OPENAI_API_KEY", "k", "OPENAI_BASE_URL", "http://here"),
                        Optional.of("http://there")))
                .isInstanceOfSatisfying(
                        Found.Usable.class,
                        found -> assertThat(found.endpoint().baseUrl()).isEqualTo("http://there"));
    }

    @Test
    void aLocalServerNeedsNoKeyAndTakesItsPlaceFromTheEnvironment() {
        assertThat(usable("ollama", Map.of()).baseUrl()).isEqualTo("http://127.0.0.1:11434/v1");
        assertThat(usable("vllm", Map.of("VLLM_HOST", "gpu", "VLLM_SSL_SCHEME", "https"))
                        .baseUrl())
                .isEqualTo("https://gpu:8000/v1");
    }

    @Test
    void whatIsMissingIsNamed() {
        assertThat(find("codegraff", Map.of(), Optional.empty()))
                .isInstanceOfSatisfying(
                        Found.NeedsKey.class,
                        needs -> assertThat(needs.reason())
                                .contains("CODEGRAFF_API_KEY or CG_API_KEY")
                                .contains("keys.codegraff"));
        assertThat(find("openai_compatible", Map.of(), Optional.empty()))
                .isInstanceOfSatisfying(
                        Found.Missing.class,
                        missing -> assertThat(missing.reason()).contains("OPENAI_URL"));
    }

    @Test
    void aPriceHoldsForTheModelAndItsSnapshotsAndForNoOther() {
        Prices prices = Prices.standard();
        Usage million = new Usage(1_000_000, 0, 0, 0);

        assertThat(prices.find("anthropic", "claude-sonnet-4-5")
                        .cost(Optional.of(million))
                        .amount())
                .isEqualTo(new Money(3_000_000));
        assertThat(prices.find("anthropic", "claude-sonnet-4-5-20250929"))
                .isEqualTo(prices.find("anthropic", "claude-sonnet-4-5"));
        assertThat(prices.find("openai", "gpt-5.4-2026-03-05").price()).isPresent();
        assertThat(prices.find("open_router", "claude-sonnet-4-5")
                        .cost(Optional.of(million))
                        .basis())
                .isEqualTo(CostBasis.UNKNOWN);
    }

    @Test
    void theUsersPricesGoOverTheShippedOnes(@TempDir Path directory) throws Exception {
        Path file = directory.resolve("prices.json");
        assertThat(Prices.standard()
                        .with(file)
                        .find("anthropic", "claude-opus-5")
                        .price())
                .isPresent();
        Files.writeString(file, """
            {"models": {"anthropic:claude-opus-5": {"input": 1, "output": 2, "cache_read": 0, "cache_creation": 0},
                        "ollama:mine": {"input": 0, "output": 0, "cache_read": 0, "cache_creation": 0}}}\
            """);

        Prices prices = Prices.standard().with(file);

        assertThat(prices.find("anthropic", "claude-opus-5")
                        .price()
                        .orElseThrow()
                        .output())
                .isEqualTo("2");
        assertThat(prices.find("ollama", "mine")
                        .cost(Optional.of(new Usage(5, 5, 0, 0)))
                        .basis())
                .isEqualTo(CostBasis.LIST);
        Files.writeString(file, "{\"features\": {\"ollama:mine\": [\"images\"], \"anthropic:claude-opus-5\": []}}");
        Prices featured = Prices.standard().with(file);
        assertThat(featured.find("ollama", "mine").features()).containsExactly(ModelFeature.IMAGES);
        assertThat(featured.find("anthropic", "claude-opus-5").features()).isEmpty();
        assertThat(featured.find("anthropic", "claude-opus-5").price()).isPresent();
        assertThat(featured.find("anthropic", "claude-sonnet-5").has(ModelFeature.PDFS))
                .isTrue();
        Files.writeString(file, "{\"models\": {\"a:b\": {\"input\": 1}}}");
        assertThatThrownBy(() -> Prices.standard().with(file))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("prices.json");
    }

    @Test
    void howMuchAModelTakesIsKnownByTheLongestBeginningOfItsName(@TempDir Path directory) throws Exception {
        Path file = directory.resolve("prices.json");
        Files.writeString(file, "{\"context_tokens\": {\"ollama:\": 32000, \"ollama:big\": 64000}}");

        Prices prices = Prices.standard().with(file);

        assertThat(prices.find("anthropic", "claude-opus-4-5").contextTokens()).hasValue(200_000);
        assertThat(prices.find("anthropic", "claude-opus-4-6").contextTokens()).hasValue(1_000_000);
        assertThat(prices.find("ollama", "bigger").contextTokens()).hasValue(64_000);
        assertThat(prices.find("ollama", "qwen").contextTokens()).hasValue(32_000);
        assertThat(prices.find("groq", "qwen").contextTokens()).isEmpty();
        Files.writeString(file, "{\"context_tokens\": {\"ollama:\": 0}}");
        assertThatThrownBy(() -> Prices.standard().with(file))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("context_tokens of ollama: is not positive");
    }

    @Test
    void theWorstCaseOfACallIsNeverBelowWhatItCosts() {
        PricedModel model = Prices.standard().find("anthropic", "claude-sonnet-5");
        ModelRequest request =
                new ModelRequest("m", "system", List.of(), List.of(new Message.User("x".repeat(2_000_000))), 0);

        // A file counts where the model takes it.
        ModelRequest shown = new ModelRequest(
                "m",
                "",
                List.of(),
                List.of(new Message.ToolResults(List.of(new Message.ToolResult(
                        "c", "", false, List.of(new Attachment("a.png", "image/png", "AAAA", 5000)))))),
                0);
        Money without = new Money(320_003);
        assertThat(model.worstCase(shown)).contains(new Money(320_003 + 12_500));
        assertThat(new PricedModel(model.price(), model.maxOutputTokens(), model.contextTokens(), Set.of())
                        .worstCase(shown))
                .contains(without);
        // A million tokens written to the cache at 2.50 dollars, and an answer of 32,000 at 10 dollars per million.
        assertThat(model.worstCase(request))
                .hasValueSatisfying(most -> assertThat(most)
                        .isGreaterThanOrEqualTo(new Money(2_820_000))
                        .isLessThan(new Money(2_821_000)));
    }
}
