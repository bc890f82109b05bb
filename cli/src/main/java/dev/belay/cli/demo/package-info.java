/** {@code belay demo}: an agent repairs a small project in front of you. */
@NullMarked
package dev.belay.cli.demo;

import org.jspecify.annotations.NullMarked;
