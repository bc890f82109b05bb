package dev.belay.agent.permission;

import dev.belay.agent.tool.text.GlobPattern;

/**
 * What a rule says of files, as in a {@code .gitignore}: a glob without a slash matches a name at any depth, one with a slash a path from the
 * working directory, one that begins with a slash a path from the root; what matches a directory matches all that lies beneath it.
 */
final class PathPattern {
    private final GlobPattern glob;
    private final boolean absolute;
    private final boolean anywhere;

    /** @throws IllegalArgumentException if its braces stand for too many patterns */
    PathPattern(String text) {
        absolute = text.startsWith("/");
        String relative = text.replaceFirst("^(\\./|/+)", "").replaceFirst("/+$", "");
        boolean name = !text.replaceFirst("/+$", "").contains("/");
        anywhere = name || relative.startsWith("**/");
        glob = GlobPattern.compile(name ? "**/" + relative : relative);
    }

    /**
     * @param path absolute, without steps up or nowhere
     * @param directory the working directory
     * @param everywhere whether a pattern that may match at any depth does so outside of the working directory too
     */
    boolean matches(String path, String directory, boolean everywhere) {
        if (absolute) {
            return matchesUpwards(path.substring(1));
        }
        if (path.equals(directory)) {
            return matchesUpwards(".");
        }
        String beneath = directory.endsWith("/") ? directory : directory + "/";
        return (path.startsWith(beneath) && matchesUpwards(path.substring(beneath.length())))
                || (everywhere && anywhere && matchesUpwards(path.substring(1)));
    }

    private boolean matchesUpwards(String path) {
        for (int end = path.length(); end > 0; end = path.lastIndexOf('/', end - 1)) {
            if (glob.matches(path.substring(0, end))) {
                return true;
            }
        }
        return false;
    }
}
