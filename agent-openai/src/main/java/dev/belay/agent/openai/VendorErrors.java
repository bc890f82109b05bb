package dev.belay.agent.openai;

import com.openai.errors.OpenAIException;
import com.openai.errors.OpenAIServiceException;
import dev.belay.agent.model.wire.Wire.Failed;
import dev.belay.agent.model.wire.Wire.Refusal;
import java.io.UncheckedIOException;

/** What the vendor's client throws, for both wires. */
final class VendorErrors {
    private VendorErrors() {}

    /** @throws RuntimeException the same one, if it is not the vendor's */
    static Failed failed(RuntimeException thrown) {
        return switch (thrown) {
            case OpenAIServiceException e ->
                Failed.refused(
                        new Refusal(
                                e.statusCode() < 400 ? ErrorCodec.status(e.body()) : e.statusCode(),
                                ErrorCodec.message(e.body()),
                                e.headers().values("retry-after").stream().findFirst()),
                        e);
            case OpenAIException e -> Failed.broken(e);
            case UncheckedIOException e -> Failed.broken(e);
            case IllegalStateException e -> Failed.broken(e);
            default -> throw thrown;
        };
    }
}
