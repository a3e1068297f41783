/*
 * What:    a whole configuration: the bundle of all files and the settings from the main one.
 * Owns:    everything lives in the arena given; config_open_fd() also holds a mapping until
 *          config_close(&c).
 * Threads: read-only once loaded.
 * Errors:  NULL and diags.
 */
#ifndef RFD_CONF_CONFIG_H
#define RFD_CONF_CONFIG_H

#include "conf/bundle.h"
#include "conf/settings.h"

#define CONFIG_MAIN \
    "refractd.yaml" /* the main file's path in the bundle, whatever its name on disk */

#define CONFIG_USERS     "users.yaml"
#define CONFIG_DIRECTORY "directory.yaml"

struct config {
    struct bundle *bundle;
    struct settings settings;
    struct sha256
        knowledge; /* criteria, therapies, trials and terminology: not maps (DESIGN.md 2) */
};

/* Reads every file once: the supervisor and refractctl. */
struct config *config_load(const char *file, struct arena *a, struct diags *d);

/* The same from an inherited bundle: the roles. */
struct config *config_open_fd(int fd, struct arena *a, struct diags *d);
void config_close(struct config *c); /* of config_open_fd() only; c itself is the arena's */

/* A file's tree, with diags at its origin; NULL when it cannot be read. */
struct tree *config_tree(const struct bundle_file *f, struct arena *a, struct diags *d);

/* The map file of a feed, or NULL when it has none (config_load() has checked that it is there). */
const struct bundle_file *config_map_of(const struct config *c, const struct feed_settings *f);

#endif
