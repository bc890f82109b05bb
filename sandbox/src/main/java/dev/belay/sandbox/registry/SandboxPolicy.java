package dev.belay.sandbox.registry;

import dev.belay.api.InvalidRequestException;
import dev.belay.sandbox.SandboxLimits;
import java.time.Duration;

/**
 * What sandboxes get, and what they may ask for.
 *
 * @param standard what a request that does not say gets
 * @param most what a request may ask for
 * @param longestExec how long one exec may run
 * @param perWorkspace how many kept sandboxes a workspace may have
 */
public record SandboxPolicy(SandboxLimits standard, SandboxLimits most, Duration longestExec, int perWorkspace) {
    public static final SandboxPolicy DEFAULT = new SandboxPolicy(
            SandboxLimits.DEFAULT,
            new SandboxLimits(8L << 30, 4096, 16, 65536, 64L << 30, 64L << 30),
            Duration.ofDays(1),
            1000);

    /** @throws InvalidRequestException naming what is asked for beyond what is allowed */
    void check(SandboxLimits asked) {
        check("memory", asked.memoryBytes(), most.memoryBytes(), "bytes");
        check("processes", asked.processes(), most.processes(), "processes");
        check("open_files", asked.openFiles(), most.openFiles(), "open files");
        check("file", asked.fileBytes(), most.fileBytes(), "bytes");
        check("disk", asked.diskBytes(), most.diskBytes(), "bytes");
        if (asked.cpus() > most.cpus()) {
            throw beyond("cpus", asked.cpus() + "", most.cpus() + "", "cores");
        }
    }

    private static void check(String field, long asked, long most, String unit) {
        if (asked > most) {
            throw beyond(field, asked + "", most + "", unit);
        }
    }

    private static InvalidRequestException beyond(String field, String asked, String most, String unit) {
        return new InvalidRequestException(
                field, asked + " " + unit + " were asked for; this server gives a sandbox at most " + most);
    }
}
