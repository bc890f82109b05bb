package dev.belay.agent.budget;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.belay.api.OrganisationId;
import dev.belay.api.Permission;
import dev.belay.api.Principal;
import dev.belay.api.RateLimitException;
import dev.belay.api.Scope;
import dev.belay.api.WorkspaceId;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import org.junit.jupiter.api.Test;

/** A key that begins too much is told when to come back. */
class StartRatesTest {
    private Instant now = Instant.parse("2026-11-22T00:00:00Z");

    private StartRates rates(double perSecond, int burst) {
        return new StartRates(new StartRate(perSecond, burst), () -> now);
    }

    private static Scope key(int organisation, String name) {
        return new Scope(
                new OrganisationId(id(organisation)),
                new WorkspaceId(id(3)),
                new Principal(name, EnumSet.allOf(Permission.class)));
    }

    private static String id(int number) {
        return "01900000-0000-7000-8000-00000000000" + number;
    }

    private static void takes(StartRates rates, Scope scope, int times) {
        for (int i = 0; i < times; i++) {
            rates.take(scope);
        }
    }

    private static void refuses(StartRates rates, Scope scope, Duration until) {
        assertThatThrownBy(() -> rates.take(scope))
                .isInstanceOfSatisfying(
                        RateLimitException.class,
                        e -> assertThat(e.retryAfter()).isCloseTo(until, Duration.ofMillis(1)))
                .hasMessageContaining("limits.starts_per_s");
    }

    @Test
    void afterABurstAKeyBeginsAsMuchAsItsRateAllows() {
        StartRates rates = rates(2, 3);
        Scope key = key(1, "k");
        takes(rates, key, 3);
        refuses(rates, key, Duration.ofMillis(500));

        now = now.plusMillis(500);
        takes(rates, key, 1);
        refuses(rates, key, Duration.ofMillis(500));

        now = now.plusSeconds(3600);
        takes(rates, key, 3);
        refuses(rates, key, Duration.ofMillis(500));
    }

    @Test
    void whatIsRefusedDoesNotCount() {
        StartRates rates = rates(1, 1);
        Scope key = key(1, "k");
        takes(rates, key, 1);
        for (int i = 0; i < 100; i++) {
            refuses(rates, key, Duration.ofSeconds(1));
        }
        now = now.plusSeconds(1);
        takes(rates, key, 1);
    }

    @Test
    void eachKeyHasItsOwn() {
        StartRates rates = rates(0.1, 1);
        takes(rates, key(1, "k"), 1);
        refuses(rates, key(1, "k"), Duration.ofSeconds(10));

        takes(rates, key(1, "other"), 1);
        takes(rates, key(2, "k"), 1);
    }

    @Test
    void aClockThatIsSetBackGivesNothingAndTakesNothing() {
        StartRates rates = rates(1, 2);
        Scope key = key(1, "k");
        takes(rates, key, 1);
        now = now.minusSeconds(3600);
        takes(rates, key, 1);
        refuses(rates, key, Duration.ofSeconds(1));
    }

    @Test
    void withoutALimitThereIsNone() {
        StartRates rates = new StartRates(StartRate.UNLIMITED, () -> now);
        assertThatCode(() -> takes(rates, key(1, "k"), 1000)).doesNotThrowAnyException();
    }
}
