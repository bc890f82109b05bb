/** What is asked of sessions. */
@NullMarked
package dev.belay.agent.session.request;

import org.jspecify.annotations.NullMarked;
