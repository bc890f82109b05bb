package dev.belay.cli.admin;

import dev.belay.api.Permission;
import dev.belay.cli.terminal.Table;
import dev.belay.cli.terminal.Terminal;
import dev.belay.server.admin.TenancyJson;
import dev.belay.server.http.Json;
import dev.belay.tenancy.ApiKey;
import dev.belay.tenancy.Organisation;
import dev.belay.tenancy.StoredSecret;
import dev.belay.tenancy.Workspace;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * One kind of thing in a list: as a table for people, as JSON (in the shape of the server's own answers) for programs.
 *
 * @param name of the list in JSON
 */
record Listing<T>(String name, List<String> headings, Function<T, List<String>> cells, Function<T, ObjectNode> json) {
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm").withZone(ZoneOffset.UTC);

    static final Listing<Organisation> ORGANISATIONS = new Listing<>(
            "organisations",
            List.of("ID", "NAME", "CREATED (UTC)"),
            one -> List.of(one.id().value(), one.name(), TIME.format(one.created())),
            TenancyJson::of);

    static final Listing<Workspace> WORKSPACES = new Listing<>(
            "workspaces",
            List.of("ID", "NAME", "CREATED (UTC)"),
            one -> List.of(one.id().value(), one.name(), TIME.format(one.created())),
            TenancyJson::of);

    static final Listing<ApiKey> KEYS = new Listing<>(
            "keys",
            List.of("ID", "NAME", "BEGINS WITH", "PERMISSIONS", "CREATED (UTC)", "EXPIRES", "REVOKED"),
            one -> List.of(
                    one.id().value(),
                    one.name(),
                    one.hint(),
                    one.permissions().stream().sorted().map(Permission::word).collect(Collectors.joining(",")),
                    TIME.format(one.created()),
                    one.expires().map(TIME::format).orElse("never"),
                    one.revoked().map(TIME::format).orElse("")),
            TenancyJson::of);

    static final Listing<StoredSecret> SECRETS = new Listing<>(
            "secrets",
            List.of("NAME", "SET (UTC)", ""),
            one -> List.of(
                    one.name(), TIME.format(one.created()), one.readable() ? "" : "stored with another master key"),
            TenancyJson::of);

    void print(Terminal terminal, boolean asJson, List<T> things) {
        if (asJson) {
            ObjectNode body = Json.object();
            ArrayNode list = body.putArray(name);
            things.forEach(thing -> list.add(json.apply(thing)));
            terminal.say(Json.writeText(body));
        } else {
            Table table = new Table(headings);
            things.forEach(thing -> table.row(cells.apply(thing)));
            table.print(terminal);
        }
    }

    /** Says that one was made: {@code sentence} for people. */
    void printMade(Terminal terminal, boolean asJson, T thing, String sentence) {
        terminal.say(asJson ? Json.writeText(json.apply(thing)) : sentence);
    }
}
