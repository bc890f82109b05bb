package dev.belay.agent.tool.media;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import java.util.zip.DeflaterOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MediaFileTest {
    @ParameterizedTest
    @CsvSource({"png", "jpeg", "gif"})
    void anImageIsKnownByItsBytesWithItsSize(String format) {
        MediaFile file = MediaFile.of(MediaFiles.image(format, 640, 480)).orElseThrow();

        assertThat(file.mediaType()).isEqualTo("image/" + format);
        assertThat(file.about()).contains("640 x 480 pixels");
        assertThat(file.problem()).isEmpty();
        assertThat(file.mostTokens()).isEqualTo(612);
    }

    /** The heads of a lossy, a lossless and an extended file, each 16 by 9 pixels. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "52494646 16000000 57454250 56503820 0a000000 300100 9d012a 1000 0900",
                "52494646 11000000 57454250 5650384c 05000000 2f 0f000200",
                "52494646 16000000 57454250 56503858 0a000000 00000000 0f0000 080000"
            })
    void aWebpImageSaysItsSizeInThreeWays(String hex) {
        byte[] bytes = HexFormat.of().parseHex(hex.replace(" ", ""));

        MediaFile file = MediaFile.of(bytes).orElseThrow();

        assertThat(file.about()).startsWith("image/webp, 16 x 9 pixels");
        assertThat(file.problem()).isEmpty();
        bytes[4]++;
        assertThat(MediaFile.of(bytes).orElseThrow().problem()).isPresent();
    }

    @Test
    void anImageThatIsTooLargeOrCutHasAProblem() {
        assertThat(MediaFile.of(MediaFiles.image("png", 8001, 1)).orElseThrow().problem())
                .isPresent();
        byte[] image = MediaFiles.image("jpeg", 100, 100);
        assertThat(MediaFile.of(Arrays.copyOf(image, image.length - 2))
                        .orElseThrow()
                        .problem())
                .contains("it is damaged or ends in the middle");
    }

    @Test
    void thePagesOfADocumentAreCountedAlsoWhereTheyArePacked() throws IOException {
        assertThat(MediaFile.of(MediaFiles.document("", 7)).orElseThrow().about())
                .contains(", 7 pages, ");
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        packed.write("%PDF-1.7\n<</Type /ObjStm /Filter /FlateDecode>>stream\r\n".getBytes(StandardCharsets.US_ASCII));
        try (DeflaterOutputStream deflater = new DeflaterOutputStream(packed)) {
            deflater.write("<</Type/Page>><</Type /Page /X 1>><</Type/Pages>>".getBytes(StandardCharsets.US_ASCII));
        }
        packed.write("\nendstream\n%%EOF".getBytes(StandardCharsets.US_ASCII));

        MediaFile file = MediaFile.of(packed.toByteArray()).orElseThrow();

        assertThat(file.pages()).isEqualTo(2);
        assertThat(file.mostTokens()).isEqualTo(16_000);
    }

    @Test
    void aDocumentThatDoesNotSayHowManyPagesItHasCountsAsAFullOne() {
        MediaFile file = MediaFile.of("%PDF-1.7\n%%EOF".getBytes(StandardCharsets.US_ASCII))
                .orElseThrow();

        assertThat(file.about()).isEqualTo("application/pdf, 14 bytes");
        assertThat(file.mostTokens()).isEqualTo(800_000);
    }

    @Test
    void anythingElseIsNothingThatCanBeShownAndHarmsNobody() {
        Random random = new Random(5);
        for (String begin :
                new String[] {"", "\u0089PNG\r\n\u001a\n", "GIF89a", "\u00ff\u00d8\u00ff", "RIFFxxxxWEBPVP8L", "%PDF-"
                }) {
            byte[] head = begin.getBytes(StandardCharsets.ISO_8859_1);
            for (int length = head.length; length < 60; length++) {
                byte[] bytes = new byte[length];
                random.nextBytes(bytes);
                System.arraycopy(head, 0, bytes, 0, head.length);
                MediaFile.of(bytes);
            }
            assertThat(MediaFile.of(head)).as(begin).isEmpty();
        }
    }
}
