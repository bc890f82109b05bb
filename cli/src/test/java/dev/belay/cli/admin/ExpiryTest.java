package dev.belay.cli.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.time.InstantSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine.TypeConversionException;

class ExpiryTest {
    private final Expiry expiry = new Expiry(InstantSource.fixed(Instant.parse("2030-01-31T12:00:00Z")));

    @ParameterizedTest
    @CsvSource({
        "90m, 2030-01-31T13:30:00Z",
        "12h, 2030-02-01T00:00:00Z",
        "30d, 2030-03-02T12:00:00Z",
        "2w, 2030-02-14T12:00:00Z",
        "2031-01-01, 2031-01-01T00:00:00Z",
        "2031-01-01T10:00:00+02:00, 2031-01-01T08:00:00Z",
    })
    void aKeyEndsAfterATimeOrAtOne(String text, Instant end) {
        assertThat(expiry.convert(text)).isEqualTo(end);
    }

    @Test
    void anythingElseIsRefusedInWords() {
        assertThatThrownBy(() -> expiry.convert("soon"))
                .isInstanceOf(TypeConversionException.class)
                .hasMessageContaining("'soon'")
                .hasMessageContaining("30d");
    }
}
