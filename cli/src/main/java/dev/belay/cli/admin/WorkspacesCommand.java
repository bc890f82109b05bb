package dev.belay.cli.admin;

import dev.belay.cli.terminal.Terminal;
import dev.belay.tenancy.Workspace;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code belay workspaces}. */
@Command(name = "workspaces", description = "Creates or lists the workspaces of an organisation.")
public final class WorkspacesCommand {
    private final Terminal terminal;
    private final Map<String, String> environment;

    public WorkspacesCommand(Terminal terminal, Map<String, String> environment) {
        this.terminal = terminal;
        this.environment = environment;
    }

    @Command(name = "create", description = "Creates a workspace.")
    int create(
            @Parameters(paramLabel = "NAME") String name,
            @Mixin OrganisationOption organisation,
            @Mixin AdminOptions options) {
        try (Administration administration = options.open(environment)) {
            Workspace made = administration.createWorkspace(organisation.name(), name);
            Listing.WORKSPACES.printMade(
                    terminal,
                    options.json(),
                    made,
                    "Created the workspace \"" + made.name() + "\" (" + made.id() + ") in the organisation \""
                            + organisation.name() + "\".");
            return 0;
        }
    }

    @Command(name = "list", description = "Lists the workspaces of an organisation.")
    int list(@Mixin OrganisationOption organisation, @Mixin AdminOptions options) {
        try (Administration administration = options.open(environment)) {
            Listing.WORKSPACES.print(terminal, options.json(), administration.workspaces(organisation.name()));
            return 0;
        }
    }
}
