package dev.belay.sandbox.attack;

/** An attack that is more than a program inside. */
interface Attack {
    /** Tries it, harmlessly, and says what came of it in the words that the catalogue expects; {@code ESCAPED} where it got through. */
    String tryOn(Field field) throws Exception;
}
