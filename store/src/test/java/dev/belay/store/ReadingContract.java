package dev.belay.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.belay.api.ConflictException;
import dev.belay.api.StorageException;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What every database must do for those who read, whichever it is. */
abstract class ReadingContract extends NoteDatabase {
    private static final @Nullable Object NULL = null;

    @Test
    void aQueryTellsAllRowsTheFirstOneOrANumber() {
        note("b");
        note("a");

        assertThat(notes()).containsExactly("a", "b");
        assertThat(database.<Optional<String>>read(view ->
                        view.first("SELECT text FROM note WHERE text > ? ORDER BY text", row -> row.getString(1), "a")))
                .contains("b");
        assertThat(database.<Optional<String>>read(
                        view -> view.first("SELECT text FROM note WHERE text > ?", row -> row.getString(1), "b")))
                .isEmpty();
        assertThat(database.<Long>read(view -> view.number("SELECT count(*) FROM note")))
                .isEqualTo(2);
    }

    @Test
    void aTextIsAskedAgainWithOtherValues() {
        note("a");
        note("b");

        assertThat(database.<List<Long>>read(view -> Stream.of("a", "b", "c")
                        .map(text -> view.number("SELECT count(*) FROM note WHERE text = ?", text))
                        .toList()))
                .containsExactly(1L, 1L, 0L);
    }

    @Test
    void aNullIsSqls() {
        assertThat(database.<Long>read(
                        view -> view.number("SELECT count(*) FROM note WHERE COALESCE(?, 'none') = 'none'", NULL)))
                .isZero();
        note("a");
        assertThat(database.<Long>read(
                        view -> view.number("SELECT count(*) FROM note WHERE COALESCE(?, 'none') = 'none'", NULL)))
                .isEqualTo(1);
    }

    @Test
    void rowsThatNobodyReadsToTheirEndAreLeftThere() {
        IntStream.range(0, 200).forEach(i -> note("note " + i));

        for (int i = 0; i < 20; i++) {
            assertThat(database.<Optional<String>>read(
                            view -> view.first("SELECT text FROM note ORDER BY text", row -> row.getString(1))))
                    .contains("note 0");
        }
        assertThat(notes()).hasSize(200);
    }

    @Test
    void aReaderSeesOneStateFromBeginningToEnd() {
        note("a");

        List<List<String>> seen = database.read(view -> {
            List<String> first = notes(view);
            note("b");
            return List.of(first, notes(view));
        });

        assertThat(seen).containsExactly(List.of("a"), List.of("a"));
        assertThat(notes()).containsExactly("a", "b");
    }

    @Test
    void readersDoNotWaitForAUnit() throws Exception {
        note("a");
        BlockingUnit blocking = new BlockingUnit();

        assertThat(notes()).containsExactly("a");

        blocking.letGo();
    }

    @Test
    void aReaderCannotWrite() {
        assertThatThrownBy(() -> database.read(view -> view.number("INSERT INTO note (text) VALUES ('x') RETURNING 1")))
                .isInstanceOf(StorageException.class);
        assertThat(notes()).isEmpty();
    }

    @Test
    void aQueryThatFailsLeavesTheReadersUsable() {
        for (int i = 0; i < 20; i++) {
            assertThatThrownBy(() -> database.read(view -> {
                        notes(view);
                        throw new ConflictException("name_taken", "no");
                    }))
                    .isInstanceOf(ConflictException.class);
        }
        note("a");

        assertThat(notes()).containsExactly("a");
    }
}
