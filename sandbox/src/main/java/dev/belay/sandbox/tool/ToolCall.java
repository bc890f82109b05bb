package dev.belay.sandbox.tool;

/**
 * A call that a program in a sandbox made. All of it is the program's own word, checked against nothing but the limits.
 *
 * @param arguments from the libraries in the sandbox {@code {"args":[…],"kwargs":{…}}}; from others it may not even be JSON
 */
public record ToolCall(String name, String arguments) {}
