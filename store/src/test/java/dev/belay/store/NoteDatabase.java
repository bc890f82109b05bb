package dev.belay.store;

import static org.awaitility.Awaitility.await;

import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** A database with a table of notes, and ways to write to it. */
abstract class NoteDatabase {
    Database database;
    final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

    /** Opens the same database each time. */
    abstract Database open();

    @BeforeEach
    void openWithATableOfNotes() {
        database = open();
        database.write(tx -> tx.update("CREATE TABLE note (text TEXT NOT NULL UNIQUE)"));
    }

    @AfterEach
    void closeAll() {
        threads.close();
        database.close();
    }

    final void note(String text) {
        database.write(tx -> note(tx, text));
    }

    static int note(Tx tx, String text) {
        return tx.update("INSERT INTO note (text) VALUES (?)", text);
    }

    final List<String> notes() {
        return database.read(view -> notes(view));
    }

    static List<String> notes(View view) {
        return view.list("SELECT text FROM note ORDER BY text", row -> row.getString("text"));
    }

    /** A unit that stays inside until it is let go, so that what is written meanwhile queues up behind it. */
    final class BlockingUnit {
        private final CountDownLatch entered = new CountDownLatch(1);
        private final CountDownLatch release = new CountDownLatch(1);
        private final Future<?> done = threads.submit(() -> database.write(tx -> {
            entered.countDown();
            await().forever().until(() -> release.getCount() == 0);
            return note(tx, "blocking");
        }));

        BlockingUnit() throws InterruptedException {
            entered.await();
        }

        void letGo() throws Exception {
            release.countDown();
            done.get();
        }
    }

    /** Hands a unit in from another thread and waits until that thread waits for its answer. */
    final <T> Future<T> handIn(Database.Unit<T> unit) throws InterruptedException {
        CountDownLatch started = new CountDownLatch(1);
        Thread[] writer = new Thread[1];
        Future<T> answer = threads.submit(() -> {
            writer[0] = Thread.currentThread();
            started.countDown();
            return database.write(unit);
        });
        started.await();
        await().until(() -> writer[0].getState() == Thread.State.WAITING || answer.isDone());
        return answer;
    }
}
