/** PostgreSQL for tests. */
@NullMarked
package dev.belay.testpostgres;

import org.jspecify.annotations.NullMarked;
