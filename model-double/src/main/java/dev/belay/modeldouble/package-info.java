/** A model server that plays scripts over the wire, for tests: it stalls, cuts and refuses as it is told. */
@NullMarked
package dev.belay.modeldouble;

import org.jspecify.annotations.NullMarked;
