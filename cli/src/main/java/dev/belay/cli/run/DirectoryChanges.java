package dev.belay.cli.run;

import dev.belay.agent.change.TextDiff;
import dev.belay.cli.run.DirectoryPicture.Entry;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/** What became of a directory between two pictures, as lines: unified diffs of text, a sentence for everything else. */
final class DirectoryChanges {
    private final List<String> lines = new ArrayList<>();

    private DirectoryChanges() {}

    static List<String> between(DirectoryPicture before, DirectoryPicture after) {
        DirectoryChanges changes = new DirectoryChanges();
        TreeSet<String> paths = new TreeSet<>();
        boolean complete = before.complete() && after.complete();
        paths.addAll(before.files().keySet());
        paths.addAll(after.files().keySet());
        for (String path : paths) {
            Optional<Entry> old = find(before.files(), path);
            Optional<Entry> now = find(after.files(), path);
            // A file that only one picture of a crowded directory shows may be in the other's unseen part.
            if (!old.equals(now) && (complete || (old.isPresent() && now.isPresent()))) {
                changes.add(path, old, now);
            }
        }
        if (!complete) {
            changes.lines.add("The directory holds more files than are compared; not all changes are shown.");
        }
        return changes.lines;
    }

    private static Optional<Entry> find(Map<String, Entry> files, String path) {
        return Optional.ofNullable(files.get(path));
    }

    private void add(String path, Optional<Entry> old, Optional<Entry> now) {
        Optional<String> oldText = text(old);
        Optional<String> newText = text(now);
        if (oldText.isPresent() == old.isPresent() && newText.isPresent() == now.isPresent()) {
            List<String> diff = TextDiff.unified(path, oldText, newText);
            lines.addAll(diff.isEmpty() ? List.of(verb(old, now) + " " + path + " (empty)") : diff);
        } else {
            lines.add(verb(old, now) + " " + path
                    + now.or(() -> old).map(DirectoryChanges::kind).orElse(""));
        }
    }

    private static Optional<String> text(Optional<Entry> entry) {
        return entry.flatMap(
                known -> known instanceof Entry.Text(String content) ? Optional.of(content) : Optional.empty());
    }

    private static String verb(Optional<Entry> old, Optional<Entry> now) {
        return old.isEmpty() ? "New:" : now.isEmpty() ? "Deleted:" : "Changed:";
    }

    private static String kind(Entry entry) {
        return switch (entry) {
            case Entry.Text _ -> "";
            case Entry.Opaque opaque -> " (binary or large, " + opaque.size() + " bytes)";
            case Entry.Link link -> " -> " + link.target();
        };
    }
}
