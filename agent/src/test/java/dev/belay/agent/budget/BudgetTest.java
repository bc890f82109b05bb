package dev.belay.agent.budget;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.belay.agent.budget.Budget.Outcome;
import dev.belay.api.Cost;
import dev.belay.api.CostBasis;
import dev.belay.api.Money;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

/** However many spend at once, together they never spend more than there is. */
class BudgetTest {
    private static Money micros(long micros) {
        return new Money(micros);
    }

    private static Cost cost(long micros) {
        return new Cost(micros(micros), CostBasis.LIST);
    }

    private static Budget of(long limit) {
        return Budget.unlimited().within("max_budget_usd", Optional.of(micros(limit)), false, Cost.NONE);
    }

    private static Reservation granted(Budget budget, long micros) {
        return ((Outcome.Granted) budget.reserve(Optional.of(micros(micros)))).reservation();
    }

    private static Outcome.Refused refused(Budget budget, long micros) {
        return (Outcome.Refused) budget.reserve(Optional.of(micros(micros)));
    }

    @Test
    void whatIsReservedIsNotThereForOthersUntilItIsSettled() {
        Budget budget = of(100);
        Reservation first = granted(budget, 70);
        assertThat(refused(budget, 31).why())
                .contains("max_budget_usd")
                .contains("$0.0001")
                .contains("reserved");
        granted(budget, 30).close();
        first.settle(cost(20));
        first.settle(cost(20));
        assertThat(budget.spent()).isEqualTo(cost(20));
        assertThat(budget.reserved()).isEqualTo(Money.ZERO);
        granted(budget, 80).settle(cost(80));
        assertThat(refused(budget, 1).unpriced()).isFalse();
        granted(budget, 0).close();
    }

    @Test
    void everyBudgetAboveHasToAgree() {
        Budget workspace = Budget.perPeriod("budget.workspace_day_usd", micros(100), false, cost(10), () -> 0);
        Budget session = workspace.within("max_budget_usd", Optional.of(micros(80)), false, cost(5));
        Budget turn = session.within("max_budget_usd", Optional.empty(), false, Cost.NONE);
        Budget subAgent = turn.within("its share", Optional.of(micros(50)), false, Cost.NONE);
        assertThat(refused(subAgent, 51).why()).contains("its share");
        Reservation share = granted(subAgent, 50);
        assertThat(refused(turn, 26).why()).contains("max_budget_usd");
        Budget other = workspace.within("max_budget_usd", Optional.empty(), false, Cost.NONE);
        assertThat(refused(other, 41).why()).contains("budget.workspace_day_usd");
        share.settle(cost(20));
        assertThat(List.of(subAgent.spent(), turn.spent(), session.spent(), workspace.spent()))
                .containsExactly(cost(20), cost(20), cost(25), cost(30));
        assertThat(List.of(subAgent.reserved(), turn.reserved(), session.reserved(), workspace.reserved()))
                .containsOnly(Money.ZERO);
    }

    @Test
    void aCallOfWhichNobodyKnowsTheCostIsNotMadeUnlessToldTo() {
        Outcome refused = of(100).reserve(Optional.empty());
        assertThat(((Outcome.Refused) refused).unpriced()).isTrue();
        assertThat(Budget.unlimited().reserve(Optional.empty())).isInstanceOf(Outcome.Granted.class);

        Budget told = Budget.unlimited().within("max_budget_usd", Optional.of(micros(10)), true, Cost.NONE);
        Outcome granted = told.reserve(Optional.empty());
        ((Outcome.Granted) granted).reservation().settle(cost(10));
        assertThat(((Outcome.Refused) told.reserve(Optional.empty())).unpriced())
                .isFalse();

        // Who may do so within a request may not within the workspace.
        Budget workspace = Budget.perPeriod("budget.workspace_day_usd", micros(100), false, Cost.NONE, () -> 0);
        Budget turn = workspace.within("max_budget_usd", Optional.of(micros(10)), true, Cost.NONE);
        assertThat(((Outcome.Refused) turn.reserve(Optional.empty())).why()).contains("budget.workspace_day_usd");
        assertThat(turn.reserved()).isEqualTo(Money.ZERO);
    }

