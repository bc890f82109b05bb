package dev.belay.agent.budget;

/**
 * How fast one key may begin work.
 *
 * @param perSecond in the long run; 0 for no limit
 * @param burst how many at once, after a pause; at least 1
 */
public record StartRate(double perSecond, int burst) {
    public static final StartRate UNLIMITED = new StartRate(0, 1);
}
