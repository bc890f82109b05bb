package dev.belay.server.operation;

import dev.belay.api.BelayException;
import dev.belay.sandbox.IsolationLevel;
import dev.belay.sandbox.ProviderReport;
import dev.belay.sandbox.registry.Sandboxes;
import dev.belay.server.http.Access;
import dev.belay.server.http.Call;
import dev.belay.server.http.Face;
import dev.belay.server.http.Json;
import dev.belay.server.http.Route;
import dev.belay.store.Database;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/** Whether the process lives, and whether it can do its work. */
public final class HealthFace implements Face {
    private static final byte[] PROBE = new byte[4096];

    private final Database database;
    private final Sandboxes sandboxes;
    private final Path dataDirectory;

    public HealthFace(Database database, Sandboxes sandboxes, Path dataDirectory) {
        this.database = database;
        this.sandboxes = sandboxes;
        this.dataDirectory = dataDirectory;
    }

    @Override
    public List<Route> routes() {
        return List.of(
                Route.get(
                        "/health/live",
                        Access.OPEN,
                        call -> call.answer(200, Json.object().put("status", "live"))),
                Route.get("/health/ready", Access.OPEN, this::ready));
    }

    private void ready(Call call) {
        ObjectNode body = Json.object();
        ObjectNode checks = Json.object();
        boolean store = store(checks.putObject("store"));
        boolean sandbox = sandbox(checks.putObject("sandbox"));
        boolean ready = store && sandbox;
        body.put("status", ready ? "ready" : "not_ready").set("checks", checks);
        call.answer(ready ? 200 : 503, body);
    }

    /** The writer answers and the disk takes a block. */
    private boolean store(ObjectNode check) {
        try {
            database.write(_ -> true);
            Path probe = Files.createTempFile(dataDirectory, "belay", ".probe");
            try {
                Files.write(probe, PROBE);
            } finally {
                Files.delete(probe);
            }
            return told(check, true, "writable");
        } catch (BelayException e) {
            return told(check, false, e.text());
        } catch (IOException e) {
            String reason = e instanceof FileSystemException file ? file.getReason() : null;
            return told(check, false, "the data directory cannot be written" + (reason == null ? "" : ": " + reason));
        }
    }

    private boolean sandbox(ObjectNode check) {
        ProviderReport report = sandboxes.report();
        boolean available = report.isolation().level() != IsolationLevel.UNAVAILABLE;
        return told(
                check,
                available,
                available
                        ? report.provider() + ", isolation "
                                + report.isolation().level().word()
                        : String.join("; ", report.missing()));
    }

    private static boolean told(ObjectNode check, boolean ok, String detail) {
        check.put("ok", ok).put("detail", detail);
        return ok;
    }
}
