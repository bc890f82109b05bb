package dev.belay.sandbox.local;

/** The types of the frames exchanged with the helper; the other half is {@code native/belay.h}. */
final class FrameType {
    static final int CREATE = 1;
    static final int CREATED = 2;
    static final int REFUSED = 3;
    static final int STATS = 4;
    static final int STATS_REPLY = 5;
    static final int DESTROY = 6;
    static final int DESTROYED = 7;

    static final int TAKEN = 19;
    static final int EXEC = 20;
    static final int STDIN = 21;
    static final int STDIN_END = 22;
    static final int STDOUT = 23;
    static final int STDERR = 24;
    static final int EXIT = 25;
    static final int SIGNAL = 26;
    static final int RESIZE = 27;
    static final int CHANNEL = 28;
    static final int CHANNEL_END = 29;

    static final int FILE_READ = 30;
    static final int FILE_WRITE = 31;
    static final int FILE_STAT = 32;
    static final int FILE_LIST = 33;
    static final int FILE_REMOVE = 34;
    static final int FILE_MAKE_DIRECTORY = 35;
    static final int FILE_MOVE = 36;
    static final int FILE_PACK = 37;
    static final int FILE_UNPACK = 38;
    static final int FILE_STATE = 40;
    static final int FILE_DATA = 41;
    static final int FILE_DONE = 42;
    static final int FILE_ERROR = 43;
    static final int FILE_ENTRY = 44;

    static final int PING = 50;
    static final int PONG = 51;

    private FrameType() {}
}
