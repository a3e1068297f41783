#include "ctl/draft.h"

#include "base/sort.h"

#include <stdio.h>

enum { TALLY_START = 32 };

static bool
is_control(char c)
{
    unsigned char byte = (unsigned char)c;

    return byte < 0x20 || byte == 0x7F;
}

void
draft_quoted(struct sb *b, struct str text)
{
    sb_add_char(b, '"');
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];

        if (c == '"' || c == '\\')
            sb_add_char(b, '\\');
        if (is_control(c))
            c = ' ';
        sb_add_char(b, c);
    }
    sb_add_char(b, '"');
}

void
tally_add(struct arena *a, struct tally *t, struct str name)
{
    for (size_t i = 0; i < t->count; i++) {
        if (str_eq(t->row[i].name, name)) {
            t->row[i].count++;
            return;
        }
    }
    if (t->count == t->room) {
        struct tally_row *fresh;

        t->room = t->room == 0 ? TALLY_START : t->room * 2;
        fresh = ARENA_ARRAY(a, t->room, struct tally_row);
        for (size_t i = 0; i < t->count; i++)
            fresh[i] = t->row[i];
        t->row = fresh;
    }
    t->row[t->count++] = (struct tally_row){name, 1};
}

static int
row_cmp(const void *a, const void *b)
{
    const struct tally_row *x = a;
    const struct tally_row *y = b;

    if (x->count != y->count)
        return x->count > y->count ? -1 : 1;
    return str_cmp(x->name, y->name);
}

void
tally_print(struct arena *a, const char *title, struct tally *t)
{
    sort_stable(a, t->row, t->count, sizeof(*t->row), row_cmp);
    (void)fprintf(stderr, "%s: %zu\n", title, t->count);
    for (size_t i = 0; i < t->count; i++)
        (void)fprintf(stderr, "  %zu %.*s\n", t->row[i].count, STR_FMT(t->row[i].name));
}

bool
draft_write(const char *path, struct str text)
{
    FILE *f = path == NULL ? stdout : fopen(path, "we");
    bool ok = f != NULL && fwrite(text.p, 1, text.n, f) == text.n;

    if (f != NULL && path != NULL)
        ok = fclose(f) == 0 && ok;
    if (!ok)
        (void)call_fail(CALL_FAILED, "%s cannot be written", path == NULL ? "stdout" : path);
    return ok;
}
