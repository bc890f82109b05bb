package dev.belay.bench.model;

import dev.belay.modeldouble.Answer;
import dev.belay.modeldouble.ModelServer.Received;
import dev.belay.modeldouble.Reply;
import dev.belay.modeldouble.Style;
import java.time.Duration;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;

/** What the model server answers: which of the scenes is said by the request, in whatever style it comes. */
final class Scenes {
    /** Pieces of a paced answer; each carries the moment at which it was sent. */
    static final int PACED_PIECES = 200;
    /** Pieces of an answer that is sent at once. */
    static final int FLOOD_PIECES = 20_000;

    static final String FLOOD_PIECE = "four words of text ";

    private static final Duration PAUSE = Duration.ofMillis(3);

    private final Map<Style, Map<Scene, Reply>> replies = new EnumMap<>(Style.class);

    /** One kind of answer. Its word stands in the prompt. */
    enum Scene {
        PACED,
        FLOOD,
        SILENT;

        String prompt() {
            return "scene-" + name();
        }
    }

    Scenes() {
        Answer paced = new Answer()
                .text(Collections.nCopies(PACED_PIECES, Reply.NOW + " ").toArray(String[]::new));
        Answer flood =
                new Answer().text(Collections.nCopies(FLOOD_PIECES, FLOOD_PIECE).toArray(String[]::new));
        for (Style style : Style.values()) {
            Reply start = new Answer().text("begun").unended(style);
            replies.put(
                    style,
                    Map.of(
                            Scene.PACED, paced.in(style).paced(PAUSE),
                            Scene.FLOOD, flood.in(style),
                            Scene.SILENT, start.silentAfter(start.length())));
        }
    }

    Reply reply(Received request) {
        for (Scene scene : Scene.values()) {
            if (request.body().contains(scene.prompt())) {
                return reply(Style.of(request), scene);
            }
        }
        throw new IllegalArgumentException("a request without a scene");
    }

    Reply reply(Style style, Scene scene) {
        Reply reply = replies.getOrDefault(style, Map.of()).get(scene);
        if (reply == null) {
            throw new IllegalArgumentException("no reply for " + style + " " + scene);
        }
        return reply;
    }

    /** What stands in an event of that style that holds a piece of text, and in no other. */
    static String mark(Style style) {
        return switch (style) {
            case MESSAGES -> "\"text_delta\"";
            case CHAT -> "\"content\"";
            case RESPONSES -> "\"response.output_text.delta\"";
        };
    }
}
