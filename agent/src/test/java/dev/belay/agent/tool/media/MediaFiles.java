package dev.belay.agent.tool.media;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import javax.imageio.ImageIO;

/** Images and documents for tests. */
public final class MediaFiles {
    private MediaFiles() {}

    /** @param format {@code png}, {@code jpeg} or {@code gif} */
    public static byte[] image(String format, int width, int height) {
        try (ByteArrayOutputStream out = new ByteArrayOutputStream()) {
            ImageIO.write(new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB), format, out);
            return out.toByteArray();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Enough of a document to count its pages. */
    public static byte[] document(String more, int pages) {
        return ("%PDF-1.7\n" + more + "\n/Type /Pages\n" + "/Type /Page\n".repeat(pages) + "%%EOF\n")
                .getBytes(StandardCharsets.ISO_8859_1);
    }
}
