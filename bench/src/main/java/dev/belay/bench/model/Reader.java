package dev.belay.bench.model;

import dev.belay.modeldouble.Style;
import java.io.IOException;

/** One way to read a model's answer. */
interface Reader {
    String name();

    /** Asks for that scene and reads the answer to its end. */
    Pieces read(Style style, Scenes.Scene scene) throws IOException, InterruptedException;
}
