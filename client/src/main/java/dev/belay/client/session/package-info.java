/** Sessions: made, spoken to, watched, asked about, ended. */
@NullMarked
package dev.belay.client.session;

import org.jspecify.annotations.NullMarked;
