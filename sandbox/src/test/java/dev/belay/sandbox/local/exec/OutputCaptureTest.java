package dev.belay.sandbox.local.exec;

import static org.assertj.core.api.Assertions.assertThat;

import dev.belay.sandbox.CapturedOutput;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class OutputCaptureTest {
    private static OutputCapture of(int limit, String... parts) {
        OutputCapture capture = new OutputCapture(limit);
        for (String part : parts) {
            capture.add(part.getBytes(StandardCharsets.UTF_8));
        }
        return capture;
    }

    @Test
    void whatFitsIsKeptWhole() {
        assertThat(of(10, "01234", "56789").result()).isEqualTo(new CapturedOutput("0123456789", 10, 0));
        assertThat(of(10).result()).isEqualTo(CapturedOutput.EMPTY);
    }

    @Test
    void whatDoesNotFitKeepsItsTwoEnds() {
        assertThat(of(10, "0123456789abcdef").result())
                .isEqualTo(new CapturedOutput("01234\n[... 6 bytes cut ...]\nbcdef", 16, 6));
        assertThat(of(10, "0", "1234567", "89abc", "def").result().text())
                .startsWith("01234\n")
                .endsWith("\nbcdef");
    }

    @Test
    void aCutNeverGoesThroughACharacter() {
        assertThat(of(10, "abcdé123456789ö").result().text()).isEqualTo("abcd\n[... 8 bytes cut ...]\n789ö");
        assertThat(of(8, "€€€€€€").result().text()).isEqualTo("€\n[... 12 bytes cut ...]\n€");
    }

    @Test
    void anySplitOfTheSameBytesGivesTheSame() {
        Random random = new Random(1);
        String text = "0123456789".repeat(5000);
        CapturedOutput whole = of(10000, text).result();
        for (int round = 0; round < 50; round++) {
            OutputCapture capture = new OutputCapture(10000);
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            for (int at = 0; at < bytes.length; ) {
                int size = Math.min(bytes.length - at, 1 + random.nextInt(8000));
                capture.add(Arrays.copyOfRange(bytes, at, at + size));
                at += size;
            }
            assertThat(capture.result()).isEqualTo(whole);
        }
    }
}
