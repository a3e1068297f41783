#define _GNU_SOURCE /* strerrordesc_np() */
#include "ctl/call.h"

#include "base/limits.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* A file of messages, or of vectors: many messages, each within its limit. */
static const size_t FILE_BYTES_MAX = (size_t)16 * LIMIT_MESSAGE_BYTES;

int
call_fail(enum call_exit code, const char *fmt, ...)
{
    char text[CALL_LINE_MAX];
    va_list ap;

    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    (void)fprintf(stderr, "refractctl: %s\n", text);
    return (int)code;
}

void
call_print(struct str line)
{
    (void)fwrite(line.n == 0 ? "" : line.p, 1, line.n, stdout);
    (void)fputc('\n', stdout);
}

void
call_print_diags(const struct diags *d)
{
    for (const struct diag *x = d->first; x != NULL; x = x->next)
        (void)fprintf(stderr, "%s:%d:%d: %s%s\n", x->file == NULL ? "-" : x->file, x->line, x->col,
                      x->level == DIAG_WARNING ? "warning: " : "", x->text);
    if (d->dropped > 0)
        (void)fprintf(stderr, "-:0:0: and %zu more\n", d->dropped);
}

static bool
read_open(const struct call *c, FILE *f, struct str *out)
{
    struct stat st;
    char *buf;
    size_t n;

    if (fstat(fileno(f), &st) != 0)
        return false;
    if (!S_ISREG(st.st_mode) || (size_t)st.st_size > FILE_BYTES_MAX) {
        errno = S_ISREG(st.st_mode) ? EFBIG : EINVAL;
        return false;
    }
    buf = arena_alloc(c->arena, (size_t)st.st_size + 1);
    n = fread(buf, 1, (size_t)st.st_size, f);
    *out = (struct str){buf, n};
    return ferror(f) == 0;
}

bool
call_read_file(const struct call *c, const char *path, struct str *out)
{
    FILE *f = fopen(path, "rbe");
    bool ok = f != NULL && read_open(c, f, out);

    if (!ok)
        (void)call_fail(CALL_FAILED, "%s: cannot be read: %s", path, strerrordesc_np(errno));
    if (f != NULL)
        (void)fclose(f);
    return ok;
}
