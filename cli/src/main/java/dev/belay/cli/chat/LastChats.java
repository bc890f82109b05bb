package dev.belay.cli.chat;

import dev.belay.api.ConfigurationException;
import dev.belay.cli.run.RunPlace;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/** Which session each directory of this user was last used for, by server: a small file for each, beneath the state folder. */
final class LastChats {
    private final Path folder;

    LastChats(Map<String, String> environment) {
        this.folder = RunPlace.state(environment).resolve("chats");
    }

    private Path file(String server, Path directory) {
        return folder.resolve(word(server + "\n" + directory));
    }

    /** The session that was last used there. */
    Optional<String> find(String server, Path directory) {
        try {
            return Optional.of(Files.readString(file(server, directory)).strip());
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw new ConfigurationException("cannot read which chat was the last one here: " + e);
        }
    }

    void remember(String server, Path directory, String session) {
        try {
            Files.createDirectories(folder);
            Files.writeString(file(server, directory), session + "\n");
        } catch (IOException e) {
            throw new ConfigurationException("cannot note the chat in " + folder + ": " + e);
        }
    }

    /** A word that stands for the text in the name of a file or directory. */
    static String word(String text) {
        return UUID.nameUUIDFromBytes(text.getBytes(StandardCharsets.UTF_8)).toString();
    }
}
