/** What an agent may do without asking: modes, rules, and the asks that a person answers. */
@NullMarked
package dev.belay.agent.permission;

import org.jspecify.annotations.NullMarked;
