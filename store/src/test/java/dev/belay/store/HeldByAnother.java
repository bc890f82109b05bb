package dev.belay.store;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.List;

/** Another process that holds a data directory; {@link #main} is what runs in it. */
final class HeldByAnother implements AutoCloseable {
    private final Process process;

    private HeldByAnother(Process process) {
        this.process = process;
    }

    static void main(String[] args) throws IOException {
        try (DataDirectory directory = DataDirectory.lock(Path.of(args[0]))) {
            directory.serving("http://127.0.0.1:4321", "a-token");
            System.out.println("held");
            while (System.in.read() >= 0) {
                // Until the end of the input, or of this process.
            }
        }
    }

    static HeldByAnother start(Path directory) throws IOException {
        Process process = new ProcessBuilder(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        HeldByAnother.class.getName(),
                        directory.toString()))
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        InputStream output = process.getInputStream();
        if (!new String(output.readNBytes(4)).equals("held")) {
            process.destroyForcibly();
            throw new IOException("the other process could not lock " + directory);
        }
        return new HeldByAnother(process);
    }

    long pid() {
        return process.pid();
    }

    void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    @Override
    public void close() throws Exception {
        process.getOutputStream().close();
        process.waitFor();
    }
}
