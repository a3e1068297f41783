/*
 * What:    the set of config and knowledge files that a run works with, read once: (path, bytes)
 *          records in order of path, with one SHA-256 over all.
 * Owns:    records and bytes live in the arena of bundle_new(); of bundle_open_fd() in the mapping,
 *          until bundle_close(&b). The sealed descriptor of bundle_to_fd() is the caller's.
 * Threads: read-only once sealed.
 * Errors:  files that cannot be read: false and diags. A descriptor that does not hold a sound
 *          bundle: NULL (the supervisor made it, so the role ends).
 */
#ifndef RFD_CONF_BUNDLE_H
#define RFD_CONF_BUNDLE_H

#include "base/arena.h"
#include "base/diag.h"
#include "base/sha256.h"

#include <stdbool.h>
#include <stddef.h>

enum {
    BUNDLE_FILES_MAX = 20000, /* a site with every open cancer trial has about 15,000 */
    BUNDLE_BYTES_MAX = 256 * 1024 * 1024,
    BUNDLE_FOLDER_DEPTH = 4,
};

struct bundle_file {
    const char *path;   /* in the bundle: "refractd.yaml", "criteria/psa.yaml" */
    const char *origin; /* where it was read: for places in diags */
    struct str bytes;
};

struct bundle {
    struct arena *arena;
    struct bundle_file *file; /* sorted by path once sealed */
    size_t count;
    size_t room;
    size_t bytes;
    struct sha256 hash; /* over paths and bytes, not over origins */
    void *map;          /* the mapping, when opened from a descriptor */
    size_t map_size;
};

struct bundle *bundle_new(struct arena *a);
RFD_MUSTCHECK bool
bundle_add_file(struct bundle *b, const char *path, const char *origin, struct diags *d);
/* Every *.yaml *.yml *.json *.tsv *.csv below dir as "prefix/relative"; names with a dot in front
 * are passed over. */
RFD_MUSTCHECK bool
bundle_add_folder(struct bundle *b, const char *prefix, const char *dir, struct diags *d);
void bundle_add_bytes(struct bundle *b, const char *path, const char *origin, struct str bytes);
void bundle_seal(struct bundle *b); /* sorts and hashes; a path may be there once (asserted) */

const struct bundle_file *bundle_find(const struct bundle *b, const char *path);
/* The next file whose path starts with prefix, from *pos (start with 0); NULL at the end. */
const struct bundle_file *bundle_next(const struct bundle *b, const char *prefix, size_t *pos);
/* One hash over the files of these prefixes: what names a knowledge set. */
struct sha256 bundle_hash_of(const struct bundle *b, const char *const *prefixes, size_t n);

int bundle_to_fd(const struct bundle *b); /* a sealed memfd, close-on-exec; -1 with errno */
struct bundle *bundle_open_fd(int fd);
void bundle_close(struct bundle **b); /* of bundle_open_fd() only */

#endif
