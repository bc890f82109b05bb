package dev.belay.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.belay.api.ConflictException;
import dev.belay.api.StorageException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What every database must do with what is written, whichever it is. */
abstract class DatabaseContract extends NoteDatabase {
    @Test
    void whatManyThreadsWroteIsThereAfterReopening() throws Exception {
        List<Future<?>> writers = new ArrayList<>();
        for (int w = 0; w < 32; w++) {
            int writer = w;
            writers.add(threads.submit(() -> IntStream.range(0, 25).forEach(i -> note(writer + "/" + i))));
        }
        for (Future<?> writer : writers) {
            writer.get();
        }

        database.close();
        database = open();

        assertThat(notes()).hasSize(32 * 25).doesNotHaveDuplicates();
    }

    @Test
    void aUnitThatFailsRollsBackAloneWhileItsNeighboursStay() throws Exception {
        BlockingUnit blocking = new BlockingUnit();
        Future<Integer> before = handIn(tx -> note(tx, "before"));
        Future<Integer> failing = handIn(tx -> {
            note(tx, "half done");
            throw new ConflictException("name_taken", "no");
        });
        Future<Integer> after = handIn(tx -> note(tx, "after"));
        blocking.letGo();

        assertThat(before.get()).isEqualTo(1);
        assertThat(after.get()).isEqualTo(1);
        assertThatThrownBy(failing::get).hasCauseInstanceOf(ConflictException.class);
        assertThat(notes()).containsExactly("after", "before", "blocking");
    }

    @Test
    void aUnitAloneInItsCommitThatFailsLeavesNothing() {
        assertThatThrownBy(() -> database.write(tx -> {
                    note(tx, "half done");
                    throw new ConflictException("name_taken", "no");
                }))
                .isInstanceOf(ConflictException.class);
        note("later");

        assertThat(notes()).containsExactly("later");
    }

    @Test
    void anErrorOfTheDatabaseInsideAUnitIsAStorageExceptionAndHarmsNoOther() throws Exception {
        note("there");
        BlockingUnit blocking = new BlockingUnit();
        Future<Integer> twice = handIn(tx -> note(tx, "there"));
        Future<Integer> broken = handIn(tx -> tx.update("INSERT INTO nowhere VALUES (1)"));
        Future<Integer> fine = handIn(tx -> note(tx, "fine"));
        blocking.letGo();

        assertThatThrownBy(twice::get).hasCauseInstanceOf(StorageException.class);
        assertThatThrownBy(broken::get).hasCauseInstanceOf(StorageException.class);
        assertThat(fine.get()).isEqualTo(1);
        assertThat(notes()).containsExactly("blocking", "fine", "there");
    }

    @Test
    void aPreparedStatementThatFailedOnceWorksAgain() {
        Database.Unit<Integer> insert = tx -> tx.update("INSERT INTO note (text) VALUES (?)", "prepared");
        database.write(insert);
        assertThatThrownBy(() -> database.write(insert)).isInstanceOf(StorageException.class);
        database.write(tx -> tx.update("DELETE FROM note"));

        assertThat(database.write(insert)).isEqualTo(1);
    }

    @Test
    void aQueryOfAUnitSeesWhatTheUnitExecuted() {
        List<String> seen = database.write(tx -> {
            tx.execute("INSERT INTO note (text) VALUES (?)", "a");
            tx.execute("INSERT INTO note (text) VALUES (?)", "b");
            tx.execute("UPDATE note SET text = ? WHERE text = ?", "c", "a");
            tx.execute("INSERT INTO note (text) VALUES (?)", "a");
            return notes(tx);
        });

        assertThat(seen).containsExactly("a", "b", "c");
        assertThat(database.<Integer>write(tx -> tx.update("DELETE FROM note WHERE text < ?", "c")))
                .isEqualTo(2);
    }

    @Test
    void whatAUnitExecutedAndTheDatabaseRefusesFailsThatUnitAlone() throws Exception {
        note("there");
        BlockingUnit blocking = new BlockingUnit();
        List<Future<String>> answers = new ArrayList<>();
        for (String text : List.of("before", "there", "after")) {
            answers.add(handIn(tx -> {
                tx.execute("INSERT INTO note (text) VALUES (?)", text);
                return text;
            }));
        }
        blocking.letGo();

        assertThat(answers.get(0).get()).isEqualTo("before");
        assertThatThrownBy(answers.get(1)::get).hasCauseInstanceOf(StorageException.class);
        assertThat(answers.get(2).get()).isEqualTo("after");
        assertThat(notes()).containsExactly("after", "before", "blocking", "there");
    }

    @Test
    void everyTextIsStored() {
        String text = "\u0000 \ud83d\ude00 \ud800 ' \\ \n";
        database.write(tx -> {
            tx.execute("INSERT INTO note (text) VALUES (?)", text);
            return true;
        });

        assertThat(notes()).hasSize(1).first().asString().contains("\ud83d\ude00", "' \\ \n");
    }

    @Test
    void unitsThatAreHandedInWithoutWaitingKeepTheirOrderAndTellTheirOwnErrors() {
        List<Integer> ran = new ArrayList<>();
        List<Database.Written<Integer>> answers = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            int number = i;
            answers.add(database.submit(tx -> {
                tx.afterCommit(() -> ran.add(number));
                return note(tx, number == 50 ? "0" : String.valueOf(number));
            }));
        }

