package dev.belay.server.operation;

import dev.belay.server.http.Access;
import dev.belay.server.http.Call;
import dev.belay.server.http.Face;
import dev.belay.server.http.Route;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/** The API descriptions, written by hand before the code: one per face, and all of them as one document. */
public final class OpenApiFace implements Face {
    /** The faces that have a description, in the order of the merged document. */
    static final List<String> FACES = List.of("cloud-agent", "codegraff", "mcp", "belay");

    @Override
    public List<Route> routes() {
        List<Route> routes = new ArrayList<>();
        for (String face : FACES) {
            routes.add(Route.get(
                    "/openapi/" + face + ".yaml",
                    Access.OPEN,
                    call -> call.answer(200, "application/yaml", description(face))));
        }
        routes.add(Route.get("/openapi.json", Access.OPEN, OpenApiFace::answerMerged));
        return List.copyOf(routes);
    }

    private static void answerMerged(Call call) {
        call.answer(200, "application/json", Merged.TEXT);
    }

    private static String description(String face) {
        String resource = "/openapi/" + face + ".yaml";
        try (InputStream in = OpenApiFace.class.getResourceAsStream(resource)) {
            if (in == null) {
                throw new IllegalStateException("no resource " + resource);
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Made when it is first asked for: reading YAML is not needed at the start. */
    private static final class Merged {
        static final String TEXT = JsonMapper.shared().writeValueAsString(merge());

        private static ObjectNode merge() {
            YAMLMapper yaml = new YAMLMapper();
            ObjectNode merged = (ObjectNode) yaml.readTree(description(FACES.getFirst()));
            for (String face : FACES.subList(1, FACES.size())) {
                JsonNode other = yaml.readTree(description(face));
                add(merged.withObject("/paths"), other.get("paths"));
                for (Map.Entry<String, JsonNode> kind : other.get("components").properties()) {
                    add(merged.withObject("/components/" + kind.getKey()), kind.getValue());
                }
            }
            ((ObjectNode) merged.get("info")).put("title", "Belay");
            return merged;
        }

        private static void add(ObjectNode to, JsonNode from) {
            from.properties().forEach(entry -> to.set(entry.getKey(), entry.getValue()));
        }
    }
}
