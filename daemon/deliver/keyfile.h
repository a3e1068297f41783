/*
 * What:    a secret from a file: one line, its end cut off.
 * Owns:    the caller: keyfile_forget().
 * Threads: start-up.
 * Errors:  false: not readable, empty, or too long.
 */
#ifndef RFD_DELIVER_KEYFILE_H
#define RFD_DELIVER_KEYFILE_H

#include "base/str.h"

enum { KEYFILE_MAX = 4096 };

struct keyfile {
    char text[KEYFILE_MAX];
    size_t n;
};

RFD_MUSTCHECK bool keyfile_read(const char *path, struct keyfile *out);
struct str keyfile_str(const struct keyfile *k);
void keyfile_forget(struct keyfile *k);

#endif
