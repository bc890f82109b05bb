/**
 * Which sandboxes there are: makes and records them, keeps them over stop and start, and takes down what nobody owns any more. Start at
 * {@link dev.belay.sandbox.registry.Sandboxes}.
 */
@NullMarked
package dev.belay.sandbox.registry;

import org.jspecify.annotations.NullMarked;
