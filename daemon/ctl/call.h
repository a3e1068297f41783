/*
 * What:    one call of refractctl as its verbs see it: arguments, options, memory, exit codes.
 * Owns:    nothing; texts are argv's, the arena is main's.
 * Threads: one.
 * Errors:  verbs print theirs on stderr and return an exit code.
 */
#ifndef RFD_CTL_CALL_H
#define RFD_CTL_CALL_H

#include "base/arena.h"
#include "base/diag.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum call_exit {
    CALL_OK = 0,
    CALL_FAILED = 1, /* what was asked has failed, or did not hold */
    CALL_USAGE = 2,
    CALL_NO_DAEMON = 3, /* nobody answers on control.sock */
};

enum call_option {
    OPT_JSON,
    OPT_TEXT,
    OPT_ONCE,
    OPT_SOCKET,
    OPT_CONFIG,
    OPT_MAP,
    OPT_FEED,
    OPT_AS_OF,
    OPT_MLLP,
    OPT_TIMEOUT,
    OPT_CRITERIA,
    OPT_FROM,
    OPT_BY,
    OPT_ON,
    OPT_OUT,
    OPT_COMPAT,
    OPT_TRIALS,
    OPT_CLINICAL,
    OPT_GENOMIC,
    OPT_PRIOR,
    OPT_ONCOTREE,
    OPT_AGE_DATE,
    OPT_CLOSED,
    OPT_DECEASED,
    OPT_SINCE,
    OPT_REVIEW_SAMPLE,
    OPT_REVIEW_READ,
    OPT_DRUG,
    OPT_START,
    OPT_STOP,
    OPT_DATE,
    OPT_REASON,
    OPT_INTENT,
    OPT_CODE,
    OPT_SITE,
    OPT_REPORT,
    OPT_EXPLAIN,
    OPT_REVIEW,
    OPT_DATE_FORMAT,
    OPT_DELIMITER,
    OPT_PARTIAL,
    OPT_DRY_RUN,
    OPT_LIVE,
    OPT_ALL,
    OPT_QUOTE,
    OPT_CSV,
    OPT_CHANGED,
    OPT_ALL_QUARANTINED,
    OPT_UNTIL,
    OPT_DAYS,
    OPT_TO,
    OPT_COUNT,
};

#define OPT_BIT(o) (UINT64_C(1) << (o))

struct call {
    const char *verb;       /* the word that core knows, for what core answers */
    const char *const *arg; /* after the verb */
    size_t arg_count;
    const char *option[OPT_COUNT]; /* NULL: not given; "" for one without a value */
    const char **again;            /* the earlier values of --trials, which may stand repeatedly */
    size_t again_count;
    struct arena *arena;
};

static inline bool
call_has(const struct call *c, enum call_option o)
{
    return c->option[o] != NULL;
}

#define CALL_LINE_MAX 1024

/* "refractctl: text" on stderr; returns code, so that a verb can end with it. */
int call_fail(enum call_exit code, const char *fmt, ...) RFD_PRINTF(2, 3);
/* A line on stdout. Text of messages may be in it: refractctl prints what the user asked for. */
void call_print(struct str line);
/* "file:line:col: text" each, on stderr. */
void call_print_diags(const struct diags *d);

/* A whole file, in the call's arena; a diag on stderr and false when it cannot be read. */
RFD_MUSTCHECK bool call_read_file(const struct call *c, const char *path, struct str *out);

#endif
