package dev.belay.server.admin;

import dev.belay.api.InvalidRequestException;
import dev.belay.sandbox.disk.ProjectDirectories;
import dev.belay.server.http.Access;
import dev.belay.server.http.Call;
import dev.belay.server.http.Face;
import dev.belay.server.http.Fields;
import dev.belay.server.http.Json;
import dev.belay.server.http.Route;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;

/**
 * Directories of this machine as project directories, for {@code belay chat}. Only the local command line may link one: it is run by who could
 * do there all that an agent can.
 */
public final class ProjectLinksFace implements Face {
    private final ProjectDirectories projects;
    private final NamedTenants tenants;
    private final Path own;

    /** @param own the data directory, of which an agent must see nothing */
    public ProjectLinksFace(ProjectDirectories projects, NamedTenants tenants, Path own) {
        this.projects = projects;
        this.tenants = tenants;
        this.own = own;
    }

    @Override
    public List<Route> routes() {
        return List.of(Route.put(
                "/belay/v1/organisations/{organisation}/workspaces/{workspace}/projects/{name}",
                Access.LOCAL_TOKEN,
                this::link));
    }

    private void link(Call call) {
        String wanted = new Fields(Json.readObject(call.body()))
                .only(List.of("directory"))
                .requiredString("directory");
        String name = call.pathParameter("name");
        projects.link(
                tenants.scope(call.pathParameter("organisation"), call.pathParameter("workspace")),
                name,
                directory(wanted));
        call.answer(200, Json.object().put("name", name).put("working_dir", "/workspace/" + name));
    }

    private Path directory(String wanted) {
        Path real;
        try {
            Path path = Path.of(wanted);
            if (!path.isAbsolute()) {
                throw refused("must be an absolute path");
            }
            real = path.toRealPath();
        } catch (InvalidPathException | IOException e) {
            throw refused("does not exist, or the server may not look at it");
        }
        if (!Files.isDirectory(real)) {
            throw refused("is not a directory");
        }
        if (own.startsWith(real) || real.startsWith(own)) {
            throw refused("holds or is part of the server's data directory");
        }
        return real;
    }

    private static InvalidRequestException refused(String why) {
        return new InvalidRequestException("directory", "the directory " + why);
    }
}
