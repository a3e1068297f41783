#include "wire/tree.h"

#include "base/near.h"
#include "base/sb.h"
#include "base/sort.h"

#include <stdarg.h>
#include <string.h>

enum { NAME_SHOWN_MAX = 40, FINDING_MAX = 2 * DIAG_TEXT_MAX };

static struct tree *
node(struct arena *a, enum tree_kind kind, struct tree_place at)
{
    struct tree *t = ARENA_NEW(a, struct tree);

    t->kind = kind;
    t->file = at.file;
    t->line = at.line;
    t->col = at.col;
    return t;
}

struct tree *
tree_scalar(struct arena *a, struct tree_place at, struct str text, bool quoted)
{
    struct tree *t = node(a, TREE_SCALAR, at);

    t->text = text;
    t->quoted = quoted;
    return t;
}

struct tree *
tree_map(struct arena *a, struct tree_place at)
{
    return node(a, TREE_MAP, at);
}

struct tree *
tree_seq(struct arena *a, struct tree_place at)
{
    return node(a, TREE_SEQ, at);
}

static struct tree **
grown(struct arena *a, struct tree **old, size_t count, size_t room)
{
    struct tree **fresh = ARENA_ARRAY(a, room, struct tree *);

    if (count > 0)
        memcpy(fresh, old, count * sizeof(*fresh));
    return fresh;
}

static void
room_make(struct arena *a, struct tree *t)
{
    if (t->count < t->room)
        return;
    t->room = t->room == 0 ? 4 : t->room * 2;
    t->items = grown(a, t->items, t->count, t->room);
    if (t->kind == TREE_MAP)
        t->keys = grown(a, t->keys, t->count, t->room);
}

void
tree_map_add(struct arena *a, struct tree *map, struct tree *key, struct tree *value)
{
    rfd_assert(map->kind == TREE_MAP && key != NULL && value != NULL);
    room_make(a, map);
    map->keys[map->count] = key;
    map->items[map->count] = value;
    map->count++;
}

void
tree_seq_add(struct arena *a, struct tree *seq, struct tree *item)
{
    rfd_assert(seq->kind == TREE_SEQ && item != NULL);
    room_make(a, seq);
    seq->items[seq->count] = item;
    seq->count++;
}

/* A name from a file as it may stand in a message: printable ASCII, cut short. */
static const char *
shown(struct str s, char buf[NAME_SHOWN_MAX])
{
    size_t n = s.n < NAME_SHOWN_MAX - 1 ? s.n : NAME_SHOWN_MAX - 1;

    for (size_t i = 0; i < n; i++) {
        buf[i] = '?';
        if (s.p[i] >= ' ' && s.p[i] < 0x7f)
            buf[i] = s.p[i];
    }
    buf[n] = '\0';
    return buf;
}

/* The finding's text; one that is too long comes as its bare format. */
RFD_PRINTF(2, 0)
static const char *
finding(char text[FINDING_MAX], const char *fmt, va_list ap)
{
    struct sb b;

    sb_init(&b, text, FINDING_MAX);
    sb_addv(&b, fmt, ap);
    return sb_ok(&b) ? text : fmt;
}

void
tree_error(const struct tree *t, struct diags *d, const char *fmt, ...)
{
    static const struct tree nowhere;
    char text[FINDING_MAX];
    va_list ap;

    t = t == NULL ? &nowhere : t;
    va_start(ap, fmt);
    diag_error(d, t->file, t->line, t->col, "%s", finding(text, fmt, ap));
    va_end(ap);
}

void
tree_warn(const struct tree *t, struct diags *d, const char *fmt, ...)
{
    static const struct tree nowhere;
    char text[FINDING_MAX];
    va_list ap;

    t = t == NULL ? &nowhere : t;
    va_start(ap, fmt);
    diag_warn(d, t->file, t->line, t->col, "%s", finding(text, fmt, ap));
    va_end(ap);
}

static int
key_cmp(const void *a, const void *b)
{
    const struct tree *const *x = a, *const *y = b;

    return str_cmp((*x)->text, (*y)->text);
}

void
tree_check_twice(const struct tree *map, struct arena *scratch, struct diags *d)
{
    size_t mark = arena_mark(scratch);
    char name[NAME_SHOWN_MAX];
    struct tree **keys;

    rfd_assert(d->arena != scratch); /* the mark would take the diags away again */
    if (map == NULL || map->kind != TREE_MAP || map->count < 2)
        return;
    keys = grown(scratch, map->keys, map->count, map->count);
    sort_stable(scratch, keys, map->count, sizeof(*keys), key_cmp);
    for (size_t i = 1; i < map->count; i++) {
        if (keys[i]->kind != TREE_SCALAR || !str_eq(keys[i]->text, keys[i - 1]->text))
            continue;
        tree_error(keys[i], d, "key \"%s\" stands here twice (first in line %d)",
                   shown(keys[i]->text, name), keys[i - 1]->line);
    }
    arena_release(scratch, mark);
}

bool
tree_is_absent(const struct tree *t)
{
    if (t == NULL)
        return true;
    if (t->kind != TREE_SCALAR || t->quoted)
        return false;
    return t->text.n == 0 || str_eq_c(t->text, "~") || str_eq_c(t->text, "null") ||
           str_eq_c(t->text, "Null") || str_eq_c(t->text, "NULL");
}

const struct tree *
tree_get_str(const struct tree *map, struct str key)
{
    if (map == NULL || map->kind != TREE_MAP)
        return NULL;
    for (size_t i = 0; i < map->count; i++) {
        if (map->keys[i]->kind == TREE_SCALAR && str_eq(map->keys[i]->text, key))
            return map->items[i];
    }
    return NULL;
}

