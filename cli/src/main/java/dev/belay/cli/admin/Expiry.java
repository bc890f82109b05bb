package dev.belay.cli.admin;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** When a key ends: a time from now ({@code 12h}, {@code 30d}, {@code 4w}), a date (its beginning in UTC), or a time with an offset. */
final class Expiry implements ITypeConverter<Instant> {
    private static final Pattern FROM_NOW = Pattern.compile("(\\d{1,6})([mhdw])");

    private final InstantSource clock;

    /** As picocli makes it. */
    Expiry() {
        this(InstantSource.system());
    }

    Expiry(InstantSource clock) {
        this.clock = clock;
    }

    @Override
    public Instant convert(String text) {
        Matcher fromNow = FROM_NOW.matcher(text);
        if (fromNow.matches()) {
            long count = Long.parseLong(fromNow.group(1));
            return clock.instant()
                    .plus(
                            switch (fromNow.group(2)) {
                                case "m" -> Duration.ofMinutes(count);
                                case "h" -> Duration.ofHours(count);
                                case "d" -> Duration.ofDays(count);
                                default -> Duration.ofDays(7 * count);
                            });
        }
        try {
            return text.length() == 10
                    ? LocalDate.parse(text).atStartOfDay(ZoneOffset.UTC).toInstant()
                    : OffsetDateTime.parse(text).toInstant();
        } catch (DateTimeException e) {
            throw new TypeConversionException(
                    "'" + text + "' is neither a time from now such as 30d nor a time such as 2030-01-31T00:00:00Z");
        }
    }
}
