package dev.belay.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.belay.api.Cost;
import dev.belay.api.CostBasis;
import dev.belay.api.ExecId;
import dev.belay.api.JsonText;
import dev.belay.api.KeyId;
import dev.belay.api.Money;
import dev.belay.api.OrganisationId;
import dev.belay.api.Permission;
import dev.belay.api.SandboxId;
import dev.belay.api.SessionId;
import dev.belay.api.StorageException;
import dev.belay.api.TurnId;
import dev.belay.api.WorkspaceId;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.Test;

class StoredJsonTest {
    private static final String ID = "0190b2c8-1c5e-7abc-8def-0123456789ab";

    record Everything(
            OrganisationId organisation,
            WorkspaceId workspace,
            KeyId key,
            SessionId session,
            TurnId turn,
            SandboxId sandbox,
            ExecId exec,
            JsonText json,
            Cost cost,
            Set<Permission> permissions,
            Optional<String> text,
            OptionalLong big,
            OptionalInt small,
            boolean yes,
            List<String> lines) {}

    private static Everything everything(Optional<String> text, OptionalLong big, OptionalInt small) {
        return new Everything(
                new OrganisationId(ID),
                new WorkspaceId(ID),
                new KeyId(ID),
                new SessionId(ID),
                new TurnId(ID),
                new SandboxId(ID),
                new ExecId(ID),
                new JsonText("{ \"kept\" : [1.0, 1e400, \"\\u00e9\"] ,\n \"byte\":\"for byte\"}"),
                new Cost(new Money(123_456_789L), CostBasis.UNKNOWN),
                Set.of(Permission.ADMIN, Permission.RUN),
                text,
                big,
                small,
                true,
                List.of("", "\u0000 \ud83d\ude00 \" \\ \u2028 é"));
    }

    @Test
    void whatIsStoredComesBackTheSame() {
        Everything full = everything(Optional.of("text"), OptionalLong.of(Long.MAX_VALUE), OptionalInt.of(-1));
        Everything bare = everything(Optional.empty(), OptionalLong.empty(), OptionalInt.empty());

        assertThat(StoredJson.decode(StoredJson.encode(full), Everything.class)).isEqualTo(full);
        assertThat(StoredJson.decode(StoredJson.encode(bare), Everything.class)).isEqualTo(bare);
    }

    @Test
    void idsAreStringsAndMoneyIsANumber() {
        record Small(TurnId turn, Money price) {}

        assertThat(StoredJson.encode(new Small(new TurnId(ID), new Money(5))))
                .isEqualTo("{\"turn\":\"" + ID + "\",\"price\":5}");
    }

    @Test
    void aFieldOfANewerVersionIsIgnoredAndOneThatAnOlderDidNotWriteIsAbsent() {
        record Small(TurnId turn, Optional<String> added) {}

        assertThat(StoredJson.decode("{\"turn\":\"" + ID + "\",\"later\":{\"a\":[1]}}", Small.class))
                .isEqualTo(new Small(new TurnId(ID), Optional.empty()));
    }

    @Test
    void damagedTextIsSaidSo() {
        record Small(TurnId turn) {}

        assertThatThrownBy(() -> StoredJson.decode("{\"turn\":", Small.class))
                .isInstanceOfSatisfying(
                        StorageException.class, e -> assertThat(e.code()).isEqualTo("storage_damaged"))
                .hasMessageContaining("Small");
        assertThatThrownBy(() -> StoredJson.decode("{\"turn\":\"not an id\"}", Small.class))
                .isInstanceOf(StorageException.class);
    }
}
