package dev.belay.sandbox.live;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.belay.api.IdSource;
import dev.belay.api.SandboxId;
import dev.belay.sandbox.ProviderReport;
import dev.belay.sandbox.Sandbox;
import dev.belay.sandbox.SandboxLimits;
import dev.belay.sandbox.SandboxProvider;
import dev.belay.sandbox.SandboxSpec;
import dev.belay.sandbox.SandboxUsage;
import dev.belay.sandbox.local.LocalProvider;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WarmSandboxesTest {
    private final IdSource ids = new IdSource(InstantSource.system(), new Random(13));

    @TempDir
    Path directory;

    /** The local provider on a disk that is full for the first of its sandboxes. */
    private record FullAtFirst(SandboxProvider local, AtomicInteger asked) implements SandboxProvider {
        @Override
        public String name() {
            return local.name();
        }

        @Override
        public ProviderReport report() {
            return local.report();
        }

        @Override
        public Sandbox create(SandboxId id, SandboxSpec spec) {
            if (asked.incrementAndGet() == 1) {
                throw new UncheckedIOException(new IOException("No space left on device"));
            }
            return local.create(id, spec);
        }

        @Override
        public void cleanUp() {
            local.cleanUp();
        }

        @Override
        public SandboxUsage.Disk diskUsage(Path state) {
            return local.diskUsage(state);
        }

        @Override
        public void close() {
            local.close();
        }
    }

    @Test
    void aFailureDoesNotEndTheBuildingAheadAndNoSandboxGoesToTwo() throws InterruptedException {
        AtomicInteger asked = new AtomicInteger();
        Set<SandboxId> taken = ConcurrentHashMap.newKeySet();
        AtomicInteger count = new AtomicInteger();
        try (SandboxProvider provider = new FullAtFirst(new LocalProvider(directory.resolve("run")), asked);
                WarmSandboxes warm =
                        new WarmSandboxes(provider, ids, directory.resolve("state"), SandboxLimits.DEFAULT, 3)) {
            warm.fill();
            await().until(() -> asked.get() == 1);
            await().until(() -> {
                Optional<SandboxFactory.Built> one = warm.take(List.of(), SandboxLimits.DEFAULT);
                one.ifPresent(SandboxFactory.Built::destroy);
                return one.isPresent();
            });
            List<Thread> owners = IntStream.range(0, 8)
                    .mapToObj(i -> Thread.ofVirtual()
                            .start(() -> await().until(() -> warm.take(List.of(), SandboxLimits.DEFAULT)
                                    .map(built -> {
                                        taken.add(built.sandbox().id());
                                        count.incrementAndGet();
                                        built.destroy();
                                        return true;
                                    })
                                    .orElse(false))))
                    .toList();
            for (Thread owner : owners) {
                owner.join();
            }
        }
        assertThat(count).hasValue(8);
        assertThat(taken).hasSize(8);
        assertThat(directory.resolve("state")).isEmptyDirectory();
    }

    @Test
    void closingLeavesNothingAlsoOfTheOneThatIsBeingBuilt() throws Exception {
        Path state = Files.createDirectory(directory.resolve("state"));
        try (LocalProvider provider = new LocalProvider(directory.resolve("run"))) {
            for (int i = 0; i < 5; i++) {
                WarmSandboxes warm = new WarmSandboxes(provider, ids, state, SandboxLimits.DEFAULT, 2);
                warm.fill();
                while (isEmpty(state)) {
                    Thread.onSpinWait();
                }

                warm.close();

                assertThat(state).isEmptyDirectory();
                assertThat(warm.take(List.of(), SandboxLimits.DEFAULT)).isEmpty();
            }
        }
    }

    private static boolean isEmpty(Path state) throws Exception {
        try (var content = Files.list(state)) {
            return content.findAny().isEmpty();
        }
    }
}
