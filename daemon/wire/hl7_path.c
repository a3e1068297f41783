#include "wire/hl7_path.h"

#include <string.h>

/* What is left of the source text. */
struct cursor {
    struct str s;
};

static bool
cur_take(struct cursor *c, char want)
{
    if (c->s.n == 0 || c->s.p[0] != want)
        return false;
    c->s.p++;
    c->s.n--;
    return true;
}

static bool
cur_number(struct cursor *c, int *out)
{
    int v = 0, digits = 0;

    while (c->s.n > 0 && c->s.p[0] >= '0' && c->s.p[0] <= '9' && digits < 4) {
        v = v * 10 + (c->s.p[0] - '0');
        digits++;
        c->s.p++;
        c->s.n--;
    }
    if (digits == 0 || v < 1 || v > HL7_PATH_NUMBER_MAX)
        return false;
    *out = v;
    return true;
}

/* comp[.sub]=value up to ',' or ')' */
static bool
cur_cond(struct cursor *c, struct hl7_path *path)
{
    struct hl7_path_cond cond = {0};

    if (path->cond_count == HL7_PATH_CONDS_MAX || !cur_number(c, &cond.comp))
        return false;
    if (cur_take(c, '.') && !cur_number(c, &cond.sub))
        return false;
    if (!cur_take(c, '='))
        return false;
    cond.value = str_sub(c->s, 0, str_find_any(c->s, ",)"));
    c->s = str_sub(c->s, cond.value.n, c->s.n - cond.value.n);
    path->conds[path->cond_count++] = cond;
    return true;
}

static bool
cur_conds(struct cursor *c, struct hl7_path *path)
{
    path->rep = HL7_PATH_ANY_REP;
    do {
        if (!cur_cond(c, path))
            return false;
    } while (cur_take(c, ','));
    return cur_take(c, ')');
}

static bool
cur_rep(struct cursor *c, struct hl7_path *path)
{
    if (cur_take(c, '*'))
        path->rep = HL7_PATH_ANY_REP;
    else if (!cur_number(c, &path->rep))
        return false;
    return cur_take(c, ']');
}

static bool
name_ok(struct str s)
{
    for (size_t i = 0; i < 3; i++) {
        bool upper = s.p[i] >= 'A' && s.p[i] <= 'Z', digit = s.p[i] >= '0' && s.p[i] <= '9';

        if (!upper && !(digit && i > 0))
            return false;
    }
    return true;
}

bool
hl7_path_compile(struct str text, struct hl7_path *out)
{
    struct hl7_path path = {.rep = 1};
    struct cursor c = {text};

    if (text.n < 5 || !name_ok(text))
        return false;
    memcpy(path.seg, text.p, 3);
    c.s = str_sub(text, 3, text.n - 3);
    if (!cur_take(&c, '-') || !cur_number(&c, &path.field))
        return false;
    if (cur_take(&c, '[')) {
        if (!cur_rep(&c, &path))
            return false;
    } else if (cur_take(&c, '(') && !cur_conds(&c, &path)) {
        return false;
    }
    if (cur_take(&c, '.') && !cur_number(&c, &path.comp))
        return false;
    if (path.comp > 0 && cur_take(&c, '.') && !cur_number(&c, &path.sub))
        return false;
    if (c.s.n != 0)
        return false;
    *out = path;
    return true;
}

static struct str
pick(const struct hl7 *m, struct str rep, int comp, int sub)
{
    struct str s = comp == 0 ? rep : hl7_comp(m, rep, comp);

    return sub == 0 ? s : hl7_sub(m, s, sub);
}

static bool
conds_hold(const struct hl7 *m, const struct hl7_path *path, struct str rep)
{
    for (size_t i = 0; i < path->cond_count; i++) {
        const struct hl7_path_cond *c = &path->conds[i];
        struct str got = pick(m, rep, c->comp, c->sub);

        if (got.n != c->value.n || (got.n > 0 && !str_eq(got, c->value)))
            return false; /* "5=" holds for absent and for empty */
    }
    return true;
}

static bool
is_delims(const struct hl7_path *path) /* MSH-1 and MSH-2 have no parts */
{
    return strcmp(path->seg, "MSH") == 0 && path->field <= 2;
}

/* A repetition by its number; absent at the end. */
static struct str
nth_rep(const struct hl7 *m, const struct hl7_path *path, struct str field, int rep)
{
    if (is_delims(path))
        return rep == 1 ? field : STR_NONE;
    return hl7_rep(m, field, rep);
}

bool
hl7_path_each(const struct hl7 *m, size_t seg, const struct hl7_path *path, int *rep,
              struct str *out)
{
    struct str field, s;

    if (!hl7_seg_is(m, seg, path->seg))
        return false;
    field = hl7_field(m, seg, path->field);
    for (;;) {
        if (path->rep != HL7_PATH_ANY_REP && *rep >= path->rep)
            return false;
        *rep = path->rep != HL7_PATH_ANY_REP ? path->rep : *rep + 1;
        s = nth_rep(m, path, field, *rep);
        if (str_is_absent(s))
            return false;
        if (!conds_hold(m, path, s))
            continue;
        *out =
            is_delims(path) ? (path->comp <= 1 ? s : STR_NONE) : pick(m, s, path->comp, path->sub);
        return true;
    }
}

struct str
hl7_path_get(const struct hl7 *m, size_t seg, const struct hl7_path *path)
{
    struct str out = STR_NONE;
    int rep = 0;

    return hl7_path_each(m, seg, path, &rep, &out) ? out : STR_NONE;
}

struct str
hl7_path_first(const struct hl7 *m, size_t from, size_t to, const struct hl7_path *path)
{
    size_t seg = hl7_next(m, from, to, path->seg);

    return seg < to ? hl7_path_get(m, seg, path) : STR_NONE;
}
