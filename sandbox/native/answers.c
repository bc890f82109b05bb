// What the spawner answers the server.
#include "spawner.h"

#include <sys/socket.h>

// Answers are small; a server that does not even take these is treated as gone.
static void answer(struct sandbox *s, struct writer *w) {
    size_t size = end_frame(w);
    if (s->client >= 0 && send(s->client, w->buffer, size, MSG_DONTWAIT | MSG_NOSIGNAL) != (ssize_t)size) {
        close_quietly(&s->client);
    }
}

void answer_refused(struct sandbox *s, const struct failure *f) {
    uint8_t buffer[4096];
    struct writer w;
    begin_frame(&w, buffer, sizeof buffer, REFUSED);
    put_u8(&w, f->unavailable);
    put_text(&w, f->text);
    answer(s, &w);
}

void answer_created(struct spawner *p, struct sandbox *s, const struct hello *hello) {
    uint8_t buffer[512];
    struct writer w;
    begin_frame(&w, buffer, sizeof buffer, CREATED);
    put_bytes(&w, hello->nonce, NONCE);
    put_u32(&w, hello->proven);
    put_u32(&w, s->uid);
    for (int c = 0; c < CONTROLLERS; c++) {
        put_u8(&w, (uint8_t)p->host.cgroups.version[c]);
    }
    put_text(&w, s->socket_path);
    answer(s, &w);
}

void answer_stats(struct spawner *p, struct sandbox *s) {
    uint8_t buffer[128];
    struct writer w;
    struct usage usage;
    read_usage(&p->host.cgroups, s->name, &usage);
    begin_frame(&w, buffer, sizeof buffer, STATS_REPLY);
    put_u64(&w, usage.throttled);
    put_u64(&w, usage.memory);
    put_u64(&w, usage.memory_peak);
    put_u64(&w, usage.cpu_micros);
    put_u64(&w, usage.processes);
    put_u64(&w, usage.memory_kills);
    answer(s, &w);
}

void answer_destroyed(struct sandbox *s) {
    uint8_t buffer[16];
    struct writer w;
    begin_frame(&w, buffer, sizeof buffer, DESTROYED);
    answer(s, &w);
}
