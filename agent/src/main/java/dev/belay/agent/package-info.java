@NullMarked
package dev.belay.agent;

import org.jspecify.annotations.NullMarked;
