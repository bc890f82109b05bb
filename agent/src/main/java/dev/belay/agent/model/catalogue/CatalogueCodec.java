package dev.belay.agent.model.catalogue;

import dev.belay.agent.budget.Price;
import dev.belay.api.ConfigurationException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.json.JsonMapper;

/** Reads the catalogue and the price tables. */
final class CatalogueCodec {
    private static final JsonMapper MAPPER = JsonMapper.builder()
            .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
            .enable(MapperFeature.ACCEPT_CASE_INSENSITIVE_ENUMS)
            .enable(
                    DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES,
                    DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES)
            .build();

    private CatalogueCodec() {}

    /** A price table as it is written; {@code date} and {@code sources} are for the reader. */
    private record Table(
            Optional<String> date,
            Optional<Object> sources,
            Optional<Map<String, Row>> models,
            Optional<Map<String, Set<ModelFeature>>> features,
            Optional<Map<String, Integer>> contextTokens) {}

    private record Row(
            BigDecimal input,
            BigDecimal output,
            BigDecimal cacheRead,
            BigDecimal cacheCreation,
            Optional<Integer> maxOutputTokens) {}

    static Catalogue catalogue() {
        return MAPPER.readValue(resource("catalogue.json"), Catalogue.class);
    }

    static Prices.Table prices() {
        return prices(resource("prices.json"), "prices.json");
    }

    static Prices.Table prices(String text, String where) {
        try {
            Table table = MAPPER.readValue(text, Table.class);
            Map<String, Prices.Listed> prices = new HashMap<>();
            table.models()
                    .orElse(Map.of())
                    .forEach((model, row) -> prices.put(
                            model,
                            new Prices.Listed(
                                    new Price(row.input(), row.output(), row.cacheRead(), row.cacheCreation()),
                                    row.maxOutputTokens())));
            Map<String, Integer> contexts = table.contextTokens().orElse(Map.of());
            contexts.forEach((model, tokens) -> {
                if (tokens < 1) {
                    throw new IllegalArgumentException("context_tokens of " + model + " is not positive");
                }
            });
            return new Prices.Table(prices, table.features().orElse(Map.of()), contexts);
        } catch (JacksonException e) {
            throw new ConfigurationException(where + " is not a price table: " + e.getOriginalMessage());
        } catch (IllegalArgumentException e) {
            throw new ConfigurationException(where + " is not a price table: " + e.getMessage());
        }
    }

    private static String resource(String name) {
        try (InputStream in = CatalogueCodec.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException(name + " is missing from the class path");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
