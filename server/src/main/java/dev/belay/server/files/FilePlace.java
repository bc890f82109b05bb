package dev.belay.server.files;

import dev.belay.sandbox.SandboxFiles;
import dev.belay.server.http.Call;
import java.util.Optional;

/** The files that a request is about, while it is served. */
public interface FilePlace extends AutoCloseable {
    SandboxFiles files();

    /** The path of a request as the files take it. */
    String resolve(String path);

    @Override
    void close();

    /** Finds the place that a request names. */
    interface Finder {
        /**
         * @param make whether something will be put in
         * @return empty only if nothing is to be put in and there are no files yet
         */
        Optional<FilePlace> find(Call call, boolean make);
    }
}
