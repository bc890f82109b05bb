package dev.belay.agent.tool.media;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * What a PDF document says of itself, as far as that can be told without reading all of it.
 *
 * @param pages how many it has, 0 if that cannot be told
 * @param encrypted whether it needs a password
 */
record PdfHeader(int pages, boolean encrypted) {
    private static final byte[] BEGIN = "%PDF-".getBytes(StandardCharsets.ISO_8859_1);
    private static final Pattern PAGE = Pattern.compile("/Type\\s*/Page(?![A-Za-z])");
    private static final Pattern OBJECTS = Pattern.compile("/ObjStm.{0,500}?stream\r?\n", Pattern.DOTALL);
    /** How much is looked at of what is packed. */
    private static final int MOST_UNPACKED = 16 << 20;

    /** Empty if the file does not begin and end as a PDF document does. */
    static Optional<PdfHeader> of(byte[] file) {
        if (!Arrays.equals(file, 0, Math.min(file.length, BEGIN.length), BEGIN, 0, BEGIN.length)) {
            return Optional.empty();
        }
        String text = new String(file, StandardCharsets.ISO_8859_1);
        if (text.lastIndexOf("%%EOF") < Math.max(0, text.length() - 2048)) {
            return Optional.empty();
        }
        int pages = count(text);
        int left = MOST_UNPACKED;
        for (Matcher objects = OBJECTS.matcher(text); left > 0 && objects.find(); ) {
            byte[] unpacked = unpacked(file, objects.end(), left);
            left -= unpacked.length;
            pages += count(new String(unpacked, StandardCharsets.ISO_8859_1));
        }
        return Optional.of(new PdfHeader(pages, text.contains("/Encrypt")));
    }

    private static int count(String text) {
        return (int) PAGE.matcher(text).results().count();
    }

    /** What is packed from there on, at most so much; nothing if it is not packed in the usual way. */
    private static byte[] unpacked(byte[] file, int from, int most) {
        try (ByteArrayOutputStream out = new ByteArrayOutputStream();
                Inflater inflater = new Inflater()) {
            inflater.setInput(file, from, file.length - from);
            byte[] piece = new byte[8192];
            while (!inflater.finished() && out.size() < most) {
                int got = inflater.inflate(piece);
                if (got == 0) {
                    break;
                }
                out.write(piece, 0, got);
            }
            return out.toByteArray();
        } catch (DataFormatException | IOException e) {
            return new byte[0];
        }
    }
}
