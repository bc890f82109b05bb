package dev.belay.server;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Scanner;

/** A server in a process of its own, in dev mode, to be killed. */
public final class ServerProcess {
    private final Process process;
    private final String url;

    private ServerProcess(Process process, String url) {
        this.process = process;
        this.url = url;
    }

    public static ServerProcess start(Path data) throws IOException {
        Process process = new ProcessBuilder(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        ServerProcess.class.getName(),
                        data.toString()))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        return new ServerProcess(process, new Scanner(process.getInputStream(), StandardCharsets.UTF_8).nextLine());
    }

    /** What runs in the process: serves, says where, and waits to be killed. */
    public static void main(String[] arguments) throws InterruptedException {
        RunningServer server = RunningServer.startDev(Path.of(arguments[0]));
        System.out.println(server.url());
        Thread.sleep(Long.MAX_VALUE);
    }

    public String url() {
        return url;
    }

    /** As {@code kill -9}. */
    public void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }
}
