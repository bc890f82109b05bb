package dev.belay.bench.humaneval;

import dev.belay.agent.model.Message;
import dev.belay.agent.model.ModelClient;
import dev.belay.agent.model.ModelListener;
import dev.belay.agent.model.ModelRequest;
import dev.belay.agent.model.scripted.ScriptedProvider;
import dev.belay.api.event.Delta;
import java.nio.file.Path;
import java.util.List;

/** What the scripted model alone takes of a run: to read its script, and to play it. */
final class ScriptTime {
    private static final ModelListener NOBODY = new ModelListener() {
        @Override
        public void delta(Delta.Kind kind, String text) {}

        @Override
        public void block(Message.Block block) {}
    };

    private final ScriptedProvider provider;

    /** @param scripts the directory that they lie in */
    ScriptTime(Path scripts) {
        provider = new ScriptedProvider(scripts);
    }

    /** Plays a script with that many answers; how long it took, in nanoseconds. */
    long play(String script, int answers) throws InterruptedException {
        List<Message> prompt = List.of(new Message.User("Solve the task."));
        long began = System.nanoTime();
        ModelClient model = provider.client(script);
        for (int attempt = 0; attempt < answers; attempt++) {
            model.ask(new ModelRequest(script, "", List.of(), prompt, attempt), NOBODY);
        }
        return System.nanoTime() - began;
    }
}
