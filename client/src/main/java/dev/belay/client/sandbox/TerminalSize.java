package dev.belay.client.sandbox;

/**
 * The size of a terminal that a command runs on.
 *
 * @param rows 1 to 10,000
 * @param columns 1 to 10,000
 */
public record TerminalSize(int rows, int columns) {}
