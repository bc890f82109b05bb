package dev.belay.sandbox.disk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.belay.api.InvalidRequestException;
import dev.belay.api.OrganisationId;
import dev.belay.api.Permission;
import dev.belay.api.Principal;
import dev.belay.api.Scope;
import dev.belay.api.WorkspaceId;
import dev.belay.sandbox.MountedDirectory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ProjectDirectoriesTest {
    private static final Scope ONE = scope("01a00000-0000-7000-8000-000000000001");
    private static final Scope OTHER = scope("01a00000-0000-7000-8000-000000000002");

    @TempDir
    Path root;

    private ProjectDirectories projects;

    @BeforeEach
    void open() {
        projects = new ProjectDirectories(root);
    }

    private static Scope scope(String workspace) {
        return new Scope(
                new OrganisationId("01a00000-0000-7000-8000-000000000000"),
                new WorkspaceId(workspace),
                new Principal("test", Set.of(Permission.RUN)));
    }

    @Test
    void aProjectIsMadeOnDemandAndIsTheSameTheNextTime() throws Exception {
        MountedDirectory first = projects.open(ONE, "my-app");
        Files.writeString(first.directory().resolve("kept.txt"), "kept");

        assertThat(first.name()).isEqualTo("my-app");
        assertThat(projects.open(ONE, "my-app")).isEqualTo(first);
        assertThat(first.directory().resolve("kept.txt")).hasContent("kept");
    }

    @Test
    void theSameNameInAnotherWorkspaceIsAnotherProject() {
        assertThat(projects.open(ONE, "app").directory())
                .isNotEqualTo(projects.open(OTHER, "app").directory());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ".",
                "..",
                ".hidden",
                "-flag",
                "Upper",
                "a/b",
                "../other",
                "a b",
                "a\u0000",
                "ä",
                "a\n",
                "a\\b"
            })
    void aNameThatIsNoneIsRefusedAndNothingIsMade(String name) throws Exception {
        assertThat(ProjectDirectories.isName(name)).isFalse();
        assertThatThrownBy(() -> projects.open(ONE, name))
                .isInstanceOfSatisfying(
                        InvalidRequestException.class,
                        e -> assertThat(e.field()).isEqualTo("working_dir"));
        assertThat(root).isEmptyDirectory();
    }

    @Test
    void aNameHasAtMost64Characters() {
        assertThat(ProjectDirectories.isName("a".repeat(64))).isTrue();
        assertThat(ProjectDirectories.isName("a".repeat(65))).isFalse();
    }

    @Test
    void aDirectoryOfThisHostIsLinkedUsedAndLeftWhenTheLinkIsDeleted(@TempDir Path elsewhere) throws Exception {
        Path file = Files.writeString(elsewhere.resolve("a.txt"), "a");
        projects.link(ONE, "link", elsewhere);

        assertThat(projects.open(ONE, "link").directory()).isEqualTo(elsewhere);
        assertThat(projects.list(ONE))
                .extracting(ProjectDirectories.Project::name)
                .containsExactly("link");
        assertThat(projects.list(OTHER)).isEmpty();

        projects.delete(ONE, "link");

        assertThat(file).hasContent("a");
        assertThat(projects.list(ONE)).isEmpty();
    }

    @Test
    void aFileOrALinkToNothingInItsPlaceIsNotUsed(@TempDir Path elsewhere) throws Exception {
        Path workspace = Files.createDirectory(root.resolve(ONE.workspace().value()));
        Files.createSymbolicLink(workspace.resolve("link"), elsewhere.resolve("gone"));
        Files.writeString(workspace.resolve("file"), "");

        assertThatThrownBy(() -> projects.open(ONE, "link")).hasMessageContaining("is gone");
        assertThatThrownBy(() -> projects.open(ONE, "file")).hasMessageContaining("file is not a directory");
    }
}
