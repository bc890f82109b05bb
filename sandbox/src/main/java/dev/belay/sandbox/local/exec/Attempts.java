package dev.belay.sandbox.local.exec;

import java.util.function.Function;

/** Asks for a fork first, if the worker is ready, and for a process of its own when that could not be. */
final class Attempts implements LocalExec.Launcher {
    private final Function<Boolean, Launch> launch;
    private boolean forked;

    /** @param launch what to ask for; its argument says whether a worker is to fork it */
    Attempts(boolean forked, Function<Boolean, Launch> launch) {
        this.forked = forked;
        this.launch = launch;
    }

    @Override
    public Launch next() {
        Launch next = launch.apply(forked);
        forked = false;
        return next;
    }
}
