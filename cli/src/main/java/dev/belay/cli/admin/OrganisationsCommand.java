package dev.belay.cli.admin;

import dev.belay.cli.terminal.Terminal;
import dev.belay.tenancy.Organisation;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code belay organisations}. */
@Command(name = "organisations", description = "Creates or lists organisations.")
public final class OrganisationsCommand {
    private final Terminal terminal;
    private final Map<String, String> environment;

    public OrganisationsCommand(Terminal terminal, Map<String, String> environment) {
        this.terminal = terminal;
        this.environment = environment;
    }

    @Command(name = "create", description = "Creates an organisation.")
    int create(@Parameters(paramLabel = "NAME") String name, @Mixin AdminOptions options) {
        try (Administration administration = options.open(environment)) {
            Organisation made = administration.createOrganisation(name);
            Listing.ORGANISATIONS.printMade(
                    terminal,
                    options.json(),
                    made,
                    "Created the organisation \"" + made.name() + "\" (" + made.id()
                            + "). Next: belay workspaces create" + " NAME --organisation \"" + made.name() + "\"");
            return 0;
        }
    }

    @Command(name = "list", description = "Lists all organisations.")
    int list(@Mixin AdminOptions options) {
        try (Administration administration = options.open(environment)) {
            Listing.ORGANISATIONS.print(terminal, options.json(), administration.organisations());
            return 0;
        }
    }
}
