package dev.belay.agent.tool.media;

import java.util.Optional;

/**
 * An image or a document that a model can be shown as it is.
 *
 * @param about its kind and its size, for people and models
 * @param mostTokens what a provider counts it as, at most
 * @param pages of a document; 0 for an image
 * @param problem why no provider would take it, if so
 */
public record MediaFile(String mediaType, String about, int mostTokens, int pages, Optional<String> problem) {
    /** The largest that is shown: in base64 it fits into one event. */
    public static final int MAX_BYTES = 3_000_000;

    private static final int MAX_SIDE = 8000;
    private static final int MAX_PAGES = 100;
    /** No provider of the price table counts an image as more. */
    private static final int MOST_TOKENS_OF_IMAGE = 5000;

    private static final int PIXELS_PER_TOKEN = 600;
    /** A page counts as its text and as an image of it. */
    private static final int MOST_TOKENS_OF_PAGE = 8000;

    /** What the file is by its bytes; empty if it is nothing that can be shown. */
    public static Optional<MediaFile> of(byte[] file) {
        return ImageHeader.of(file)
                .map(header -> image(header, file.length))
                .or(() -> PdfHeader.of(file).map(header -> document(header, file.length)));
    }

    private static MediaFile image(ImageHeader header, int bytes) {
        long pixels = (long) header.width() * header.height();
        return new MediaFile(
                header.mediaType(),
                header.mediaType() + ", " + header.width() + " x " + header.height() + " pixels, " + bytes + " bytes",
                (int) Math.min(MOST_TOKENS_OF_IMAGE, pixels / PIXELS_PER_TOKEN + 100),
                0,
                tooLarge(bytes).or(() -> problem(header)));
    }

    private static MediaFile document(PdfHeader header, int bytes) {
        int pages = header.pages() == 0 ? MAX_PAGES : header.pages();
        return new MediaFile(
                "application/pdf",
                "application/pdf, "
                        + (header.pages() == 0 ? "" : header.pages() + (header.pages() == 1 ? " page, " : " pages, "))
                        + bytes + " bytes",
                pages * MOST_TOKENS_OF_PAGE,
                header.pages(),
                tooLarge(bytes).or(() -> problem(header)));
    }

    private static Optional<String> problem(ImageHeader image) {
        if (!image.whole() || image.width() < 1 || image.height() < 1) {
            return Optional.of("it is damaged or ends in the middle");
        }
        return image.width() <= MAX_SIDE && image.height() <= MAX_SIDE
                ? Optional.empty()
                : Optional.of("at most " + MAX_SIDE + " pixels on each side can be shown; make a smaller copy");
    }

    private static Optional<String> problem(PdfHeader document) {
        if (document.encrypted()) {
            return Optional.of("it is encrypted");
        }
        return document.pages() <= MAX_PAGES
                ? Optional.empty()
                : Optional.of("at most " + MAX_PAGES + " pages can be shown; make a copy with fewer");
    }

    private static Optional<String> tooLarge(int bytes) {
        return bytes <= MAX_BYTES
                ? Optional.empty()
                : Optional.of("at most " + MAX_BYTES + " bytes can be shown; make a smaller copy");
    }
}
