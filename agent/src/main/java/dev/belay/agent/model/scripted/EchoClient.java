package dev.belay.agent.model.scripted;

import dev.belay.agent.model.Message;
import dev.belay.agent.model.ModelAnswer;
import dev.belay.agent.model.ModelClient;
import dev.belay.agent.model.ModelListener;
import dev.belay.agent.model.ModelRequest;
import dev.belay.api.Cost;
import dev.belay.api.Money;
import dev.belay.api.Usage;
import dev.belay.api.event.Delta;
import java.util.Optional;

/** Answers with the prompt. */
final class EchoClient implements ModelClient {
    @Override
    public ModelAnswer ask(ModelRequest request, ModelListener listener) {
        String text = LastMessage.text(request);
        listener.delta(Delta.Kind.TEXT, text);
        listener.block(new Message.Block.Text(text));
        return new ModelAnswer(Usage.NONE, Cost.NONE, "end_turn");
    }

    @Override
    public Optional<Money> worstCase(ModelRequest request) {
        return Optional.of(Money.ZERO);
    }
}
