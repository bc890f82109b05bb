package dev.belay.sandbox;

/** Takes the output of an exec as it arrives. Calls for one exec never overlap. */
public interface ExecOutput {
    ExecOutput NONE = new ExecOutput() {
        @Override
        public void stdout(byte[] bytes) {}

        @Override
        public void stderr(byte[] bytes) {}
    };

    void stdout(byte[] bytes);

    void stderr(byte[] bytes);
}
