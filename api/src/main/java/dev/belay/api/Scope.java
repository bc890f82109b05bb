package dev.belay.api;

/** Whose data a call is about and who asks: organisation, workspace, principal. Every domain call takes one. */
public record Scope(OrganisationId organisation, WorkspaceId workspace, Principal principal) {

    /** Returns quietly if the principal holds the permission, else throws {@link ForbiddenException} naming it. */
    public void require(Permission permission) {
        if (!principal.permissions().contains(permission)) {
            throw new ForbiddenException(permission);
        }
    }
}
