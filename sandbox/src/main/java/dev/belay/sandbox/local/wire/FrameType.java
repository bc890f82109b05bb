package dev.belay.sandbox.local.wire;

/** The types of the frames exchanged with the helper; the other half is {@code native/belay.h}. */
public final class FrameType {
    public static final int CREATE = 1;
    public static final int CREATED = 2;
    public static final int REFUSED = 3;
    public static final int STATS = 4;
    public static final int STATS_REPLY = 5;
    public static final int DESTROY = 6;
    public static final int DESTROYED = 7;

    public static final int TAKEN = 19;
    public static final int EXEC = 20;
    public static final int STDIN = 21;
    public static final int STDIN_END = 22;
    public static final int STDOUT = 23;
    public static final int STDERR = 24;
    public static final int EXIT = 25;
    public static final int SIGNAL = 26;
    public static final int RESIZE = 27;
    public static final int CHANNEL = 28;
    public static final int CHANNEL_END = 29;

    public static final int FILE_READ = 30;
    public static final int FILE_WRITE = 31;
    public static final int FILE_STAT = 32;
    public static final int FILE_LIST = 33;
    public static final int FILE_REMOVE = 34;
    public static final int FILE_MAKE_DIRECTORY = 35;
    public static final int FILE_MOVE = 36;
    public static final int FILE_PACK = 37;
    public static final int FILE_UNPACK = 38;
    public static final int FILE_STATE = 40;
    public static final int FILE_DATA = 41;
    public static final int FILE_DONE = 42;
    public static final int FILE_ERROR = 43;
    public static final int FILE_ENTRY = 44;

    public static final int PING = 50;
    public static final int PONG = 51;

    private FrameType() {}
}