const struct tree *
tree_get(const struct tree *map, const char *key)
{
    return tree_get_str(map, str_from_c(key));
}

const struct tree *
tree_need(const struct tree *map, const char *key, struct diags *d)
{
    const struct tree *t = tree_get(map, key);

    if (!tree_is_absent(t))
        return t;
    tree_error(t != NULL ? t : map, d, "\"%s\" is missing", key);
    return NULL;
}

size_t
tree_len(const struct tree *t)
{
    return t == NULL || t->kind == TREE_SCALAR ? 0 : t->count;
}

const struct tree *
tree_at(const struct tree *t, size_t i)
{
    rfd_assert(i < tree_len(t));
    return t->items[i];
}

const struct tree *
tree_key_at(const struct tree *map, size_t i)
{
    rfd_assert(i < tree_len(map) && map->kind == TREE_MAP);
    return map->keys[i];
}

static const char *
kind_name(enum tree_kind kind)
{
    switch (kind) {
    case TREE_SCALAR: return "a single value";
    case TREE_MAP: return "a map (key: value)";
    case TREE_SEQ: return "a list";
    case TREE_KIND_COUNT: break;
    }
    return "";
}

bool
tree_is(const struct tree *t, enum tree_kind kind, struct diags *d)
{
    if (tree_is_absent(t))
        return false;
    if (t->kind != kind)
        tree_error(t, d, "%s is expected here, not %s", kind_name(kind), kind_name(t->kind));
    return t->kind == kind;
}

bool
tree_str(const struct tree *t, struct diags *d, struct str *out)
{
    if (!tree_is(t, TREE_SCALAR, d))
        return false;
    *out = t->text;
    return true;
}

bool
tree_i64(const struct tree *t, struct diags *d, int64_t min, int64_t max, int64_t *out)
{
    struct str s;
    int64_t v;

    if (!tree_str(t, d, &s))
        return false;
    if (!str_to_i64(s, &v)) {
        tree_error(t, d, "a whole number is expected here");
        return false;
    }
    if (v < min || v > max) {
        tree_error(t, d, "this must be from %lld to %lld", (long long)min, (long long)max);
        return false;
    }
    *out = v;
    return true;
}

bool
tree_bool(const struct tree *t, struct diags *d, bool *out)
{
    struct str s;

    if (!tree_str(t, d, &s))
        return false;
    if (!str_eq_c(s, "true") && !str_eq_c(s, "false")) {
        tree_error(t, d, "true or false is expected here");
        return false;
    }
    *out = str_eq_c(s, "true");
    return true;
}

bool
tree_dec(const struct tree *t, struct diags *d, struct dec *out)
{
    struct str s;

    if (!tree_str(t, d, &s))
        return false;
    if (!dec_parse(s, out)) {
        tree_error(t, d, "a decimal number is expected here, at most 15 digits, no exponent");
        return false;
    }
    return true;
}

bool
tree_day(const struct tree *t, struct diags *d, day_t *out)
{
    struct str s;

    if (!tree_str(t, d, &s))
        return false;
    if (!day_parse(s, out)) {
        tree_error(t, d, "a date is expected here, as YYYY-MM-DD");
        return false;
    }
    return true;
}

bool
tree_span(const struct tree *t, struct diags *d, struct span *out)
{
    struct str s;

    if (!tree_str(t, d, &s))
        return false;
    if (!span_parse(s, out)) {
        tree_error(t, d, "a span is expected here, such as 28d, 12w, 6mo or 1y");
        return false;
    }
    return true;
}

const char *
tree_nearest(struct str word, const char *const *names, size_t count)
{
    struct near n = near_start(word);
    const char *found = NULL;

    for (size_t i = 0; i < count; i++) {
        size_t before = n.cost;

        near_offer(&n, str_from_c(names[i]));
        if (n.cost < before)
            found = names[i];
    }
    return found;
}

static void
refuse_word(const struct tree *t, struct diags *d, const char *what, const char *nearest)
{
    char name[NAME_SHOWN_MAX];

    if (nearest == NULL) {
        tree_error(t, d, "unknown %s \"%s\"", what, shown(t->text, name));
        return;
    }
    tree_error(t, d, "unknown %s \"%s\"; did you mean \"%s\"?", what, shown(t->text, name),
               nearest);
}

bool
tree_enum(const struct tree *t, struct diags *d, const char *const *names, size_t count, int *out)
{
    struct str s;

    if (!tree_str(t, d, &s))
        return false;
    for (size_t i = 0; i < count; i++) {
        if (str_eq_c(s, names[i])) {
            *out = (int)i;
            return true;
        }
    }
    refuse_word(t, d, "value", tree_nearest(s, names, count));
    return false;
}

static bool
word_known(struct str word, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (str_eq_c(word, names[i]))
            return true;
    }
    return false;
}

bool
tree_check_keys(const struct tree *map, const char *const *names, size_t count, struct diags *d)
{
    bool ok = true;

    if (map == NULL || map->kind != TREE_MAP)
        return true;
    for (size_t i = 0; i < map->count; i++) {
        const struct tree *key = map->keys[i];

        if (key->kind == TREE_SCALAR && word_known(key->text, names, count))
            continue;
        ok = false;
        if (key->kind == TREE_SCALAR)
            refuse_word(key, d, "key", tree_nearest(key->text, names, count));
        else
            tree_error(key, d, "a key must be a single word");
    }
    return ok;
}
