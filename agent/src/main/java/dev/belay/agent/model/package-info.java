/** Model providers behind one small interface, with the scripted one. */
@NullMarked
package dev.belay.agent.model;

import org.jspecify.annotations.NullMarked;
