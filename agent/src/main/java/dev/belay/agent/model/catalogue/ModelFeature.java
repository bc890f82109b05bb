package dev.belay.agent.model.catalogue;

/** What some models can and others cannot. */
public enum ModelFeature {
    /** It takes images. */
    IMAGES,
    /** It takes PDF documents. */
    PDFS,
    /** It hands out its reasoning encrypted, to be sent back with the next request. */
    ENCRYPTED_REASONING,
    /** Its provider takes a word that tells which requests begin alike, to serve them where their beginning is kept. */
    PROMPT_CACHE_KEY
}
