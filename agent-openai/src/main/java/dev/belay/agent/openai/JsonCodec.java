package dev.belay.agent.openai;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.openai.core.JsonField;
import com.openai.core.JsonValue;
import com.openai.core.ObjectMappers;
import dev.belay.agent.model.ModelRequest;
import dev.belay.agent.model.catalogue.ModelFeature;
import dev.belay.agent.model.catalogue.PricedModel;
import dev.belay.api.JsonText;
import java.util.Optional;

/** JSON between Belay's text, the vendor's client and the wire. */
final class JsonCodec {
    static final JsonMapper MAPPER = ObjectMappers.jsonMapper();

    private JsonCodec() {}

    /** The tree as a field of the vendor's. */
    @SuppressWarnings("unchecked") // A JsonValue stands for a field of any type.
    static <T> JsonField<T> field(JsonNode tree) {
        return (JsonField<T>) JsonValue.fromJsonNode(tree);
    }

    static ArrayNode array() {
        return MAPPER.createArrayNode();
    }

    /** @throws IllegalArgumentException if it is not JSON */
    static JsonNode tree(JsonText text) {
        try {
            return MAPPER.readTree(text.text());
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("not JSON: " + text.text(), e);
        }
    }

    /** A call's arguments as they were sent; many endpoints refuse what is no JSON, so that such goes back as text in an object. */
    static String arguments(JsonText input) {
        try {
            if (!MAPPER.readTree(input.text()).isMissingNode()) {
                return input.text();
            }
        } catch (JsonProcessingException e) {
            // The model has been told already what is wrong with its arguments.
        }
        return MAPPER.createObjectNode().put("_raw_content", input.text()).toString();
    }

    /** What tells the provider which requests begin alike, where it takes that. */
    static Optional<String> cacheKey(ModelRequest request, PricedModel model) {
        return Optional.of(request.session())
                .filter(session -> !session.isEmpty() && model.has(ModelFeature.PROMPT_CACHE_KEY));
    }
}
