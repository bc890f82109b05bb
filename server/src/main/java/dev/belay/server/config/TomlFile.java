package dev.belay.server.config;

import dev.belay.api.ConfigurationException;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.dataformat.toml.TomlMapper;

/** Reads a TOML file into dotted keys. */
final class TomlFile {
    private TomlFile() {}

    /** A value as it stands in the file; {@code form} is empty for one that no setting has, such as a list. */
    record Written(Optional<Kind.Form> form, String text) {}

    static Map<String, Written> read(Path file) {
        try {
            Map<String, Written> values = new LinkedHashMap<>();
            flatten("", new TomlMapper().readTree(Files.readString(file)), values);
            return values;
        } catch (NoSuchFileException e) {
            throw new ConfigurationException("there is no file " + file);
        } catch (CharacterCodingException e) {
            throw new ConfigurationException(file + " is not UTF-8 text");
        } catch (IOException e) {
            throw new ConfigurationException("cannot read " + file + ": " + e.getMessage());
        } catch (JacksonException e) {
            throw new ConfigurationException(file + " is not TOML: " + e.getOriginalMessage()
                    + (e.getLocation() == null
                            ? ""
                            : " (line " + e.getLocation().getLineNr() + ")"));
        }
    }

    private static void flatten(String prefix, JsonNode node, Map<String, Written> into) {
        for (Map.Entry<String, JsonNode> property : node.properties()) {
            String key = prefix + property.getKey();
            JsonNode value = property.getValue();
            if (value.isObject() && prefix.isEmpty()) {
                flatten(key + ".", value, into);
            } else {
                into.put(key, new Written(form(value), value.isValueNode() ? value.asString() : value.toString()));
            }
        }
    }

    private static Optional<Kind.Form> form(JsonNode value) {
        if (value.isString()) {
            return Optional.of(Kind.Form.STRING);
        }
        if (value.isNumber()) {
            return Optional.of(Kind.Form.NUMBER);
        }
        return value.isBoolean() ? Optional.of(Kind.Form.BOOLEAN) : Optional.empty();
    }
}
