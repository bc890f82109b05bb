package dev.belay.agent.session.request;

import java.util.Optional;

/**
 * Which sessions a list shows.
 *
 * @param state as it is stored: {@code created}, {@code running}, {@code idle} or {@code expired}
 * @param runs whether those that were made for one run are among them
 */
public record SessionFilter(Optional<String> name, Optional<String> state, boolean runs) {}
