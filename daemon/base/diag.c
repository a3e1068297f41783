#include "base/diag.h"

#include <stdarg.h>
#include <stdio.h>

void
diags_init(struct diags *d, struct arena *a)
{
    *d = (struct diags){.arena = a};
}

static struct diag *
diags_append(struct diags *d)
{
    struct diag *one = ARENA_NEW(d->arena, struct diag);

    if (d->last == NULL)
        d->first = one;
    else
        d->last->next = one;
    d->last = one;
    return one;
}

RFD_PRINTF(3, 0)
static void
diags_add(struct diags *d, struct diag head, const char *fmt, va_list ap)
{
    bool full = d->errors + d->warnings >= DIAG_MAX;
    struct diag *one;

    if (head.level == DIAG_ERROR)
        d->errors++;
    else
        d->warnings++;
    if (full) {
        d->dropped++;
        return;
    }
    one = diags_append(d);
    *one = head;
    (void)vsnprintf(one->text, sizeof one->text, fmt, ap); /* a long text is cut, that is fine */
}

void
diag_error(struct diags *d, const char *file, int line, int col, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    diags_add(d, (struct diag){.level = DIAG_ERROR, .file = file, .line = line, .col = col}, fmt,
              ap);
    va_end(ap);
}

void
diag_warn(struct diags *d, const char *file, int line, int col, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    diags_add(d, (struct diag){.level = DIAG_WARNING, .file = file, .line = line, .col = col}, fmt,
              ap);
    va_end(ap);
}
