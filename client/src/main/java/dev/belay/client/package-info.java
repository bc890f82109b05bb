/** The Java SDK for a Belay that runs elsewhere: blocking calls over HTTP, records for answers, one family of exceptions. */
@NullMarked
package dev.belay.client;

import org.jspecify.annotations.NullMarked;
