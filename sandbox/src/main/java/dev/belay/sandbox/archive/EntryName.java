package dev.belay.sandbox.archive;

import dev.belay.api.FileException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Names of entries. In an archive that comes in they are an attacker's; in one that goes out they must do no harm elsewhere. */
final class EntryName {
    private static final int LONGEST = 4095;

    private EntryName() {}

    /**
     * The relative path without {@code .} and empty parts; empty for the archive's own root.
     *
     * @throws FileException {@code bad_archive} for a name that leads elsewhere
     */
    static String in(String name) {
        if (name.startsWith("/") || name.indexOf('\0') >= 0 || name.getBytes(StandardCharsets.UTF_8).length > LONGEST) {
            throw refused(name, "an absolute or too long name, or one with a NUL");
        }
        List<String> parts = new ArrayList<>();
        for (String part : name.split("/", -1)) {
            if (part.equals("..")) {
                throw refused(name, "a name that leads out of the archive");
            }
            if (!part.isEmpty() && !part.equals(".")) {
                parts.add(part);
            }
        }
        return String.join("/", parts);
    }

    /** The same without what other systems take for a separator, or cannot show. */
    static String out(String path) {
        StringBuilder clean = new StringBuilder(path.length());
        path.codePoints()
                .map(c -> c == '\\' || Character.isISOControl(c) ? '_' : c)
                .forEach(clean::appendCodePoint);
        return clean.toString();
    }

    static FileException refused(String name, String why) {
        return new FileException(
                "bad_archive", "the archive was refused: the entry \"" + out(shortened(name)) + "\" has " + why);
    }

    private static String shortened(String name) {
        return name.length() <= 200 ? name : name.substring(0, 200) + "…";
    }
}
