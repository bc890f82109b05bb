package dev.belay.agent.session;

import dev.belay.agent.session.request.RunOptions;
import dev.belay.agent.session.request.RunRequest;
import dev.belay.api.InvalidRequestException;
import dev.belay.api.Scope;
import dev.belay.sandbox.MountedDirectory;
import dev.belay.sandbox.disk.ProjectDirectories;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Where a session works (contract: Cloud Agent, decision on {@code working_dir}): {@code /workspace} is private to it, {@code
 * /workspace/NAME/…} lies in the project directory NAME. Anything else, also by {@code ..} or a link, is refused.
 *
 * @param inside the absolute path inside of the sandbox
 * @param mounted what has to be mounted for it
 */
record WorkingDirectory(String inside, Optional<MountedDirectory> mounted) {
    private static final int LONGEST = 1024;

    /** Whether it is there as soon as the sandbox is: the private files, or the root of what is mounted. */
    boolean isRoot() {
        return inside.equals(root());
    }

    /** Where what is mounted begins, or else the private files. */
    String root() {
        return mounted.map(m -> RunOptions.WORKSPACE + "/" + m.name()).orElse(RunOptions.WORKSPACE);
    }

    static WorkingDirectory of(Scope scope, RunRequest request, ProjectDirectories projects) {
        if (request.directory().isPresent()) {
            MountedDirectory own = request.directory().get();
            return new WorkingDirectory(RunOptions.WORKSPACE + "/" + own.name(), Optional.of(own));
        }
        return of(scope, request.options().workingDirectory(), projects);
    }

    /** The directory that a request names, in the sandbox. */
    static WorkingDirectory of(Scope scope, String wanted, ProjectDirectories projects) {
        if (wanted.length() > LONGEST || wanted.indexOf('\0') >= 0) {
            throw refused("is longer than " + LONGEST + " characters or contains NUL");
        }
        String path = wanted.endsWith("/") && wanted.length() > 1 ? wanted.substring(0, wanted.length() - 1) : wanted;
        if (path.equals(RunOptions.WORKSPACE)) {
            return new WorkingDirectory(path, Optional.empty());
        }
        if (!path.startsWith(RunOptions.WORKSPACE + "/")) {
            throw refused("must be /workspace or lie beneath /workspace/NAME, where NAME is a project directory");
        }
        List<String> parts =
                List.of(path.substring(RunOptions.WORKSPACE.length() + 1).split("/", -1));
        if (parts.stream().anyMatch(part -> part.isEmpty() || part.equals(".") || part.equals(".."))) {
            throw refused("must not contain empty parts, . or ..");
        }
        MountedDirectory project = projects.open(scope, parts.getFirst());
        refuseLinks(project.directory(), parts.subList(1, parts.size()));
        return new WorkingDirectory(path, Optional.of(project));
    }

    /** What a sandbox swaps in after this look is still only seen from inside of a sandbox. */
    private static void refuseLinks(Path project, List<String> parts) {
        Path at = project;
        for (String part : parts) {
            try {
                at = at.resolve(part);
            } catch (InvalidPathException e) {
                throw refused("has a name that this host's file system cannot hold: " + part);
            }
            if (Files.isSymbolicLink(at)) {
                throw refused("leads through a symbolic link: " + part);
            }
            if (Files.exists(at, LinkOption.NOFOLLOW_LINKS) && !Files.isDirectory(at, LinkOption.NOFOLLOW_LINKS)) {
                throw refused("leads through something that is not a directory: " + part);
            }
        }
    }

    private static InvalidRequestException refused(String why) {
        return new InvalidRequestException("working_dir", "working_dir " + why);
    }
}
