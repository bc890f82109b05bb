package dev.belay.cli.admin;

import dev.belay.cli.admin.Administration.WorkspaceName;
import dev.belay.cli.terminal.Terminal;
import dev.belay.server.http.Json;
import dev.belay.tenancy.Bootstrap;
import dev.belay.tenancy.StoredSecret;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code belay secrets}. A value is read from the terminal, or from standard input, and never shown. */
@Command(
        name = "secrets",
        description = "Stores, lists or removes a workspace's keys of model providers, encrypted at rest.")
public final class SecretsCommand {
    private final Terminal terminal;
    private final Map<String, String> environment;

    public SecretsCommand(Terminal terminal, Map<String, String> environment) {
        this.terminal = terminal;
        this.environment = environment;
    }

    /** Whose secrets. */
    static final class WorkspaceOption {
        @Mixin
        private OrganisationOption organisation = new OrganisationOption();

        @Option(
                names = "--workspace",
                paramLabel = "W",
                description = "Name or id of the workspace; \"" + Bootstrap.DEFAULT + "\" if absent.")
        private String workspace = Bootstrap.DEFAULT;

        WorkspaceName name() {
            return new WorkspaceName(organisation.name(), workspace);
        }
    }

    @Command(
            name = "set",
            description = "Stores the key of a model provider. The key is asked for, without echo, or read from"
                    + " standard input; it is no argument, which others on this machine could read.")
    int set(
            @Parameters(paramLabel = "PROVIDER", description = "The provider's id, for example anthropic.")
                    String provider,
            @Mixin WorkspaceOption workspace,
            @Mixin AdminOptions options) {
        String value = terminal.secret("The key for " + provider + ": ");
        try (Administration administration = options.open(environment)) {
            StoredSecret stored = administration.setSecret(workspace.name(), provider, value);
            Listing.SECRETS.printMade(
                    terminal,
                    options.json(),
                    stored,
                    "Stored the key for " + stored.name() + " in the workspace \""
                            + workspace.name().workspace() + "\".");
            return 0;
        }
    }

    @Command(name = "list", description = "Lists what a workspace has stored, without the values.")
    int list(@Mixin WorkspaceOption workspace, @Mixin AdminOptions options) {
        try (Administration administration = options.open(environment)) {
            Listing.SECRETS.print(terminal, options.json(), administration.secrets(workspace.name()));
            return 0;
        }
    }

    @Command(name = "remove", description = "Forgets a stored key.")
    int remove(
            @Parameters(paramLabel = "NAME", description = "Its name, as secrets list shows it.") String name,
            @Mixin WorkspaceOption workspace,
            @Mixin AdminOptions options) {
        try (Administration administration = options.open(environment)) {
            administration.removeSecret(workspace.name(), name);
            terminal.say(
                    options.json()
                            ? Json.writeText(
                                    Json.object().put("status", "removed").put("name", name))
                            : "Removed the key for " + name + ".");
            return 0;
        }
    }
}
