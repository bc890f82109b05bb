/** The main job on real input: HumanEval's tasks through a running server. */
@NullMarked
package dev.belay.bench.humaneval;

import org.jspecify.annotations.NullMarked;
