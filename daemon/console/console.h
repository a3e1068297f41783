/*
 * What:    the console: HTTP for people, monitoring and EHRs. Reads the store through a connection
 *          that can only read; whatever acts is a request to core.
 * Owns:    the listener and the reader, until console_free(&c).
 * Threads: the loop's, and a worker's for what must wait: pages, logins, feedback, figures.
 * Errors:  a store that is not there (yet) makes answers 503, never an end.
 */
#ifndef RFD_CONSOLE_CONSOLE_H
#define RFD_CONSOLE_CONSOLE_H

#include "console/cdsconf.h"
#include "console/pages.h"

struct console;

struct console_config {
    const char *listen;   /* HOST:PORT, or unix:PATH */
    const char *store;    /* path of the database */
    const char *control;  /* path of core's control.sock */
    unsigned request_s;   /* a request, or its answer, takes no longer */
    unsigned per_address; /* connections */
    struct cds_config cds;
    struct pages_config pages;
};

struct console *console_new(struct loop *l, const struct console_config *cfg);
/* What stands in files of its own, read anew: the keys of CDS clients. */
void console_reload(struct console *c);
void console_free(struct console **c);

#endif
