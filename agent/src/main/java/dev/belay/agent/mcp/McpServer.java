package dev.belay.agent.mcp;

import dev.belay.api.InvalidRequestException;
import dev.belay.api.Secret;
import java.net.URI;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** An MCP server that a session is to have, as the request describes it. What is wrong is an {@link InvalidRequestException} for its field. */
public sealed interface McpServer {
    Pattern NAME = Pattern.compile("[a-z0-9_-]{1,32}");

    /** How many a session may have. */
    int MOST = 16;

    /** What the names of its tools begin with, after {@code mcp__}. */
    String name();

    /** What must not be shown to anybody: the values of headers and variables. */
    List<Secret> secrets();

    /**
     * A program that is run in the session's sandbox and speaks on its standard input and output.
     *
     * @param env added to the sandbox's own variables
     */
    record Stdio(String name, String command, List<String> args, Map<String, String> env) implements McpServer {
        private static final int MOST_ARGUMENTS = 64;
        private static final int MOST_BYTES = 32 << 10;

        public Stdio {
            requireName(name);
            args = List.copyOf(args);
            env = Map.copyOf(env);
            require(!command.isBlank(), name, "command", "must name a program");
            require(args.size() <= MOST_ARGUMENTS, name, "args", "has more than " + MOST_ARGUMENTS + " elements");
            require(
                    env.keySet().stream().allMatch(key -> key.matches("[A-Za-z_][A-Za-z0-9_]{0,127}")),
                    name,
                    "env",
                    "holds what is no name of a variable");
            Stream<String> texts = Stream.of(Stream.of(command), args.stream(), env.values().stream())
                    .flatMap(all -> all);
            List<String> all = texts.toList();
            require(length(all) <= MOST_BYTES, name, "command", "takes more than " + MOST_BYTES + " characters in all");
            require(all.stream().noneMatch(text -> text.indexOf('\0') >= 0), name, "command", "holds a NUL");
        }

        @Override
        public List<Secret> secrets() {
            return McpServer.secrets(name, env);
        }

        /** Without the values of the variables. */
        @Override
        public String toString() {
            return "Stdio[" + name + ", " + command + "]";
        }
    }

    /**
     * One that is reached over streamable HTTP.
     *
     * @param headers sent with every request, besides those of the protocol
     */
    record Http(String name, URI url, Map<String, String> headers) implements McpServer {
        private static final int MOST_BYTES = 16 << 10;
        private static final List<String> OURS = List.of(
                "host",
                "connection",
                "content-length",
                "content-type",
                "transfer-encoding",
                "accept",
                "accept-encoding",
                "mcp-session-id",
                "mcp-protocol-version",
                "expect",
                "upgrade",
                "te",
                "trailer");

        public Http {
            requireName(name);
            headers = Map.copyOf(headers);
            boolean http = "http".equalsIgnoreCase(url.getScheme()) || "https".equalsIgnoreCase(url.getScheme());
            require(http && url.getHost() != null, name, "url", "must be an address as https://host/path");
            require(url.getRawUserInfo() == null, name, "url", "must not hold a user; send a header instead");
            require(url.getPort() != 0 && url.getPort() <= 65535, name, "url", "has a port that is none");
            require(
                    headers.keySet().stream()
                            .allMatch(key -> key.matches("[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}")
                                    && OURS.stream().noneMatch(key::equalsIgnoreCase)
                                    && !key.equalsIgnoreCase(McpServers.DEPTH_HEADER)),
                    name,
                    "headers",
                    "holds a name that is no header's, or one that the protocol sets");
            require(
                    headers.values().stream().allMatch(value -> value.matches("[\\t\\x20-\\x7e]*")),
                    name,
                    "headers",
                    "holds a value with characters that a header cannot have");
            require(
                    length(headers.values()) + url.toString().length() <= MOST_BYTES,
                    name,
                    "headers",
                    "takes more than " + MOST_BYTES + " characters in all");
        }

        @Override
        public List<Secret> secrets() {
            return McpServer.secrets(name, headers);
        }

        /** Without the values of the headers. */
        @Override
        public String toString() {
            return "Http[" + name + ", " + url.getHost() + "]";
        }
    }

    private static void requireName(String name) {
        if (!NAME.matcher(name).matches()) {
            throw new InvalidRequestException(
                    "mcp_servers",
                    "the name of an MCP server is 1 to 32 lower-case letters, digits, _ and -, and not \"" + name
                            + "\"");
        }
        require(!name.equals("sandbox") && !name.contains("__"), name, "", "is a name that is taken or holds \"__\"");
    }

    private static void require(boolean fits, String name, String field, String problem) {
        if (!fits) {
            String path = "mcp_servers." + name + (field.isEmpty() ? "" : "." + field);
            throw new InvalidRequestException(path, path + " " + problem);
        }
    }

    private static int length(Collection<String> texts) {
        return texts.stream().mapToInt(String::length).sum();
    }

    /**
     * Only what looks like a key is looked for in all that is stored: an ordinary word that somebody names here would be taken out of the
     * texts of others, too.
     */
    private static List<Secret> secrets(String server, Map<String, String> values) {
        return values.entrySet().stream()
                .flatMap(one -> Stream.of(one.getValue().split("\\s+"))
                        .filter(word ->
                                word.length() >= 12 && word.matches(".*[0-9].*") && word.matches(".*[A-Za-z].*"))
                        .map(word -> new Secret(server + " " + one.getKey(), word)))
                .toList();
    }
}
