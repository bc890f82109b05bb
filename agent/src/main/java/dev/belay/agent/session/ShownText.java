package dev.belay.agent.session;

/** Text that is shown in part. */
final class ShownText {
    private ShownText() {}

    /** The whole, or as many characters of its beginning (a pair of surrogates is not parted) and an ellipsis. */
    static String of(String text, int most) {
        if (text.length() <= most) {
            return text;
        }
        int end = Character.isHighSurrogate(text.charAt(most - 1)) ? most - 1 : most;
        return text.substring(0, end) + "…";
    }
}
