// What the worker of a file operation and the server say to each other.
#include "files.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int peer;

void use_peer(int socket) {
    peer = socket;
}

void finish(int status) {
    _exit(status);
}

void give_up(const char *code, const char *format, ...) {
    uint8_t buffer[8192];
    char text[6000];
    struct writer w;
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    begin_frame(&w, buffer, sizeof buffer, FILE_ERROR);
    put_text(&w, code);
    put_text(&w, text);
    write_fully(peer, buffer, end_frame(&w));
    finish(1);
}

static const char *code_of(int error) {
    switch (error) {
        case ENOENT:
            return "file_not_found";
        case ENOTDIR:
            return "not_a_directory";
        case EEXIST:
        case ENOTEMPTY:
            return "file_exists";
        case EISDIR:
        case ENXIO:
            return "not_a_file";
        case ENOSPC:
        case EDQUOT:
            return "disk_full";
        case EFBIG:
            return "file_too_large";
        case ELOOP:
        case ENAMETOOLONG:
        case EINVAL:
        case EILSEQ:
            return "bad_path";
        default:
            return "file_denied";
    }
}

void give_up_errno(const char *path) {
    int error = errno;
    give_up(code_of(error), "%s: %s", path, strerror(error));
}

void version_of(const struct stat *s, char *out, size_t size) {
    snprintf(out, size, "%" PRIu64 "-%" PRIu64 "-%" PRIu64 ".%09ld-%" PRIu64 ".%09ld", (uint64_t)s->st_ino, (uint64_t)s->st_size,
        (uint64_t)s->st_mtim.tv_sec, s->st_mtim.tv_nsec, (uint64_t)s->st_ctim.tv_sec, s->st_ctim.tv_nsec);
}

static uint8_t kind_of(const struct stat *s) {
    return S_ISREG(s->st_mode) ? 0 : S_ISDIR(s->st_mode) ? 1 : S_ISLNK(s->st_mode) ? 2 : 3;
}

void send_state(const char *path, const struct stat *s) {
    uint8_t buffer[16384];
    char version[160];
    struct writer w;
    begin_frame(&w, buffer, sizeof buffer, FILE_STATE);
    put_text(&w, path);
    put_u8(&w, kind_of(s));
    put_u64(&w, (uint64_t)s->st_size);
    put_u64(&w, (uint64_t)s->st_mtim.tv_sec * 1000000 + (uint64_t)s->st_mtim.tv_nsec / 1000);
    put_u32(&w, s->st_mode & 07777);
    version_of(s, version, sizeof version);
    put_text(&w, version);
    if (w.full || write_fully(peer, buffer, end_frame(&w)) < 0) {
        finish(1);
    }
}

void send_end(bool complete) {
    uint8_t buffer[16];
    struct writer w;
    begin_frame(&w, buffer, sizeof buffer, FILE_DONE);
    put_u8(&w, complete);
    if (write_fully(peer, buffer, end_frame(&w)) < 0) {
        finish(1);
    }
}

void send_done(bool complete) {
    send_end(complete);
    finish(0);
}

void send_data(int fd, uint64_t size, const char *asked) {
    static uint8_t buffer[FRAME_HEADER + CHUNK];
    while (size > 0) {
        ssize_t n = read(fd, buffer + FRAME_HEADER, size < CHUNK ? (size_t)size : CHUNK);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            give_up_errno(asked);
        }
        if (n == 0) {
            return;
        }
        put_header(buffer, FILE_DATA, (uint32_t)n);
        if (write_fully(peer, buffer, FRAME_HEADER + (size_t)n) < 0) {
            finish(1);
        }
        size -= (uint64_t)n;
    }
}

// ---- what the server sends after its request ----

uint8_t receive_header(uint32_t max, uint32_t *size) {
    uint8_t header[FRAME_HEADER];
    if (read_fully(peer, header, sizeof header) < 0 || (*size = header_length(header)) > max) {
        finish(1);
    }
    return header[4];
}

void receive_payload(void *buffer, uint32_t size) {
    if (read_fully(peer, buffer, size) < 0) {
        finish(1);
    }
}

int receive_content(int fd, uint64_t max) {
    static uint8_t buffer[FRAME_HEADER + CHUNK];
    uint64_t total = 0;
    for (;;) {
        uint8_t header[FRAME_HEADER];
        if (read_fully(peer, header, sizeof header) < 0) {
            errno = EPIPE;
            return -1;
        }
        uint32_t size = header_length(header);
        if (header[4] == FILE_DONE && size == 0) {
            return 0;
        }
        if (header[4] != FILE_DATA || size > CHUNK || read_fully(peer, buffer, size) < 0) {
            errno = EPIPE;
            return -1;
        }
        if ((total += size) > max) {
            errno = EFBIG;
            return -1;
        }
        if (write_fully(fd, buffer, size) < 0) {
            return -1;
        }
    }
}
