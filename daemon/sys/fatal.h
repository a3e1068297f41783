/*
 * What:    the end of a role when the machine fails it: one log line, then exit with a code.
 * Owns:    nothing.
 * Threads: any.
 * Errors:  never returns. No exit handlers run: what must be durable is already on disk.
 */
#ifndef RFD_SYS_FATAL_H
#define RFD_SYS_FATAL_H

#include "base/assert.h"
#include "sys/log.h"

/* The values of sysexits.h, so that systemctl status can name them. */
enum fatal_code {
    FATAL_USAGE = 64,
    FATAL_SOFTWARE = 70,
    FATAL_MACHINE = 71, /* memory, descriptors, a system call that should not fail */
    FATAL_STORE = 74,   /* the disk or the database */
    FATAL_CONFIG = 78,
};

/* fatal(FATAL_MACHINE, "mem.gone", LOG_NUM("bytes", n)) */
#define fatal(code, ...) fatal_(code, __VA_ARGS__, LOG_END)
#define fatal_(code, event, ...) \
    fatal_write((code), (event), (const struct log_field[]){__VA_ARGS__})

RFD_NORETURN void
fatal_write(enum fatal_code code, const char *event, const struct log_field *fields);

#endif
