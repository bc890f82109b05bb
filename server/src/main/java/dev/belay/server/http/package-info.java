/** What all HTTP faces share: routes and who may call them, strict JSON, errors in one shape, streams. */
@NullMarked
package dev.belay.server.http;

import org.jspecify.annotations.NullMarked;
