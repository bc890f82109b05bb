package dev.belay.sandbox.attack;

/** An attack means nothing on this level; the message says why. */
final class NotApplicableException extends Exception {
    private static final long serialVersionUID = 1;

    NotApplicableException(String reason) {
        super(reason);
    }
}
