/*
 * What:    the log: one line per event, `event key=value ...`, to syslog(3) and, on a terminal or
 *          with --log stderr, to stderr.
 * Owns:    nothing; texts given are read during the call only.
 * Threads: one role, one thread; the target is set once at start.
 * Errors:  none; a line that does not fit is cut and says so (cut=1). No call accepts a struct str:
 *          text from messages is patient data and must not come here.
 */
#ifndef RFD_SYS_LOG_H
#define RFD_SYS_LOG_H

#include "base/sha256.h"

#include <stdbool.h>
#include <stdint.h>

enum { LOG_LINE_MAX = 1024 };

enum log_level {
    LOG_LEVEL_ERROR,
    LOG_LEVEL_WARN,
    LOG_LEVEL_NOTE,
    LOG_LEVEL_DEBUG, /* dropped unless log_verbose(true) */
    LOG_LEVEL_COUNT,
};

enum log_kind {
    LOG_KIND_END,
    LOG_KIND_NUM,
    LOG_KIND_ID,
    LOG_KIND_NAME,
    LOG_KIND_SHA,
    LOG_KIND_ERRNO,
    LOG_KIND_COUNT,
};

struct log_field {
    const char *key;
    enum log_kind kind;
    int64_t i64;
    const void *text;
};

/* Fields. LOG_NAME is for names of our own: feeds, rules, roles, files, endpoints. */
#define LOG_NUM(key, n)    ((struct log_field){(key), LOG_KIND_NUM, (int64_t)(n), NULL})
#define LOG_ID(key, n)     ((struct log_field){(key), LOG_KIND_ID, (int64_t)(n), NULL})
#define LOG_NAME(key, c)   ((struct log_field){(key), LOG_KIND_NAME, 0, log_c_only(c)})
#define LOG_SHA(key, s)    ((struct log_field){(key), LOG_KIND_SHA, 0, log_sha_only(s)})
#define LOG_ERRNO(key, no) ((struct log_field){(key), LOG_KIND_ERRNO, (no), NULL})
#define LOG_END            ((struct log_field){NULL, LOG_KIND_END, 0, NULL})

/* log_event(level, "event", fields...), with no field or up to as many as fit the line. */
#define log_event(level, ...) log_event_(level, __VA_ARGS__, LOG_END)
#define log_event_(level, event, ...) \
    log_write((level), (event), (const struct log_field[]){__VA_ARGS__})
#define log_error(...) log_event(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warn(...)  log_event(LOG_LEVEL_WARN, __VA_ARGS__)
#define log_note(...)  log_event(LOG_LEVEL_NOTE, __VA_ARGS__)
#define log_debug(...) log_event(LOG_LEVEL_DEBUG, __VA_ARGS__)

/* What a peer can cause as often as it likes: of each event (and name in its first field) so many
 * lines a minute; at its end one line says how many more there were:
 * `log.suppressed event=E of=NAME lines=N`. */
enum { LOG_EACH_MINUTE = 5 };
#define log_limited(level, ...) log_limited_(level, __VA_ARGS__, LOG_END)
#define log_limited_(level, event, ...) \
    log_write_limited((level), (event), (const struct log_field[]){__VA_ARGS__})
#define log_note_limited(...) log_limited(LOG_LEVEL_NOTE, __VA_ARGS__)
#define log_warn_limited(...) log_limited(LOG_LEVEL_WARN, __VA_ARGS__)

/* These two only make the compiler refuse another type. */
static inline const char *
log_c_only(const char *c)
{
    return c;
}

static inline const struct sha256 *
log_sha_only(const struct sha256 *s)
{
    return s;
}

/* Once at start. The ident is "refractd-ROLE" (or "refractd"); role must outlive the process.
 * to_stderr adds stderr even where it is no terminal. */
void log_open(const char *role, bool to_stderr);
void log_verbose(bool on);
void log_force_stderr(void);

/* Tests: lines go to sink too (NULL: no more). */
typedef void log_sink(enum log_level level, const char *line);
void log_set_sink(log_sink *sink);

void log_write(enum log_level level, const char *event, const struct log_field *fields);

void log_write_limited(enum log_level level, const char *event, const struct log_field *fields);
/* Each second or so: the lines of minutes that are over. at_end: of all of them. */
void log_limits_tick(bool at_end);

/* The line that log_write() would write, NUL-terminated in buf; returns its length. */
size_t log_format(char *buf, size_t size, const char *event, const struct log_field *fields);

#endif
