package dev.belay.store.transfer;

import dev.belay.api.StorageException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.jspecify.annotations.Nullable;

/** The rows of a backup. */
final class ArchiveRows implements RowSource {
    private static final int SLICE_ROWS = 500;
    private static final long SLICE_CHARACTERS = 4L << 20;

    private final ZipFile zip;
    private final Manifest manifest;

    ArchiveRows(ZipFile zip, Manifest manifest) {
        this.zip = zip;
        this.manifest = manifest;
    }

    @Override
    public String name() {
        return "the backup of " + manifest.created() + " (" + manifest.id() + ")";
    }

    /** A backup does not say what is number and what is text; its values do. */
    @Override
    public List<Table> tables() {
        return manifest.tables().stream().map(ArchiveRows::table).toList();
    }

    static Table table(Manifest.Contents contents) {
        return new Table(
                contents.name(),
                contents.columns().stream()
                        .map(name -> new Table.Column(name, false))
                        .toList(),
                List.of());
    }

    @Override
    public void read(Table table, Position from, Consumer<List<@Nullable Object[]>> slice) {
        ZipEntry entry = zip.getEntry(Backup.entryOf(table.name()));
        if (entry == null) {
            throw new StorageException("backup_damaged", name() + " lacks the table " + table.name(), null);
        }
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(zip.getInputStream(entry), StandardCharsets.UTF_8))) {
            for (long read = 0; read < from.rows(); read++) {
                lines.readLine();
            }
            List<@Nullable Object[]> rows = new ArrayList<>();
            long characters = 0;
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                rows.add(Intake.values(line));
                characters += line.length();
                if (rows.size() == SLICE_ROWS || characters > SLICE_CHARACTERS) {
                    slice.accept(rows);
                    rows = new ArrayList<>();
                    characters = 0;
                }
            }
            if (!rows.isEmpty()) {
                slice.accept(rows);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
