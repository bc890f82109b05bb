package dev.belay.agent.model.catalogue;

/** What some models can and others cannot. */
public enum ModelFeature {
    /** It takes images. */
    IMAGES,
    /** It takes PDF documents. */
    PDFS,
    /** It hands out its reasoning encrypted, to be sent back with the next request. */
    ENCRYPTED_REASONING
}
