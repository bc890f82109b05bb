package dev.belay.tenancy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.belay.api.KeyId;
import dev.belay.api.OrganisationId;
import dev.belay.api.Permission;
import dev.belay.api.WorkspaceId;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class KnownKeysTest {
    private static final String ID = "00000000-0000-7000-8000-000000000000";
    private static final ApiKey KEY = new ApiKey(
            new KeyId(ID),
            new OrganisationId(ID),
            new WorkspaceId(ID),
            "ci",
            "blk_abcd",
            Set.of(Permission.RUN),
            Instant.EPOCH,
            Optional.empty(),
            Optional.empty());

    private final KnownKeys known = new KnownKeys();

    @Test
    void aKeyIsLookedUpOnce() {
        known.find("hash", () -> Optional.of(KEY));

        assertThat(known.find("hash", () -> {
                    throw new AssertionError("looked up again");
                }))
                .contains(KEY);
    }

    @Test
    void aRevocationDuringALookupIsNotLostToIt() {
        known.find("hash", () -> {
            known.forget(KEY);
            return Optional.of(KEY);
        });

        assertThat(known.find("hash", Optional::empty)).isEmpty();
    }

    @Test
    void whatIsNotThereIsNotRemembered() {
        known.find("hash", Optional::empty);

        assertThat(known.find("hash", () -> Optional.of(KEY))).contains(KEY);
    }
}
