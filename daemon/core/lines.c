#include "core/lines.h"

void
lines_init(struct lines *l, struct arena *a)
{
    l->arena = a;
    l->line = ARENA_ARRAY(a, LINES_MAX, struct str);
    l->count = 0;
}

void
lines_add(struct lines *l, struct str s)
{
    if (l->count == LINES_MAX) {
        l->line[LINES_MAX - 1] = STR("... more than can be listed here");
        return;
    }
    l->line[l->count++] = s;
}

void
lines_addf(struct lines *l, const char *fmt, ...)
{
    struct sb b;
    va_list ap;

    sb_init_arena(&b, l->arena, LINE_BYTES_MAX);
    va_start(ap, fmt);
    sb_addv(&b, fmt, ap);
    va_end(ap);
    lines_add(l, sb_str(&b));
}

void
lines_add_text(struct lines *l, struct str text)
{
    while (text.n > 0) {
        struct str line;

        (void)str_cut(text, '\n', &line, &text); /* the last line may lack its end */
        lines_add(l, line);
    }
}
