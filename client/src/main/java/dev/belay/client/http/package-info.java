/** Requests and answers: addresses, keys, certificates, errors. */
@NullMarked
package dev.belay.client.http;

import org.jspecify.annotations.NullMarked;
