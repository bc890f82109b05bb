/** {@code belay run}: the agent on a directory of this machine, without a server. */
@NullMarked
package dev.belay.cli.run;

import org.jspecify.annotations.NullMarked;
