package dev.belay.sandbox.disk;

import dev.belay.api.ConflictException;
import dev.belay.api.InvalidRequestException;
import dev.belay.api.NotFoundException;
import dev.belay.api.SandboxException;
import dev.belay.api.Scope;
import dev.belay.sandbox.MountedDirectory;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Named files that outlive a session: one directory per workspace and name, beneath the data directory, or linked there from elsewhere on
 * this host. Whoever may run agents in the workspace may use them; those who share one trust each other.
 */
public final class ProjectDirectories {
    private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9._-]{0,63}");

    private final Path root;

    public ProjectDirectories(Path root) {
        this.root = root;
    }

    /** Whether the text may name a project directory. */
    public static boolean isName(String text) {
        return NAME.matcher(text).matches();
    }

    /** A project directory, and when something was last put right into it or taken out. */
    public record Project(String name, Instant modified) {}

    /** Those of the scope's workspace, by name. */
    public List<Project> list(Scope scope) {
        Path workspace = root.resolve(scope.workspace().value());
        if (!Files.isDirectory(workspace)) {
            return List.of();
        }
        List<Project> projects = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(workspace)) {
            for (Path entry : entries) {
                String name = entry.getFileName().toString();
                BasicFileAttributes attributes =
                        Files.readAttributes(entry, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
                if (isName(name) && (attributes.isDirectory() || attributes.isSymbolicLink())) {
                    projects.add(new Project(name, attributes.lastModifiedTime().toInstant()));
                }
            }
        } catch (IOException e) {
            throw new SandboxException("the project directories cannot be listed: " + e.getMessage(), e);
        }
        projects.sort(Comparator.comparing(Project::name));
        return List.copyOf(projects);
    }

    private Path place(Scope scope, String name) {
        return root.resolve(scope.workspace().value()).resolve(name);
    }

    /** Where it lies, whether it is there or not; the name is one. */
    public Path directory(Scope scope, String name) {
        Path place = place(scope, name);
        return linked(place).orElse(place);
    }

    /** No sandbox can make such a link: it sees what is in a project directory, and not what is beside it. */
    private static Optional<Path> linked(Path place) {
        try {
            return Files.isSymbolicLink(place) ? Optional.of(Files.readSymbolicLink(place)) : Optional.empty();
        } catch (IOException e) {
            throw new SandboxException("a project directory cannot be looked at: " + e.getMessage(), e);
        }
    }

    /**
     * Makes a directory of this host a project directory, as it is: what agents do there is done to it.
     *
     * @param directory an absolute path without links; whoever asks may have agents work there
     * @throws InvalidRequestException if the name is not allowed
     * @throws ConflictException {@code project_exists} if the workspace has another one of that name
     */
    public void link(Scope scope, String name, Path directory) {
        if (!isName(name)) {
            throw new InvalidRequestException("name", "the name of a project directory must match " + NAME.pattern());
        }
        Path place = place(scope, name);
        FileTrees.make(root.resolve(scope.workspace().value()));
        try {
            Files.createSymbolicLink(place, directory);
        } catch (FileAlreadyExistsException e) {
            if (!linked(place).equals(Optional.of(directory))) {
                throw new ConflictException(
                        "project_exists",
                        "the workspace has another project directory " + name + "; delete that first");
            }
        } catch (IOException e) {
            throw new SandboxException("the project directory cannot be made: " + e.getMessage(), e);
        }
    }

    /**
     * Deletes one with all that is in it, or, of one that is linked, the link.
     *
     * @throws NotFoundException if the workspace has none of that name
     */
    public void delete(Scope scope, String name) {
        Path place = place(scope, name);
        if (!isName(name) || !(Files.isDirectory(place, LinkOption.NOFOLLOW_LINKS) || Files.isSymbolicLink(place))) {
            throw new NotFoundException("there is no project directory " + name);
        }
        FileTrees.delete(place);
    }

    /**
     * The project directory of that name in the scope's workspace, made if it is new, ready to be mounted.
     *
     * @throws InvalidRequestException if the name is not allowed
     */
    public MountedDirectory open(Scope scope, String name) {
        if (!isName(name)) {
            throw new InvalidRequestException(
                    "working_dir", "\"" + name + "\" is no project directory; its name must match " + NAME.pattern());
        }
        Path place = place(scope, name);
        Optional<Path> linked = linked(place);
        if (linked.isPresent()) {
            if (!Files.isDirectory(linked.get(), LinkOption.NOFOLLOW_LINKS)) {
                throw new InvalidRequestException(
                        "working_dir", "the directory that the project directory " + name + " is linked to is gone");
            }
            return new MountedDirectory(linked.get(), name);
        }
        if (Files.exists(place, LinkOption.NOFOLLOW_LINKS) && !Files.isDirectory(place, LinkOption.NOFOLLOW_LINKS)) {
            throw new InvalidRequestException("working_dir", "the project directory " + name + " is not a directory");
        }
        return new MountedDirectory(FileTrees.make(place), name);
    }
}
