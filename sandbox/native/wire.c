// Frames, and the small things that every part needs.
#include "belay.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static bool take(struct reader *r, void *out, size_t size) {
    if (r->bad || r->left < size) {
        r->bad = true;
        memset(out, 0, size);
        return false;
    }
    memcpy(out, r->at, size);
    r->at += size;
    r->left -= size;
    return true;
}

uint8_t read_u8(struct reader *r) {
    uint8_t v;
    take(r, &v, sizeof v);
    return v;
}

uint32_t read_u32(struct reader *r) {
    uint32_t v;
    take(r, &v, sizeof v);
    return be32toh(v);
}

uint64_t read_u64(struct reader *r) {
    uint64_t v;
    take(r, &v, sizeof v);
    return be64toh(v);
}

char *read_text(struct reader *r, size_t max) {
    uint32_t size = read_u32(r);
    if (r->bad || size > max || size > r->left || memchr(r->at, 0, size)) {
        r->bad = true;
        return NULL;
    }
    char *text = malloc((size_t)size + 1);
    if (!text) {
        r->bad = true;
        return NULL;
    }
    take(r, text, size);
    text[size] = 0;
    return text;
}

void put_bytes(struct writer *w, const void *data, size_t size) {
    if (w->full || w->size - w->used < size) {
        w->full = true;
        return;
    }
    memcpy(w->buffer + w->used, data, size);
    w->used += size;
}

void begin_frame(struct writer *w, uint8_t *buffer, size_t size, uint8_t type) {
    uint8_t header[FRAME_HEADER] = {0, 0, 0, 0, type};
    *w = (struct writer){.buffer = buffer, .size = size};
    put_bytes(w, header, sizeof header);
}

void put_u8(struct writer *w, uint8_t v) {
    put_bytes(w, &v, sizeof v);
}

void put_u32(struct writer *w, uint32_t v) {
    v = htobe32(v);
    put_bytes(w, &v, sizeof v);
}

void put_u64(struct writer *w, uint64_t v) {
    v = htobe64(v);
    put_bytes(w, &v, sizeof v);
}

void put_text(struct writer *w, const char *text) {
    size_t size = strlen(text);
    put_u32(w, (uint32_t)size);
    put_bytes(w, text, size);
}

size_t end_frame(struct writer *w) {
    put_header(w->buffer, w->buffer[4], (uint32_t)(w->used - FRAME_HEADER));
    return w->used;
}

void put_header(uint8_t header[FRAME_HEADER], uint8_t type, uint32_t length) {
    uint32_t big = htobe32(length);
    memcpy(header, &big, sizeof big);
    header[4] = type;
}

uint32_t header_length(const uint8_t header[FRAME_HEADER]) {
    uint32_t big;
    memcpy(&big, header, sizeof big);
    return be32toh(big);
}

int failed(struct failure *f, const char *format, ...) {
    int error = errno;
    if (!f->text[0]) {
        va_list args;
        va_start(args, format);
        int used = vsnprintf(f->text, sizeof f->text, format, args);
        va_end(args);
        if (used >= 0 && (size_t)used < sizeof f->text) {
            snprintf(f->text + used, sizeof f->text - (size_t)used, ": %s", strerror(error));
        }
    }
    errno = error;
    return -1;
}

int refused(struct failure *f, const char *format, ...) {
    if (!f->text[0]) {
        va_list args;
        va_start(args, format);
        vsnprintf(f->text, sizeof f->text, format, args);
        va_end(args);
    }
    return -1;
}

void close_quietly(int *fd) {
    if (*fd >= 0) {
        close(*fd);
    }
    *fd = -1;
}

int64_t now_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

void hex(char *out, const uint8_t *bytes, size_t size) {
    for (size_t i = 0; i < size; i++) {
        out[2 * i] = "0123456789abcdef"[bytes[i] >> 4];
        out[2 * i + 1] = "0123456789abcdef"[bytes[i] & 15];
    }
    out[2 * size] = 0;
}

ssize_t read_small_file(const char *path, char *buffer, size_t size) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return -1;
    }
    size_t used = 0;
    while (used < size - 1) {
        ssize_t n = read(fd, buffer + used, size - 1 - used);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            int error = errno;
            close(fd);
            errno = error;
            return -1;
        }
        if (n == 0) {
            break;
        }
        used += (size_t)n;
    }
    close(fd);
    buffer[used] = 0;
    return (ssize_t)used;
}

int write_small_file(const char *path, const char *text) {
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0) {
        return -1;
    }
    ssize_t n = write(fd, text, strlen(text));
    int error = n < 0 ? errno : EIO;
    bool whole = n == (ssize_t)strlen(text);
    if (close(fd) < 0 && whole) {
        return -1;
    }
    errno = error;
    return whole ? 0 : -1;
}

int read_fully(int fd, void *buffer, size_t size) {
    uint8_t *at = buffer;
    while (size > 0) {
        ssize_t n = read(fd, at, size);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            errno = n == 0 ? EPIPE : errno;
            return -1;
        }
        at += n;
        size -= (size_t)n;
    }
    return 0;
}

int write_fully(int fd, const void *buffer, size_t size) {
    const uint8_t *at = buffer;
    while (size > 0) {
        ssize_t n = write(fd, at, size);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            return -1;
        }
        at += n;
        size -= (size_t)n;
    }
    return 0;
}

int lower_limit(int resource, uint64_t value) {
    struct limit {
        uint64_t now, most;
    } old, lowered;
    // Not getrlimit, whose first type is another one with each C library.
    if (syscall(SYS_prlimit64, 0, resource, NULL, &old) < 0) {
        return -1;
    }
    lowered.now = lowered.most = old.most < value ? old.most : value;
    return (int)syscall(SYS_prlimit64, 0, resource, &lowered, NULL);
}

int close_all_but(int first, int second) {
    return (first > 3 && syscall(SYS_close_range, 3, first - 1, 0) < 0) || (second > first + 1 && syscall(SYS_close_range, first + 1, second - 1, 0) < 0)
        ? -1
        : (int)syscall(SYS_close_range, second + 1, ~0U, 0);
}

int set_nonblocking(int fd) {
    int flags = fcntl(fd, F_GETFL);
    return flags < 0 ? -1 : fcntl(fd, F_SETFL, flags | O_NONBLOCK);
}
