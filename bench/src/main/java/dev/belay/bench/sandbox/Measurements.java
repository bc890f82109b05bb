package dev.belay.bench.sandbox;

/** A group of figures that are measured together. */
interface Measurements {
    /** Measures and puts its lines into the table. */
    void measure(Workbench bench, Report report) throws Exception;
}
