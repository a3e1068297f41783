#define _GNU_SOURCE /* strerrorname_np() */
#include "sys/log.h"

#include "sys/clock.h"

#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

enum { IDENT_MAX = 40, SHA_CHARS_SHOWN = 16 };

/* What a process logs as. Set once at start-up, before anything else runs. */
static struct {
    char ident[IDENT_MAX];
    bool opened;
    bool to_stderr;
    bool verbose;
    log_sink *sink;
} target = {.ident = "refractd"};

struct line {
    char *buf;
    size_t size;
    size_t n;
    bool cut;
};

static const char *const level_name[LOG_LEVEL_COUNT] = {"error", "warning", "notice", "debug"};
static const int level_priority[LOG_LEVEL_COUNT] = {LOG_ERR, LOG_WARNING, LOG_NOTICE, LOG_DEBUG};

void
log_open(const char *role, bool to_stderr)
{
    if (role == NULL)
        (void)snprintf(target.ident, sizeof target.ident, "refractd");
    else
        (void)snprintf(target.ident, sizeof target.ident, "refractd-%s", role);
    target.to_stderr = to_stderr || isatty(STDERR_FILENO) == 1;
    target.opened = true;
    openlog(target.ident, LOG_PID | LOG_NDELAY, LOG_DAEMON);
}

void
log_verbose(bool on)
{
    target.verbose = on;
}

void
log_force_stderr(void)
{
    target.to_stderr = true;
}

void
log_set_sink(log_sink *sink)
{
    target.sink = sink;
}

/* Appends n bytes; the last few are kept free for " cut=1". */
static void
line_add(struct line *l, const char *c, size_t n)
{
    static const size_t tail = sizeof " cut=1";

    if (l->cut || l->n + n + tail > l->size) {
        l->cut = true;
        return;
    }
    memcpy(l->buf + l->n, c, n);
    l->n += n;
}

static void
line_add_c(struct line *l, const char *c)
{
    line_add(l, c, strlen(c));
}

static bool
needs_quotes(const char *c)
{
    return *c == '\0' || c[strcspn(c, " \"=\t")] != '\0';
}

/* One line per event whatever a name holds: control bytes and what is not ASCII become '?'. */
static void
line_add_text(struct line *l, const char *c)
{
    bool quotes = needs_quotes(c);

    if (quotes)
        line_add(l, "\"", 1);
    for (; *c != '\0' && !l->cut; c++) {
        char shown = '?';

        if (*c >= ' ' && *c <= '~')
            shown = *c;
        if (shown == '"' || shown == '\\')
            line_add(l, "\\", 1);
        line_add(l, &shown, 1);
    }
    if (quotes)
        line_add(l, "\"", 1);
}

static void
line_add_sha(struct line *l, const struct sha256 *sha)
{
    char hex[SHA256_HEX_MAX];
    struct str s = sha256_hex(sha, hex);

    line_add(l, s.p, SHA_CHARS_SHOWN);
}

static void
line_add_errno(struct line *l, int no)
{
    char number[16];
    const char *name = strerrorname_np(no); /* strerror() depends on the locale and on threads */

    if (name == NULL) {
        (void)snprintf(number, sizeof number, "%d", no);
        name = number;
    }
    line_add_c(l, name);
}

static void
line_add_value(struct line *l, const struct log_field *f)
{
    char number[32];

    switch (f->kind) {
    case LOG_KIND_NUM:
        (void)snprintf(number, sizeof number, "%lld", (long long)f->i64);
        line_add_c(l, number);
        break;
    case LOG_KIND_ID:
        (void)snprintf(number, sizeof number, "%llu", (unsigned long long)f->i64);
        line_add_c(l, number);
        break;
    case LOG_KIND_NAME: line_add_text(l, f->text == NULL ? "-" : (const char *)f->text); break;
    case LOG_KIND_SHA: line_add_sha(l, (const struct sha256 *)f->text); break;
    case LOG_KIND_ERRNO: line_add_errno(l, (int)f->i64); break;
    case LOG_KIND_END:
    case LOG_KIND_COUNT: break;
    }
}

size_t
log_format(char *buf, size_t size, const char *event, const struct log_field *fields)
{
    struct line l = {buf, size, 0, false};

    line_add_c(&l, event);
    for (const struct log_field *f = fields; f->kind != LOG_KIND_END; f++) {
        line_add(&l, " ", 1);
        line_add_c(&l, f->key);
        line_add(&l, "=", 1);
        line_add_value(&l, f);
    }
    if (l.cut) {
        memcpy(buf + l.n, " cut=1", sizeof " cut=1");
        return l.n + sizeof " cut=1" - 1;
    }
    buf[l.n] = '\0';
    return l.n;
}

static void
write_stderr(enum log_level level, const char *line)
{
    char out[LOG_LINE_MAX + 128];
    int64_t ms = clock_mono_ms();
    int n = snprintf(out, sizeof out, "%lld.%03lld %s[%ld] %s: %s\n", (long long)(ms / 1000),
                     (long long)(ms % 1000), target.ident, (long)getpid(), level_name[level], line);

    if (n > 0)
        (void)!write(STDERR_FILENO, out, (size_t)n < sizeof out ? (size_t)n : sizeof out - 1);
}

void
log_write(enum log_level level, const char *event, const struct log_field *fields)
{
    char line[LOG_LINE_MAX];

    if (level == LOG_LEVEL_DEBUG && !target.verbose)
        return;
    (void)log_format(line, sizeof line, event, fields);
    if (target.sink != NULL)
        target.sink(level, line);
    if (!target.opened)
        return;
    syslog(level_priority[level], "%s", line);
    if (target.to_stderr)
        write_stderr(level, line);
}
