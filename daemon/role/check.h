/*
 * What:    loading of a whole configuration with every check that can be made without running it:
 *          `refractd --check`, start and reload.
 * Owns:    what is loaded lives in the arena given.
 * Threads: the supervisor, or refractctl.
 * Errors:  NULL and diags, with all places.
 */
#ifndef RFD_ROLE_CHECK_H
#define RFD_ROLE_CHECK_H

#include "conf/config.h"

#include <stdio.h>

/* A room's own look at its part of the bundle. It adds diags; scratch is given back afterwards.
 * Hooks run in order; the first one with errors is the last one run, so that a file that is no YAML
 * is not complained of twice. */
struct check_hook {
    const char *name;
    void (*check)(const struct config *c, struct arena *scratch, struct diags *d);
};

/* The table, ended by a NULL name: role/hooks.c. */
extern const struct check_hook check_hooks[];

/* Every *.yaml, *.yml and *.json of the bundle can be read. The first hook of the table. */
void check_yaml(const struct config *c, struct arena *scratch, struct diags *d);

/* a is reset first; the diags live in it. */
struct config *
check_load(const char *file, const struct check_hook *hooks, struct arena *a, struct diags *d);

/* "file:line:column: text" each; "file:line:column: warning: text". */
void check_print(const struct diags *d, FILE *out);

/* The same as log lines: places and texts name files and keys, never patients. */
void check_log(const struct diags *d);

#endif
