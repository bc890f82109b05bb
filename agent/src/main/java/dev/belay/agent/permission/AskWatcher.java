package dev.belay.agent.permission;

/** Is told while a call of a turn waits for somebody's answer. Calls come from several threads; each {@link #waits} is followed by its {@link #goesOn}. */
public interface AskWatcher {
    /** For turns of which nobody counts how many there are. */
    AskWatcher NONE = new AskWatcher() {
        @Override
        public void waits() {}

        @Override
        public void goesOn() {}
    };

    void waits();

    void goesOn();
}
