package dev.belay.agent.model.catalogue;

import dev.belay.agent.budget.Price;
import dev.belay.api.ConfigurationException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * What is known of models: the table that ships with Belay, and over it the one of the user. A model that is in neither has no known price; one
 * whose name begins with no name of the features has none of them.
 */
public final class Prices {
    private static final Pattern SNAPSHOT = Pattern.compile("-\\d{4}-?\\d{2}-?\\d{2}$");

    private final Table table;

    private Prices(Table table) {
        this.table = table;
    }

    /**
     * A table.
     *
     * @param models by their whole names
     * @param features by beginnings of whole names; the longest that fits counts
     * @param contextTokens by beginnings of whole names, too
     */
    record Table(
            Map<String, Listed> models, Map<String, Set<ModelFeature>> features, Map<String, Integer> contextTokens) {
        Table over(Table lower) {
            return new Table(
                    over(models, lower.models),
                    over(features, lower.features),
                    over(contextTokens, lower.contextTokens));
        }

        private static <T> Map<String, T> over(Map<String, T> upper, Map<String, T> lower) {
            Map<String, T> all = new HashMap<>(lower);
            all.putAll(upper);
            return all;
        }
    }

    /**
     * A row of the table: prices in dollars per million tokens.
     *
     * @param maxOutputTokens how many tokens Belay lets an answer have
     */
    record Listed(Price price, Optional<Integer> maxOutputTokens) {}

    /** The table that ships with Belay. */
    public static Prices standard() {
        return new Prices(CatalogueCodec.prices());
    }

    /**
     * This table with the rows of a file over it: {@code {"models": {"PROVIDER:MODEL": {"input", "output", "cache_read", "cache_creation",
     * "max_output_tokens"?}},
     * "features": {"PROVIDER:BEGINNING": ["images", "pdfs", "encrypted_reasoning", "prompt_cache_key"]}, "context_tokens":
     * {"PROVIDER:BEGINNING": 200000}}}, each of which may be absent. A file that does not exist adds nothing.
     *
     * @throws ConfigurationException if it cannot be read or is no such table
     */
    public Prices with(Path file) {
        try {
            return new Prices(CatalogueCodec.prices(Files.readString(file), file.toString())
                    .over(table));
        } catch (NoSuchFileException e) {
            return this;
        } catch (IOException e) {
            throw new ConfigurationException("cannot read " + file + ": " + e.getMessage());
        }
    }

    /** What is known of a model. A dated snapshot, {@code NAME-YYYYMMDD}, costs what the model costs unless it has a row of its own. */
    public PricedModel find(String provider, String model) {
        String name = provider + ":" + model;
        Listed listed = table.models().get(name);
        if (listed == null) {
            listed = table.models().get(SNAPSHOT.matcher(name).replaceFirst(""));
        }
        Optional<Listed> row = Optional.ofNullable(listed);
        return new PricedModel(
                row.map(Listed::price),
                row.flatMap(Listed::maxOutputTokens).map(OptionalInt::of).orElseGet(OptionalInt::empty),
                longest(table.contextTokens(), name).map(OptionalInt::of).orElseGet(OptionalInt::empty),
                longest(table.features(), name).orElse(Set.of()));
    }

    /** The value of the longest beginning of that name. */
    private static <T> Optional<T> longest(Map<String, T> rows, String name) {
        return rows.entrySet().stream()
                .filter(row -> name.startsWith(row.getKey()))
                .max(Comparator.comparingInt(row -> row.getKey().length()))
                .map(Map.Entry::getValue);
    }
}
