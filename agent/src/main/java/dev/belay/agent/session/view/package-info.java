/** What sessions are shown as. */
@NullMarked
package dev.belay.agent.session.view;

import org.jspecify.annotations.NullMarked;