    @Test
    void aNewDayBeginsWithNothingSpent() {
        AtomicLong day = new AtomicLong(1);
        Budget workspace = Budget.perPeriod("budget.workspace_day_usd", micros(100), false, cost(90), day::get);
        Reservation overnight = granted(workspace, 10);
        assertThat(refused(workspace, 1).unpriced()).isFalse();
        day.set(2);
        granted(workspace, 90).settle(cost(60));
        overnight.settle(cost(10));
        assertThat(workspace.spent()).isEqualTo(cost(70));
        assertThat(workspace.reserved()).isEqualTo(Money.ZERO);
    }

    /** Fifty sub-agents of several turns of two sessions in one workspace, each asking as often as it may. */
    @RepeatedTest(20)
    void fiftySpendersAtOnceNeverSpendMoreThanThereIs() throws Exception {
        long seed = ThreadLocalRandom.current().nextLong();
        Random random = new Random(seed);
        List<Budget> all = new ArrayList<>();
        List<Long> limits = new ArrayList<>();
        Budget workspace = Budget.perPeriod("workspace", micros(100_000), false, Cost.NONE, () -> 0);
        all.add(workspace);
        limits.add(100_000L);
        List<Budget> spenders = new ArrayList<>();
        for (int s = 0; s < 2; s++) {
            Budget session = add(all, limits, workspace, 40_000 + random.nextInt(30_000));
            for (int t = 0; t < 5; t++) {
                Budget turn = add(all, limits, session, 5_000 + random.nextInt(20_000));
                for (int a = 0; a < 5; a++) {
                    spenders.add(add(all, limits, turn, 1_000 + random.nextInt(10_000)));
                }
            }
        }
        CountDownLatch go = new CountDownLatch(1);
        AtomicLong spent = new AtomicLong();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> running = new ArrayList<>();
            for (Budget spender : spenders) {
                running.add(threads.submit(() -> {
                    go.await();
                    spent.addAndGet(spend(spender, all, limits));
                    return true;
                }));
            }
            go.countDown();
            for (Future<?> one : running) {
                one.get();
            }
        }
        assertThat(workspace.spent().amount().micros())
                .as("seed " + seed)
                .isEqualTo(spent.get())
                .isPositive();
        for (int i = 0; i < all.size(); i++) {
            assertThat(all.get(i).spent().amount().micros()).as("seed " + seed).isLessThanOrEqualTo(limits.get(i));
            assertThat(all.get(i).reserved()).isEqualTo(Money.ZERO);
        }
    }

    private static Budget add(List<Budget> all, List<Long> limits, Budget above, long limit) {
        Budget budget = above.within("limit", Optional.of(micros(limit)), false, Cost.NONE);
        all.add(budget);
        limits.add(limit);
        return budget;
    }

    /** Until two calls in a row are refused. */
    private static long spend(Budget spender, List<Budget> all, List<Long> limits) {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        long spent = 0;
        for (int refused = 0; refused < 2; ) {
            long worst = 1 + random.nextLong(400);
            if (spender.reserve(Optional.of(micros(worst))) instanceof Outcome.Granted(Reservation reservation)) {
                Budget any = all.get(random.nextInt(all.size()));
                assertThat(any.spent().amount().micros()).isLessThanOrEqualTo(limits.get(all.indexOf(any)));
                Thread.yield();
                long real = random.nextBoolean() ? worst : random.nextLong(worst + 1);
                reservation.settle(cost(real));
                spent += real;
                refused = 0;
            } else {
                refused++;
            }
        }
        return spent;
    }

    @Test
    void whoWouldHaveRoomWithoutTheOthersCanWaitForThem() throws Exception {
        Budget above = of(100);
        Budget budget = above.within("agents.a.max_budget_usd", Optional.of(micros(1000)), false, Cost.NONE);
        Reservation other = granted(above, 70);
        assertThat(refused(budget, 101).crowded()).isEmpty();
        assertThat(refused(budget, 40).crowded()).containsSame(above);
        Thread waiting = Thread.ofVirtual().start(() -> {
            try {
                above.awaitRoom(Optional.of(micros(40)));
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        await().until(() -> waiting.getState() == Thread.State.WAITING);

        other.settle(cost(70));

        waiting.join();
        assertThat(refused(budget, 40).crowded()).as("it is spent now").isEmpty();
    }
}
