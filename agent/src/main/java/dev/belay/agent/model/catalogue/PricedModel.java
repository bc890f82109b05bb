package dev.belay.agent.model.catalogue;

import dev.belay.agent.budget.Price;
import dev.belay.agent.model.Message;
import dev.belay.agent.model.MessageSize;
import dev.belay.agent.model.ModelRequest;
import dev.belay.api.Cost;
import dev.belay.api.CostBasis;
import dev.belay.api.Money;
import dev.belay.api.Usage;
import dev.belay.api.event.Attachment;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * What is known of a model before it is called.
 *
 * @param maxOutputTokens how many tokens an answer may have; empty to leave that to the provider
 * @param contextTokens how many tokens it can be told at once
 */
public record PricedModel(
        Optional<Price> price, OptionalInt maxOutputTokens, OptionalInt contextTokens, Set<ModelFeature> features) {
    public static final PricedModel UNKNOWN =
            new PricedModel(Optional.empty(), OptionalInt.empty(), OptionalInt.empty(), Set.of());

    /** No tokenizer in use makes more than one token of two bytes of the text that agents send. */
    private static final int BYTES_PER_TOKEN = 2;

    public PricedModel {
        features = Set.copyOf(features);
    }

    public boolean has(ModelFeature feature) {
        return features.contains(feature);
    }

    /** Whether it can be shown that file. */
    public boolean takes(Attachment file) {
        return file.whole()
                && has(file.mediaType().equals("application/pdf") ? ModelFeature.PDFS : ModelFeature.IMAGES);
    }

    /** What a call cost; without a price or without the provider's count it is unknown, and said so. */
    public Cost cost(Optional<Usage> usage) {
        return price.isPresent() && usage.isPresent()
                ? new Cost(price.get().of(usage.get()), CostBasis.LIST)
                : new Cost(Money.ZERO, CostBasis.UNKNOWN);
    }

    /**
     * What a call cost that did not come to its end.
     *
     * @param usage as far as the provider said it
     * @param whole whether that is all; else there is a part of which nothing is known
     */
    public Cost costSoFar(Usage usage, boolean whole) {
        Cost known = cost(Optional.of(usage));
        return whole ? known : new Cost(known.amount(), CostBasis.UNKNOWN);
    }

    /** What a call can cost at most; empty if its price or the length of its answer is not known. */
    public Optional<Money> worstCase(ModelRequest request) {
        if (price.isEmpty() || maxOutputTokens.isEmpty()) {
            return Optional.empty();
        }
        Price most = price.get();
        long input = bytes(request) / BYTES_PER_TOKEN + fileTokens(request) + 1;
        Usage asInput = new Usage(input, maxOutputTokens.getAsInt(), 0, 0);
        Usage asCache = new Usage(0, maxOutputTokens.getAsInt(), 0, input);
        Money dear = most.of(asCache);
        return Optional.of(most.of(asInput).compareTo(dear) < 0 ? dear : most.of(asInput));
    }

    private long fileTokens(ModelRequest request) {
        return request.messages().stream()
                .filter(Message.ToolResults.class::isInstance)
                .flatMap(message -> ((Message.ToolResults) message).results().stream())
                .flatMap(result -> result.attachments().stream())
                .filter(this::takes)
                .mapToLong(Attachment::mostTokens)
                .sum();
    }

    private static long bytes(ModelRequest request) {
        long bytes = MessageSize.bytes(request.system());
        for (ModelRequest.ToolDefinition tool : request.tools()) {
            bytes += MessageSize.bytes(tool.name())
                    + MessageSize.bytes(tool.description())
                    + MessageSize.bytes(tool.inputSchema().text());
        }
        return bytes + request.messages().stream().mapToLong(MessageSize::bytes).sum();
    }
}
