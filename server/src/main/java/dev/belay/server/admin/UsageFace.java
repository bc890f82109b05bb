package dev.belay.server.admin;

import dev.belay.agent.session.Sessions;
import dev.belay.api.Scope;
import dev.belay.server.cloudagent.wire.UsageView;
import dev.belay.server.http.Access;
import dev.belay.server.http.Call;
import dev.belay.server.http.Face;
import dev.belay.server.http.Route;
import java.time.InstantSource;
import java.util.List;

/** What {@code belay usage} does through a running server. */
public final class UsageFace implements Face {
    private final Sessions sessions;
    private final NamedTenants tenants;
    private final InstantSource clock;

    public UsageFace(Sessions sessions, NamedTenants tenants, InstantSource clock) {
        this.sessions = sessions;
        this.tenants = tenants;
        this.clock = clock;
    }

    @Override
    public List<Route> routes() {
        return List.of(Route.get(
                "/belay/v1/organisations/{organisation}/workspaces/{workspace}/usage",
                Access.LOCAL_TOKEN,
                this::usage));
    }

    private void usage(Call call) {
        Scope scope = tenants.scope(call.pathParameter("organisation"), call.pathParameter("workspace"));
        call.answer(200, UsageView.of(sessions, scope, clock, call::query));
    }
}
