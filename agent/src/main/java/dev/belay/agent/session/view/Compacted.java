package dev.belay.agent.session.view;

import dev.belay.api.event.TurnEvent;
import java.util.Optional;

/**
 * What came of a wish to compact a session.
 *
 * @param notPossible why nothing was done, if so
 * @param before what the model would have been told
 * @param after what it is told now
 */
public record Compacted(Optional<String> notPossible, TurnEvent.Told before, TurnEvent.Told after) {}
