package dev.belay.server.tls;

import dev.belay.api.ConfigurationException;
import dev.belay.server.config.Configuration;
import java.security.KeyStore;
import java.time.Duration;
import java.util.function.Consumer;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * TLS with a certificate from files, which are read again when they change. New connections get what they hold then; those that are open go on
 * with what they began with. Files that do not fit together, as between two writes, change nothing.
 */
public final class Tls implements AutoCloseable {
    private static final Duration LOOK = Duration.ofSeconds(1);
    private static final Logger LOG = LoggerFactory.getLogger(Tls.class);

    private final PemFiles files;
    private final Consumer<String> serves;
    private final SslContextFactory.Server context = new SslContextFactory.Server();
    private final Thread watcher;
    private PemFiles.Contents contents;

    /**
     * @param serves is told the certificate, as PEM, each time that there is a new one, before the first connection gets it
     * @throws ConfigurationException if the files cannot be used
     */
    public Tls(Configuration.TlsFiles paths, Consumer<String> serves) {
        files = new PemFiles(paths);
        this.serves = serves;
        contents = files.read();
        KeyStore store = files.keyStore(contents);
        serves.accept(PemFiles.pem(store));
        context.setKeyStore(store);
        context.setKeyStorePassword("");
        watcher = Thread.ofVirtual().name("certificate-watch").unstarted(this::watch);
    }

    /** What Jetty makes its connections with. */
    public SslContextFactory.Server context() {
        return context;
    }

    /** Begins to look for changes, once the server accepts connections. */
    public void start() {
        watcher.start();
    }

    private void watch() {
        String told = "";
        while (true) {
            try {
                Thread.sleep(LOOK);
                told = look(told);
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    /**
     * Uses what is new, if something is.
     *
     * @param told what was last complained about; it is not repeated every second
     * @return what there is to complain about; empty if nothing
     */
    String look(String told) {
        try {
            PemFiles.Contents now = files.read();
            if (now.sameAs(contents)) {
                return "";
            }
            KeyStore store = files.keyStore(now);
            serves.accept(PemFiles.pem(store));
            context.reload(factory -> factory.setKeyStore(store));
            contents = now;
            LOG.info("the certificate has changed; new connections get the new one");
            return "";
        } catch (Exception e) {
            String problem = String.valueOf(e.getMessage());
            if (!problem.equals(told)) {
                LOG.warn("the certificate changed and cannot be used; the one before stays in use: {}", problem);
            }
            return problem;
        }
    }

    @Override
    public void close() {
        watcher.interrupt();
    }
}
