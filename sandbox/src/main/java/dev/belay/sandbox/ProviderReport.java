package dev.belay.sandbox;

import java.util.List;

/**
 * What a provider reaches on this host.
 *
 * @param missing what stands in the way of a better level, each with what to do about it; empty if nothing
 */
public record ProviderReport(String provider, Isolation isolation, List<String> missing) {
    public ProviderReport {
        missing = List.copyOf(missing);
    }
}
