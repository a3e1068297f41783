/*
 * What:    the console: HTTP for people, monitoring and EHRs. Reads the store through a connection
 *          that can only read; whatever acts is a request to core.
 * Owns:    the listener and the reader, until console_free(&c).
 * Threads: one, the loop's.
 * Errors:  a store that is not there (yet) makes answers 503, never an end.
 */
#ifndef RFD_CONSOLE_CONSOLE_H
#define RFD_CONSOLE_CONSOLE_H

#include "console/http.h"
#include "store/store.h"

struct console;

struct console_config {
    const char *listen;  /* HOST:PORT, or unix:PATH */
    const char *store;   /* path of the database */
    const char *control; /* path of core's control.sock */
};

struct console *console_new(struct loop *l, const struct console_config *cfg);
void console_free(struct console **c);

/* For the console's own files: the reader, NULL while there is none. */
struct store *console_store(struct console *c);
const struct console_config *console_config_of(const struct console *c);

/* One address of the console. A path that ends in "*" stands for all that begin so. */
struct console_route {
    const char *method;
    const char *path;
    void (*run)(struct console *c, const struct http_request *r, struct http_reply *out);
};

#endif
