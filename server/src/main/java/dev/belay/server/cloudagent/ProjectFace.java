package dev.belay.server.cloudagent;

import dev.belay.api.ConflictException;
import dev.belay.sandbox.disk.ProjectDirectories;
import dev.belay.sandbox.registry.Sandboxes;
import dev.belay.server.cloudagent.wire.WireTime;
import dev.belay.server.http.Access;
import dev.belay.server.http.Call;
import dev.belay.server.http.Face;
import dev.belay.server.http.Json;
import dev.belay.server.http.Route;
import java.util.List;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** The project directories of a workspace (design: 5): what they are, and how to be rid of one. */
public final class ProjectFace implements Face {
    private static final String PROJECTS = "/agent/projects";

    private final ProjectDirectories projects;
    private final Sandboxes sandboxes;

    public ProjectFace(ProjectDirectories projects, Sandboxes sandboxes) {
        this.projects = projects;
        this.sandboxes = sandboxes;
    }

    @Override
    public List<Route> routes() {
        return List.of(
                Route.get(PROJECTS, Access.READ, this::list),
                Route.delete(PROJECTS + "/{name}", Access.RUN, this::delete));
    }

    private void list(Call call) {
        ObjectNode body = Json.object();
        ArrayNode list = body.putArray("projects");
        projects.list(call.scope())
                .forEach(project -> list.addObject()
                        .put("name", project.name())
                        .put("working_dir", "/workspace/" + project.name())
                        .put("modified_at", WireTime.text(WireTime.micros(project.modified()))));
        call.answer(200, body);
    }

    private void delete(Call call) {
        String name = call.pathParameter("name");
        if (ProjectDirectories.isName(name) && sandboxes.mounts(projects.directory(call.scope(), name))) {
            throw new ConflictException(
                    "project_in_use",
                    "a sandbox that runs works in the project directory " + name + "; end that first");
        }
        projects.delete(call.scope(), name);
        call.answer(200, Json.object().put("status", "deleted").put("name", name));
    }
}
