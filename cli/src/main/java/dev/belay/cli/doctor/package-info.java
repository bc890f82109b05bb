/** {@code belay doctor}: what this machine offers. */
@NullMarked
package dev.belay.cli.doctor;

import org.jspecify.annotations.NullMarked;
