package dev.belay.api;

import java.util.Set;

/**
 * Who acts, for attribution, and what they may do. {@code name} is the key's id, or a word for a principal without a key ({@code dev},
 * {@code cli}, {@code server}).
 */
public record Principal(String name, Set<Permission> permissions) {
    public Principal {
        permissions = Set.copyOf(permissions);
    }
}
