package dev.belay.bench.log;

import dev.belay.api.ConfigurationException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;

/**
 * @param parent where the directory for the measurement is made; it is removed afterwards
 * @param time how long each figure is measured
 * @param soakEvents how many events the soak appends; 0 for no soak
 * @param store the address of an empty PostgreSQL database to measure too
 */
record LogBenchOptions(Path parent, Duration time, long soakEvents, Optional<String> store) {
    static final String USAGE = """
        usage: belay bench log [--dir DIR] [--seconds N] [--events N] [--store URL]
          --dir DIR     where to measure (default: the directory for temporary files)
          --seconds N   how long to measure each figure (default 5)
          --events N    then append N events and print the resident memory at every million
          --store URL   then measure the same on an empty PostgreSQL database, postgresql://USER@HOST:PORT/DATABASE\
        """;

    /** @throws ConfigurationException naming what is wrong */
    static LogBenchOptions of(List<String> args) {
        Path parent = Path.of(System.getProperty("java.io.tmpdir"));
        Duration time = Duration.ofSeconds(5);
        long soakEvents = 0;
        Optional<String> store = Optional.empty();
        for (Iterator<String> rest = args.iterator(); rest.hasNext(); ) {
            String name = rest.next();
            if (!rest.hasNext()) {
                throw new ConfigurationException(name + " is unknown or lacks its value\n" + USAGE);
            }
            String value = rest.next();
            switch (name) {
                case "--dir" -> parent = Path.of(value);
                case "--seconds" -> time = Duration.ofSeconds(number(name, value));
                case "--events" -> soakEvents = number(name, value);
                case "--store" -> store = Optional.of(value);
                default -> throw new ConfigurationException("unknown option " + name + "\n" + USAGE);
            }
        }
        return new LogBenchOptions(parent, time, soakEvents, store);
    }

    private static long number(String name, String value) {
        try {
            return Math.max(1, Long.parseLong(value));
        } catch (NumberFormatException e) {
            throw new ConfigurationException(name + " is not a number: " + value + "\n" + USAGE);
        }
    }
}
