#include "ctl/rowsfile.h"

#include "conf/yaml.h"

#include <stdio.h>

void
rowsfile_print_diags(const struct diags *d)
{
    for (const struct diag *x = d->first; x != NULL; x = x->next) {
        (void)fprintf(stderr, "%s:%d: %s%s\n", x->file == NULL ? "-" : x->file,
                      x->line == 0 ? 1 : x->line, x->level == DIAG_WARNING ? "warning: " : "",
                      x->text);
    }
    if (d->dropped > 0)
        (void)fprintf(stderr, "-:1: and %zu more\n", d->dropped);
}

/* The reader counts from the line's own beginning. */
static void
print_line_diags(const struct diags *d, int number)
{
    for (const struct diag *x = d->first; x != NULL; x = x->next)
        (void)fprintf(stderr, "%s:%d: %s\n", x->file, number, x->text);
}

static void
add(struct rowsfile *out, struct tree *t, const char *path, int number)
{
    if (t->kind != TREE_MAP) {
        (void)fprintf(stderr, "%s:%d: not a JSON map\n", path, number);
        return;
    }
    t->line = number;
    out->row[out->count++] = t;
}

static void
read_line(const struct call *c, const char *path, struct str line, int number, struct rowsfile *out)
{
    struct tree *t = NULL;
    struct diags d;

    diags_init(&d, c->arena);
    if (yaml_read(line, path, c->arena, &d, &t))
        add(out, t, path, number);
    else
        print_line_diags(&d, number);
}

static size_t
count_lines(struct str s)
{
    size_t n = 1;

    for (size_t i = 0; i < s.n; i++)
        n += s.p[i] == '\n' ? 1 : 0;
    return n;
}

static bool
read_list(const struct call *c, const char *path, struct str bytes, struct rowsfile *out)
{
    struct tree *list = NULL;
    struct diags d;

    diags_init(&d, c->arena);
    if (!yaml_read(bytes, path, c->arena, &d, &list)) {
        rowsfile_print_diags(&d);
        return false;
    }
    out->row = ARENA_ARRAY(c->arena, tree_len(list), const struct tree *);
    for (size_t i = 0; i < list->count; i++)
        add(out, list->items[i], path, list->items[i]->line);
    return true;
}

bool
rowsfile_read(const struct call *c, const char *path, struct rowsfile *out)
{
    struct str rest;
    struct str line;

    *out = (struct rowsfile){NULL, 0};
    if (!call_read_file(c, path, &rest))
        return false;
    if (str_starts(str_trim(rest), STR("[")))
        return read_list(c, path, rest, out);
    out->row = ARENA_ARRAY(c->arena, count_lines(rest), const struct tree *);
    for (int number = 1; !str_is_empty(rest); number++) {
        if (!str_cut(rest, '\n', &line, &rest))
            rest = STR_NONE;
        if (!str_is_empty(str_trim(line)))
            read_line(c, path, line, number, out);
    }
    return true;
}
