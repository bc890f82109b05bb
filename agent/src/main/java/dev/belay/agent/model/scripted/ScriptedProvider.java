package dev.belay.agent.model.scripted;

import dev.belay.agent.model.ModelClient;
import dev.belay.agent.model.ModelProvider;
import dev.belay.api.InvalidRequestException;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.regex.Pattern;

/**
 * Plays scripts: {@code scripted:NAME} plays {@code NAME.json} of the scripts directory, {@code scripted} alone answers with the prompt. All
 * that it produces is labelled with the source {@code scripted}.
 */
public final class ScriptedProvider implements ModelProvider {
    public static final String NAME = "scripted";
    private static final Pattern SCRIPT_NAME = Pattern.compile("[a-z0-9_-]{1,64}");
    private static final long MAX_SCRIPT_BYTES = 16L << 20;

    private final Path directory;

    /** @param directory where scripts lie; need not exist */
    public ScriptedProvider(Path directory) {
        this.directory = directory;
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String source() {
        return NAME;
    }

    @Override
    public ModelClient client(String model) {
        if (model.isEmpty()) {
            return new EchoClient();
        }
        if (!SCRIPT_NAME.matcher(model).matches()) {
            throw new InvalidRequestException("model", "a script's name must match " + SCRIPT_NAME.pattern());
        }
        Path file = directory.resolve(model + ".json");
        try {
            if (Files.size(file) > MAX_SCRIPT_BYTES) {
                throw new InvalidRequestException(
                        "model", "the script " + model + " is larger than " + MAX_SCRIPT_BYTES + " bytes");
            }
            return new ScriptedClient(ScriptCodec.read(model, Files.readString(file)), model);
        } catch (NoSuchFileException e) {
            throw new InvalidRequestException(
                    "model",
                    "there is no script " + model + "; put it into the data directory as scripts/" + model + ".json");
        } catch (CharacterCodingException e) {
            throw new InvalidRequestException("model", "the script " + model + " is not UTF-8");
        } catch (IOException e) {
            throw new InvalidRequestException("model", "the script " + model + " cannot be read: " + e.getMessage());
        }
    }
}
