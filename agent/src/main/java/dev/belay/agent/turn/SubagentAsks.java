package dev.belay.agent.turn;

import dev.belay.agent.permission.AskWatcher;

/** Tells a turn's watcher that it waits for answers while every sub-agent that works does: while one goes on, so does the turn. */
final class SubagentAsks {
    private final AskWatcher turn;
    private int working;
    private int waiting;
    private boolean told;

    SubagentAsks(AskWatcher turn) {
        this.turn = turn;
    }

    synchronized void began() {
        working++;
        tell();
    }

    synchronized void ended() {
        working--;
        tell();
    }

    /** What one sub-agent tells; it may ask for several things at once. */
    AskWatcher ofOne() {
        return new AskWatcher() {
            private int asks;

            @Override
            public void waits() {
                synchronized (SubagentAsks.this) {
                    if (asks++ == 0) {
                        waiting++;
                        tell();
                    }
                }
            }

            @Override
            public void goesOn() {
                synchronized (SubagentAsks.this) {
                    if (--asks == 0) {
                        waiting--;
                        tell();
                    }
                }
            }
        };
    }

    private void tell() {
        boolean all = waiting > 0 && waiting == working;
        if (all != told) {
            told = all;
            if (all) {
                turn.waits();
            } else {
                turn.goesOn();
            }
        }
    }
}
