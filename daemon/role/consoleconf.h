/*
 * What:    the console's part of a configuration, compiled: for its role, and for --check.
 * Owns:    nothing; everything lives in the arena given.
 * Threads: any.
 * Errors:  diags with file:line:col.
 */
#ifndef RFD_ROLE_CONSOLECONF_H
#define RFD_ROLE_CONSOLECONF_H

#include "conf/config.h"
#include "console/users.h"

/* HOST:PORT, unix:PATH, or NULL: off. */
const char *consoleconf_listen(const struct settings *s, struct arena *a);

/* False: diags. No users at all is true, and *out has none. */
RFD_MUSTCHECK bool
consoleconf_users(const struct config *c, struct arena *a, struct diags *d, struct users *out);

#endif
