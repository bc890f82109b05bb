package dev.belay.sandbox;

/**
 * A terminal that a program runs on: its three streams are one, all output comes as stdout, and what is written to stdin is typed.
 *
 * @param rows 1 to 10,000
 * @param columns 1 to 10,000
 */
public record Terminal(int rows, int columns) {
    private static final int MOST = 10_000;

    public Terminal {
        if (rows < 1 || rows > MOST || columns < 1 || columns > MOST) {
            throw new IllegalArgumentException("rows and columns are not between 1 and " + MOST);
        }
    }
}
