/**
 * The vocabulary of Belay: the words of the domain as records and sealed interfaces. Every module speaks them; this one depends on nothing.
 */
@NullMarked
package dev.belay.api;

import org.jspecify.annotations.NullMarked;
