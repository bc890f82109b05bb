package dev.belay.agent.mcp;

import com.sun.management.HotSpotDiagnosticMXBean;
import com.sun.management.HotSpotDiagnosticMXBean.ThreadDumpFormat;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The threads of this package that run now, virtual ones included. */
final class OpenThreads {
    private OpenThreads() {}

    static List<String> names(Path scratch) throws IOException {
        Path dump = Files.createTempDirectory(scratch, "threads").resolve("dump.txt");
        ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class)
                .dumpThreads(dump.toString(), ThreadDumpFormat.TEXT_PLAIN);
        return Files.readAllLines(dump).stream()
                .filter(line -> line.startsWith("#") && line.contains("\"mcp-"))
                .toList();
    }
}
