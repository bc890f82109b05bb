package dev.belay.cli.admin;

import dev.belay.api.IdSource;
import dev.belay.api.KeyId;
import dev.belay.api.NotFoundException;
import dev.belay.cli.admin.Administration.NewKey;
import dev.belay.cli.terminal.Terminal;
import dev.belay.server.http.Json;
import dev.belay.tenancy.Bootstrap;
import dev.belay.tenancy.IssuedKey;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code belay keys}. A key's secret is printed when it is made and never again. */
@Command(name = "keys", description = "Creates, lists or revokes API keys.")
public final class KeysCommand {
    private final Terminal terminal;
    private final Map<String, String> environment;

    public KeysCommand(Terminal terminal, Map<String, String> environment) {
        this.terminal = terminal;
        this.environment = environment;
    }

    @Command(name = "create", description = "Creates a key and prints its secret, this once.")
    int create(
            @Parameters(paramLabel = "NAME") String name,
            @Option(
                            names = "--workspace",
                            paramLabel = "W",
                            defaultValue = Bootstrap.DEFAULT,
                            description = "Name or id of the workspace it works in; \"${DEFAULT-VALUE}\" if absent.")
                    String workspace,
            @Option(
                            names = "--permissions",
                            paramLabel = "P",
                            split = ",",
                            defaultValue = "run,read",
                            description = "What it may do, separated by commas: run, read, approve, sandbox, library,"
                                    + " collect, admin; ${DEFAULT-VALUE} if absent.")
                    Set<String> permissions,
            @Option(
                            names = "--expires",
                            paramLabel = "T",
                            description = "When it ends: a time from now such as 12h or 30d, a date, or a time such as"
                                    + " 2030-01-31T00:00:00Z; never if absent.",
                            converter = Expiry.class)
                    Optional<Instant> expires,
            @Mixin OrganisationOption organisation,
            @Mixin AdminOptions options) {
        try (Administration administration = options.open(environment)) {
            IssuedKey made =
                    administration.createKey(organisation.name(), new NewKey(name, workspace, permissions, expires));
            if (options.json()) {
                terminal.say(
                        Json.writeText(Listing.KEYS.json().apply(made.key()).put("secret", made.secret())));
            } else {
                terminal.say("Created the key \"" + made.key().name() + "\" ("
                        + made.key().id() + "). This is its secret. It is shown this once and stored nowhere:");
                terminal.say(made.secret());
            }
            return 0;
        }
    }

    @Command(name = "list", description = "Lists the keys of an organisation, also those that ended.")
    int list(@Mixin OrganisationOption organisation, @Mixin AdminOptions options) {
        try (Administration administration = options.open(environment)) {
            Listing.KEYS.print(terminal, options.json(), administration.keys(organisation.name()));
            return 0;
        }
    }

    @Command(name = "revoke", description = "Ends a key at once.")
    int revoke(
            @Parameters(paramLabel = "ID", description = "The key's id, as keys list shows it.") String id,
            @Mixin OrganisationOption organisation,
            @Mixin AdminOptions options) {
        if (!IdSource.isId(id)) {
            throw new NotFoundException("there is no key " + id + "; belay keys list shows the ids");
        }
        try (Administration administration = options.open(environment)) {
            administration.revokeKey(organisation.name(), new KeyId(id));
            terminal.say(
                    options.json()
                            ? Json.writeText(
                                    Json.object().put("status", "revoked").put("id", id))
                            : "Revoked the key " + id + ".");
            return 0;
        }
    }
}
