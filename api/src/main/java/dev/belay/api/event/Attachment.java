package dev.belay.api.event;

/**
 * A file that a model is shown as it is, beside the text of a tool's result.
 *
 * @param name its name without a directory
 * @param mediaType {@code image/png}, {@code image/jpeg}, {@code image/gif}, {@code image/webp} or {@code application/pdf}
 * @param base64 its bytes; no longer base64 if a secret was taken out
 * @param mostTokens what a provider counts it as, at most
 */
public record Attachment(String name, String mediaType, String base64, int mostTokens) {
    /** Whether the bytes are those of the file: a secret that was taken out of them leaves a bracket, which base64 does not know. */
    public boolean whole() {
        return base64.indexOf('[') < 0;
    }

    /** The length of the file in bytes, about. */
    public int bytes() {
        return base64.length() / 4 * 3;
    }
}
