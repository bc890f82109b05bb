package dev.belay.eventlog;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.belay.api.Secret;
import java.net.URLEncoder;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RedactorTest {
    private static final String OWN_KEY = "blk_" + "aB3-_".repeat(8) + "xyz";

    private static Redactor redactor(Secret... secrets) {
        return new Redactor(List.of(LogFixture.source(List.of(secrets))));
    }

    private static String whole(Redactor redactor, List<String> pieces) {
        Redactor.Chunks chunks = redactor.chunks();
        StringBuilder out = new StringBuilder();
        pieces.forEach(piece -> out.append(chunks.add(piece)));
        return out.append(chunks.end()).toString();
    }

    /** The value {@code ab+/=~*'() &?x} as Python's quote, quote with no safe marks and quote_plus, and as JavaScript's two write it. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "ab%2B/%3D~%2A%27%28%29%20%26%3Fx",
                "ab%2B%2F%3D~%2A%27%28%29%20%26%3Fx",
                "ab%2B%2F%3D~%2A%27%28%29+%26%3Fx",
                "ab%2B%2F%3D~*'()%20%26%3Fx",
                "ab+/=~*'()%20&?x",
                "ab%2b/%3d~%2a%27%28%29%20%26%3fx"
            })
    void aValueIsFoundHoweverALanguageWritesItIntoAUrl(String written) {
        assertThat(redactor(new Secret("key", "ab+/=~*'() &?x")).redact("k=" + written + "#"))
                .isEqualTo("k=[redacted key]#");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "sk-ant-api03-plain",
                "pass word+/=~*'()!&?",
                "quo\"te\\back\nline\ttab\u0001",
                "schlüssel-žluť-😀"
            })
    void everyFormInWhichAProgramPrintsAValueIsFound(String value) {
        Redactor redactor = redactor(new Secret("key", value));
        String json = dev.belay.store.StoredJson.encode(value);
        String jsonInJson = dev.belay.store.StoredJson.encode(json);
        String percent = URLEncoder.encode(value, UTF_8);

        assertThat(redactor.redact("a " + value + " b")).isEqualTo("a [redacted key] b");
        assertThat(redactor.redact(json)).isEqualTo("\"[redacted key]\"");
        assertThat(redactor.redact(jsonInJson)).isEqualTo("\"\\\"[redacted key]\\\"\"");
        assertThat(redactor.redact("?k=" + percent + "&")).isEqualTo("?k=[redacted key]&");
        assertThat(redactor.redact("?k=" + percent.replace("+", "%20") + "&")).isEqualTo("?k=[redacted key]&");
        assertThat(redactor.redact(HexFormat.of().formatHex(value.getBytes(UTF_8))))
                .isEqualTo("[redacted key]");
        assertThat(redactor.redact(HexFormat.of().withUpperCase().formatHex(value.getBytes(UTF_8))))
                .isEqualTo("[redacted key]");
    }

    @ParameterizedTest
    @ValueSource(strings = {"sk-ant-api03-plain", "pass word+/=~*'()!&?>>>", "schlüssel-žluť-😀"})
    void base64IsFoundWhateverStandsBeforeAndBehind(String value) {
        Redactor redactor = redactor(new Secret("key", value));
        byte[] secret = value.getBytes(UTF_8);
        Random random = new Random(7);
        for (int before = 0; before < 7; before++) {
            for (int behind = 0; behind < 4; behind++) {
                byte[] bytes = new byte[before + secret.length + behind];
                random.nextBytes(bytes);
                System.arraycopy(secret, 0, bytes, before, secret.length);
                for (Base64.Encoder encoder : List.of(
                        Base64.getEncoder(),
                        Base64.getUrlEncoder(),
                        Base64.getUrlEncoder().withoutPadding())) {
                    String clean = redactor.redact(encoder.encodeToString(bytes));
                    assertThat(clean).contains("[redacted key]");
                    // At most the two characters that hold bits of the neighbours stay beside each end.
                    assertThat(clean.replace("[redacted key]", "").replace("=", ""))
                            .hasSizeLessThanOrEqualTo((before + behind) * 8 / 6 + 2);
                }
            }
        }
    }

    @Test
    void belaysOwnKeysAreKnownByTheirShape() {
        Redactor redactor = redactor();

        assertThat(OWN_KEY).hasSize(47);
        assertThat(redactor.redact("Bearer " + OWN_KEY + ".")).isEqualTo("Bearer [redacted belay_key].");
        assertThat(redactor.redact("blk_" + OWN_KEY)).doesNotContain("aB3");
        assertThat(redactor.redact("blk_tooshort blk_")).isEqualTo("blk_tooshort blk_");
    }

    @Test
    void cleanTextIsTheSameObject() {
        String clean = new String("nothing to hide, not even sk-");

        assertThat(redactor(new Secret("key", "sk-12345678")).redact(clean)).isSameAs(clean);
    }

    @Test
    void secretsThatOverlapLeaveNoRest() {
        Redactor redactor = redactor(
                new Secret("a", "AAAABBBBCCCC"), new Secret("b", "CCCCDDDDEEEE"), new Secret("inside", "BBBBCCCC"));

        assertThat(redactor.redact("<AAAABBBBCCCCDDDDEEEE>")).matches("<\\[redacted \\w+]>");
        assertThat(redactor.redact("<AAAABBBBCCCC><BBBBCCCC>")).matches("<\\[redacted \\w+]><\\[redacted inside]>");
        assertThat(redactor.redact("<xBBBBCCCCDDDDEEEE>")).matches("<x\\[redacted \\w+]>");
    }

    @Test
    void aSecretThatBecomesKnownIsFoundFromThenOn() {
        List<Secret> secrets = new CopyOnWriteArrayList<>();
        Redactor redactor = new Redactor(List.of(LogFixture.source(secrets)));
        assertThat(redactor.redact("sk-12345678")).isEqualTo("sk-12345678");

        secrets.add(new Secret("a name \"with\" marks", "sk-12345678"));

        assertThat(redactor.redact("sk-12345678")).isEqualTo("[redacted a_name__with__marks]");
        assertThat(whole(redactor, List.of("sk-1234", "5678"))).isEqualTo("[redacted a_name__with__marks]");
    }

    @Test
    void aValueTooShortToTellFromTextIsLeftAlone() {
        assertThat(redactor(new Secret("pin", "1234567")).redact("1234567")).isEqualTo("1234567");
    }

    @Test
    void textIsHeldBackOnlyWhereASecretCouldBegin() {
        Redactor.Chunks chunks = redactor(new Secret("key", "sk-12345678")).chunks();

        assertThat(chunks.add("hello ")).isEqualTo("hello ");
        assertThat(chunks.add("wo s")).isEqualTo("wo ");
        assertThat(chunks.add("k-1")).isEmpty();
        assertThat(chunks.add("x")).isEqualTo("sk-1x");
        assertThat(chunks.add("sk-12345678")).isEmpty();
        assertThat(chunks.add("bl")).isEqualTo("[redacted key]");
        assertThat(chunks.end()).isEqualTo("bl");
    }

    /** Texts out of a few letters, so that secrets, parts of secrets and overlaps of them are everywhere. */
    @Test
    void piecesAreRedactedAsTheWholeWhereverItIsCut() {
        Random random = new Random(20_260_101);
        for (int round = 0; round < 3000; round++) {
            List<Secret> secrets = new ArrayList<>();
            for (int s = random.nextInt(4); s >= 0; s--) {
                secrets.add(new Secret("s" + s, letters(random, 8 + random.nextInt(6))));
            }
            Redactor redactor = redactor(secrets.toArray(Secret[]::new));
            StringBuilder text = new StringBuilder();
            while (text.length() < 120) {
                switch (random.nextInt(5)) {
                    case 0 ->
                        text.append(secrets.get(random.nextInt(secrets.size())).value());
                    case 1 -> text.append(OWN_KEY, 0, random.nextInt(OWN_KEY.length() + 1));
                    case 2 -> text.append(OWN_KEY);
                    default -> text.append(letters(random, random.nextInt(6)));
                }
            }
            List<String> pieces = cut(text.toString(), random);

            String expected = redactor.redact(text.toString());

            assertThat(whole(redactor, pieces)).as(pieces.toString()).isEqualTo(expected);
            for (Secret secret : secrets) {
                assertThat(expected.replaceAll("\\[redacted \\w+]", "|")).doesNotContain(secret.value());
            }
            assertThat(expected).doesNotContain(OWN_KEY);
        }
    }

    private static String letters(Random random, int length) {
        StringBuilder letters = new StringBuilder();
        for (int i = 0; i < length; i++) {
            letters.append("ab".charAt(random.nextInt(2)));
        }
        return letters.toString();
    }

    private static List<String> cut(String text, Random random) {
        List<String> pieces = new ArrayList<>();
        int at = 0;
        while (at < text.length()) {
            int next = Math.min(text.length(), at + random.nextInt(12));
            pieces.add(text.substring(at, next));
            at = next;
        }
        return pieces;
    }
}
