package dev.belay.bench.model;

import dev.belay.bench.process.ModelAccess;
import dev.belay.bench.process.ServerProcess;
import dev.belay.bench.process.TemporaryDirectory;
import dev.belay.modeldouble.ModelServer;
import dev.belay.modeldouble.Style;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.stream.LongStream;

/**
 * {@code belay bench model}: what comes between a model and who listens to it. One model server sends the same answers to a plain socket, to
 * the client of each wire and to a whole server, in turns; each paced piece carries the moment at which it was sent.
 */
public final class ModelBench {
    private static final int WARM_UP = 5;
    private static final int ROUNDS = 10;
    private static final int FLOODS = 5;
    private static final int CANCELS = 100;

    private final PrintStream out;
    private final ModelServer models;

    private ModelBench(PrintStream out, ModelServer models) {
        this.out = out;
        this.models = models;
    }

    /** @return 0, or 2 for wrong arguments */
    public static int run(List<String> arguments, PrintStream out) {
        List<Style> styles = switch (arguments.size()) {
            case 0 -> List.of(Style.values());
            case 2 ->
                arguments.getFirst().equals("--wire")
                        ? Style.named(arguments.getLast()).stream().toList()
                        : List.of();
            default -> List.of();
        };
        if (styles.isEmpty()) {
            out.println("usage: belay bench model [--wire messages|chat|responses]");
            return 2;
        }
        Scenes scenes = new Scenes();
        try (ModelServer models = new ModelServer(scenes::reply)) {
            new ModelBench(out, models).measure(styles);
            return 0;
        } catch (IOException e) {
            out.println("belay bench model: " + e.getMessage());
            return 1;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return 1;
        }
    }

    private void measure(List<Style> styles) throws IOException, InterruptedException {
        try (TemporaryDirectory data = TemporaryDirectory.make("belay-model");
                ServerProcess server = ServerProcess.start(data.path(), ModelAccess.environment(models))) {
            ClientReader client = new ClientReader(models.url());
            List<Reader> readers =
                    List.of(new RawReader(URI.create(models.url())), client, new ServerReader(server.url()));
            out.printf(
                    "load average: %s%n",
                    Files.readString(Path.of("/proc/loadavg")).strip());
            for (Style style : styles) {
                out.printf("%n%s%n", style);
                paced(style, readers);
                floods(style, readers);
                cancels(style, client);
            }
        }
    }

    private void paced(Style style, List<Reader> readers) throws IOException, InterruptedException {
        List<List<Pieces>> read = new ArrayList<>();
        readers.forEach(_ -> read.add(new ArrayList<>()));
        for (int round = -WARM_UP; round < ROUNDS; round++) {
            for (int i = 0; i < readers.size(); i++) {
                Pieces pieces = readers.get(i).read(style, Scenes.Scene.PACED);
                if (pieces.delays().length != Scenes.PACED_PIECES) {
                    throw new IOException(readers.get(i).name() + " lost pieces: " + pieces.delays().length);
                }
                if (round >= 0) {
                    read.get(i).add(pieces);
                }
            }
        }
        for (int i = 0; i < readers.size(); i++) {
            long[] first =
                    read.get(i).stream().mapToLong(Pieces::firstNanos).sorted().toArray();
            long[] delays = read.get(i).stream()
                    .flatMapToLong(pieces -> LongStream.of(pieces.delays()))
                    .sorted()
                    .toArray();
            out.printf(
                    Locale.ROOT,
                    "  %-20s first piece p50 %6.2f ms  max %6.2f ms   each piece p50 %6.3f ms  p99 %6.3f ms%n",
                    readers.get(i).name(),
                    percentile(first, 50),
                    percentile(first, 100),
                    percentile(delays, 50),
                    percentile(delays, 99));
        }
    }

    private void floods(Style style, List<Reader> readers) throws IOException, InterruptedException {
        for (Reader reader : readers) {
            long best = Long.MAX_VALUE;
            for (int i = 0; i < FLOODS; i++) {
                Pieces pieces = reader.read(style, Scenes.Scene.FLOOD);
                best = Math.min(best, pieces.elapsedNanos());
                if (pieces.characters() < (long) Scenes.FLOOD_PIECES * Scenes.FLOOD_PIECE.length()) {
                    throw new IOException(reader.name() + " lost text");
                }
            }
            out.printf(
                    Locale.ROOT,
                    "  %-20s %,d pieces at once: %,.0f a second (best of %d)%n",
                    reader.name(),
                    Scenes.FLOOD_PIECES,
                    Scenes.FLOOD_PIECES / (best / 1e9),
                    FLOODS);
        }
    }

    /** From the interrupt of who listens until the model server sees that the connection is closed. */
    private void cancels(Style style, ClientReader client) throws InterruptedException {
        long[] took = new long[CANCELS];
        for (int i = 0; i < CANCELS; i++) {
            CountDownLatch gone = new CountDownLatch(1);
            Thread listener = Thread.ofVirtual().start(() -> {
                try {
                    client.read(style, Scenes.Scene.SILENT);
                } catch (IOException | InterruptedException e) {
                    gone.countDown();
                }
            });
            models.awaitSilence();
            long began = System.nanoTime();
            listener.interrupt();
            models.awaitClientLeaving();
            took[i] = System.nanoTime() - began;
            gone.await();
        }
        Arrays.sort(took);
        out.printf(
                Locale.ROOT,
                "  cancel until the connection is closed: p50 %.2f ms  p99 %.2f ms  max %.2f ms (to reach: <= 100)%n",
                percentile(took, 50),
                percentile(took, 99),
                percentile(took, 100));
    }

    private static double percentile(long[] sorted, int percent) {
        return sorted[Math.max(0, (int) Math.ceil(percent / 100.0 * sorted.length) - 1)] / 1e6;
    }
}
