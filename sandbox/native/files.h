// What the parts of the worker for file operations share.
#ifndef BELAY_FILES_H
#define BELAY_FILES_H

#include "belay.h"

// ---- exchange.c: answers, and what the server sends. Whatever fails is told to the server and ends the worker. ----

void use_peer(int socket);
__attribute__((noreturn)) void finish(int status);
__attribute__((noreturn, format(printf, 2, 3))) void give_up(const char *code, const char *format, ...);
__attribute__((noreturn)) void give_up_errno(const char *path);
// By which a later operation sees whether a file is as it was.
void version_of(const struct stat *s, char *out, size_t size);
// Frames to the server; a server that is gone ends the worker.
void send_state(const char *path, const struct stat *s);
// Sends at most so many bytes of a file, fewer if it ends before.
void send_data(int fd, uint64_t size, const char *asked);
void send_end(bool complete);
__attribute__((noreturn)) void send_done(bool complete);
// The header of the next frame from the server, whose payload must not be larger than max.
uint8_t receive_header(uint32_t max, uint32_t *size);
void receive_payload(void *buffer, uint32_t size);
// Takes the frames of one file's content into fd. Returns 0, or -1 with errno when the file cannot be written, or EPIPE when the server let go.
int receive_content(int fd, uint64_t max);

// ---- paths.c ----

// Absolute, relative ones made so beneath /workspace; every name within its limit.
void normalise(const char *path, char out[PATH_MAX]);
// Where a descriptor's file really is. Gives up if that is not in the writable tree.
void require_inside(int fd, const char *asked, char real[PATH_MAX]);
// Opens what a path leads to, without opening it for anything, and requires it inside the writable tree.
int open_inside(const char *asked, char real[PATH_MAX], struct stat *s);
// Opens the very file of such a descriptor.
int reopen(int fd, int flags, const char *asked);
// The parent of a path, opened and required inside, and the last name. Makes missing directories if asked to.
int open_parent(const char *asked, bool make, char name[NAME_MAX + 1]);
// Makes a directory and its parents where they are missing, and opens it.
int make_directory(const char *asked, char real[PATH_MAX], struct stat *s);

// ---- listing.c, removal.c, archive.c ----

void list_files(const char *asked, uint32_t depth, uint32_t limit);
void remove_file(const char *asked);
__attribute__((noreturn)) void pack_files(const char *asked);
__attribute__((noreturn)) void unpack_files(const char *asked);

#endif
