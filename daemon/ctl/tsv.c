#include "ctl/tsv.h"

static bool
next_line(struct tsv *t, struct str *line)
{
    if (t->rest.n == 0)
        return false;
    (void)str_cut(t->rest, '\n', line, &t->rest);
    if (line->n > 0 && line->p[line->n - 1] == '\r')
        line->n--;
    t->line++;
    return true;
}

static size_t
count_fields(struct str line)
{
    size_t n = 1;

    for (size_t i = 0; i < line.n; i++)
        n += line.p[i] == '\t' ? 1 : 0;
    return n;
}

/* At most max fields; the number that there are. */
static size_t
split(struct str line, struct str *field, size_t max)
{
    size_t count = count_fields(line);

    for (size_t i = 0; i < max; i++) {
        field[i] = STR_NONE;
        if (i < count && !str_cut(line, '\t', &field[i], &line))
            line = STR("");
    }
    return count;
}

bool
tsv_open(struct arena *a, struct str bytes, struct tsv *out)
{
    struct str line;
    struct str *column;

    *out = (struct tsv){.rest = bytes};
    if (!next_line(out, &line) || line.n == 0)
        return false;
    out->column_count = count_fields(line);
    column = ARENA_ARRAY(a, out->column_count, struct str);
    (void)split(line, column, out->column_count);
    out->column = column;
    out->field = ARENA_ARRAY(a, out->column_count, struct str);
    return true;
}

bool
tsv_next(struct tsv *t)
{
    struct str line;

    do {
        if (!next_line(t, &line))
            return false;
    } while (str_is_empty(str_trim(line)));
    t->whole = split(line, t->field, t->column_count) == t->column_count;
    return true;
}

int
tsv_column(const struct tsv *t, const char *name)
{
    for (size_t i = 0; i < t->column_count; i++) {
        if (str_eq_c(str_trim(t->column[i]), name))
            return (int)i;
    }
    return -1;
}

struct str
tsv_field(const struct tsv *t, int column)
{
    return column < 0 ? STR_NONE : str_trim(t->field[column]);
}
