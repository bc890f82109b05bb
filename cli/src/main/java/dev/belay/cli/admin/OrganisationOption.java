package dev.belay.cli.admin;

import dev.belay.tenancy.Bootstrap;
import picocli.CommandLine.Option;

/** Which organisation a command is about. */
final class OrganisationOption {
    @Option(
            names = "--organisation",
            paramLabel = "O",
            description = "Name or id of the organisation; \"" + Bootstrap.DEFAULT + "\" if absent.")
    private String organisation = Bootstrap.DEFAULT;

    String name() {
        return organisation;
    }
}
