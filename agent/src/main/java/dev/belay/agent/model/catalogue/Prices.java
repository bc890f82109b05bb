package dev.belay.agent.model.catalogue;

import dev.belay.agent.budget.Price;
import dev.belay.api.ConfigurationException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Pattern;

/** What models cost: the table that ships with Belay, and over it the one of the user. A model that is in neither has no known price. */
public final class Prices {
    private static final Pattern SNAPSHOT = Pattern.compile("-\\d{4}-?\\d{2}-?\\d{2}$");

    private final Map<String, Listed> models;

    private Prices(Map<String, Listed> models) {
        this.models = models;
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
     * "max_output_tokens"?}}}}. A file that does not exist adds nothing.
     *
     * @throws ConfigurationException if it cannot be read or is no such table
     */
    public Prices with(Path file) {
        try {
            Map<String, Listed> all = new HashMap<>(models);
            all.putAll(CatalogueCodec.prices(Files.readString(file), file.toString()));
            return new Prices(all);
        } catch (NoSuchFileException e) {
            return this;
        } catch (IOException e) {
            throw new ConfigurationException("cannot read " + file + ": " + e.getMessage());
        }
    }

    /** What is known of a model. A dated snapshot, {@code NAME-YYYYMMDD}, costs what the model costs unless it has a row of its own. */
    public PricedModel find(String provider, String model) {
        String name = provider + ":" + model;
        Listed listed = models.get(name);
        if (listed == null) {
            listed = models.get(SNAPSHOT.matcher(name).replaceFirst(""));
        }
        return listed == null
                ? PricedModel.UNKNOWN
                : new PricedModel(
                        Optional.of(listed.price()),
                        listed.maxOutputTokens().map(OptionalInt::of).orElseGet(OptionalInt::empty));
    }
}
