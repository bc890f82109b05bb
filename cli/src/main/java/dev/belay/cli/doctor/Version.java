package dev.belay.cli.doctor;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;

/** Which Belay this is. */
public final class Version {
    private static final String DESCRIPTION = "/META-INF/maven/dev.belay/belay-cli/pom.properties";

    private Version() {}

    /** The version that Maven wrote into the jar; {@code unpackaged} where classes run without one. */
    public static String text() {
        try (InputStream in = Version.class.getResourceAsStream(DESCRIPTION)) {
            if (in == null) {
                return "unpackaged";
            }
            Properties properties = new Properties();
            properties.load(in);
            return properties.getProperty("version", "unpackaged");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
