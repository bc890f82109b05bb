/** The bodies of requests. */
@NullMarked
package dev.belay.server.cloudagent.body;

import org.jspecify.annotations.NullMarked;