        assertThatThrownBy(answers.remove(50)::await).isInstanceOf(StorageException.class);
        assertThat(answers).allSatisfy(answer -> assertThat(answer.await()).isEqualTo(1));
        assertThat(ran).isSorted().hasSize(99).doesNotContain(50);
        assertThat(notes()).hasSize(99);
    }

    @Test
    void whatNobodyWaitsForIsStoredSoonAndBeforeWhatIsHandedInAfterIt() {
        database.submit(tx -> note(tx, "1 alone"));
        await().until(() -> notes().equals(List.of("1 alone")));
        database.submit(tx -> note(tx, "2 not waited for"));
        List<String> seen = database.write(tx -> notes(tx));
        assertThat(seen).containsExactly("1 alone", "2 not waited for");
    }

    @Test
    void hooksRunInOrderOfTheUnitsAndBeforeTheirWritersAreTold() throws Exception {
        List<String> ran = new ArrayList<>();
        BlockingUnit blocking = new BlockingUnit();
        List<Future<Integer>> answers = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            int number = i;
            answers.add(handIn(tx -> {
                tx.afterCommit(() -> ran.add("stored " + number));
                tx.afterRollback(() -> ran.add("rolled back " + number));
                if (number % 5 == 3) {
                    throw new ConflictException("name_taken", "no");
                }
                return note(tx, "n" + number);
            }));
        }
        blocking.letGo();
        for (int i = 0; i < 20; i++) {
            if (i % 5 == 3) {
                assertThatThrownBy(answers.get(i)::get).isInstanceOf(ExecutionException.class);
            } else {
                answers.get(i).get();
            }
        }

        assertThat(ran.stream().filter(r -> r.startsWith("stored")))
                .containsExactlyElementsOf(IntStream.range(0, 20)
                        .filter(i -> i % 5 != 3)
                        .mapToObj(i -> "stored " + i)
                        .toList());
        assertThat(ran.stream().filter(r -> r.startsWith("rolled")))
                .as("of a unit that failed, and of what had to be run again because of it")
                .containsSubsequence("rolled back 3", "rolled back 8", "rolled back 13", "rolled back 18");
    }

    @Test
    void aHookSeesWhatItsUnitStored() {
        List<String> seen = new ArrayList<>();

        database.write(tx -> {
            tx.afterCommit(() -> seen.addAll(notes()));
            return note(tx, "stored");
        });

        assertThat(seen).containsExactly("stored");
    }

    @Test
    void aHookThatThrowsHarmsNobody() {
        List<String> ran = new ArrayList<>();
        database.write(tx -> {
            tx.afterCommit(() -> {
                throw new IllegalStateException("a hook that breaks its promise");
            });
            tx.afterCommit(() -> ran.add("the next hook"));
            return note(tx, "first");
        });
        note("second");

        assertThat(ran).containsExactly("the next hook");
        assertThat(notes()).containsExactly("first", "second");
    }

    @Test
    void aUnitInsideAUnitIsRefused() {
        assertThatThrownBy(() -> database.write(tx -> {
                    note("inner");
                    return note(tx, "outer");
                }))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("must not start another");
        assertThat(notes()).isEmpty();
    }

    @Test
    void anInterruptedWriterGetsItsAnswerAndStaysInterrupted() throws Exception {
        BlockingUnit blocking = new BlockingUnit();
        CountDownLatch waiting = new CountDownLatch(1);
        Set<String> outcome = ConcurrentHashMap.newKeySet();
        Thread writer = Thread.ofVirtual().start(() -> {
            waiting.countDown();
            note("of the interrupted");
            outcome.add("answered");
            if (Thread.currentThread().isInterrupted()) {
                outcome.add("interrupted");
            }
        });
        waiting.await();
        await().until(() -> writer.getState() == Thread.State.WAITING);
        writer.interrupt();
        blocking.letGo();
        writer.join();

        assertThat(outcome).containsExactlyInAnyOrder("answered", "interrupted");
        assertThat(notes()).contains("of the interrupted");
    }

    @Test
    void closingAnswersEverybodyAndKeepsWhatWasAcknowledged() throws Exception {
        BlockingUnit blocking = new BlockingUnit();
        Set<String> acknowledged = ConcurrentHashMap.newKeySet();
        ConcurrentLinkedQueue<String> refused = new ConcurrentLinkedQueue<>();
        List<Future<?>> writers = new ArrayList<>();
        for (int w = 0; w < 16; w++) {
            int writer = w;
            writers.add(threads.submit(() -> {
                for (int i = 0; ; i++) {
                    String text = writer + "/" + i;
                    try {
                        note(text);
                        acknowledged.add(text);
                    } catch (StorageException e) {
                        refused.add(e.code());
                        return;
                    }
                }
            }));
        }
        blocking.letGo();
        await().until(() -> acknowledged.size() > 50);

        database.close();
        for (Future<?> writer : writers) {
            writer.get();
        }

        assertThat(refused).hasSize(16).containsOnly("storage_closed");
        assertThatThrownBy(() -> note("late")).isInstanceOf(StorageException.class);
        assertThatThrownBy(this::notes).isInstanceOf(StorageException.class);
        database.close();
        database = open();
        acknowledged.add("blocking");
        assertThat(notes()).containsExactlyInAnyOrderElementsOf(acknowledged);
    }

    @Test
    void itTellsItsSchemaAndThatItIsSound() {
        assertThat(database.schemaVersion()).isEqualTo(newestMigration());
        assertThat(database.integrityProblems()).isEmpty();
    }

    private static String newestMigration() {
        try (Stream<Path> files = Files.list(Path.of("src/main/resources/db/migration"))) {
            return files.map(file -> file.getFileName().toString())
                    .map(name -> name.substring(1, name.indexOf("__")))
                    .max(Comparator.comparingInt(Integer::parseInt))
                    .orElseThrow();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
