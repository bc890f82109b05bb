/** Connections that nobody can listen in on, with a certificate from files. */
@NullMarked
package dev.belay.server.tls;

import org.jspecify.annotations.NullMarked;
