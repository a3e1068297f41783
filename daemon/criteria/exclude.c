#include "criteria/exclude.h"

#include "criteria/latest.h"
#include "criteria/measure.h"
#include "criteria/words.h"

#include <string.h>

static bool
compile_method_change(struct compiler *c, const struct tree *from, struct exclusion *out)
{
    static const char *const keys[] = {"between"};

    out->kind = EXCLUDE_METHOD_CHANGE;
    return compile_keys(c, from, keys, RFD_COUNT(keys), false) &&
           compile_ref(c, from, "between", &out->ref);
}

static bool
event_names(struct compiler *c, const struct tree *from, struct exclusion *out)
{
    static const char *const types[] = {"procedure", "therapy"};
    int type;

    if (!tree_enum(tree_need(from, "type", c->diags), c->diags, types, RFD_COUNT(types), &type))
        return false;
    out->event = type == 0 ? FACT_PROCEDURE : FACT_THERAPY;
    return compile_names(c, from, type == 0 ? "code" : "class", &out->names);
}

static bool
compile_event_before(struct compiler *c, const struct tree *from, struct exclusion *out)
{
    static const char *const keys[] = {"type", "code", "class", "within"};

    out->kind = EXCLUDE_EVENT_BEFORE;
    return compile_keys(c, from, keys, RFD_COUNT(keys), false) && event_names(c, from, out) &&
           tree_need(from, "within", c->diags) != NULL &&
           compile_span(c, from, "within", &out->within);
}

static bool
compile_event_ever(struct compiler *c, const struct tree *from, struct exclusion *out)
{
    static const char *const keys[] = {"type", "code", "class"};

    out->kind = EXCLUDE_EVENT_EVER;
    return compile_keys(c, from, keys, RFD_COUNT(keys), false) && event_names(c, from, out);
}

/* value_before: {analyte: bilirubin, unit: mg/dL, gt: 2, within: 28d} */
static bool
compile_value_before(struct compiler *c, const struct tree *from, struct exclusion *out)
{
    struct test *t = ARENA_NEW(c->arena, struct test);

    out->kind = EXCLUDE_VALUE_BEFORE;
    out->value = t;
    if (!latest_compile(c, from, t))
        return false;
    if (t->native_count == 0)
        return true;
    tree_error(from, c->diags, "an exclusion has plain bounds: ge, gt, le, lt and a unit");
    return false;
}

typedef bool exclusion_compile(struct compiler *c, const struct tree *from, struct exclusion *out);

static exclusion_compile *const compilers[] = {
    [EXCLUDE_METHOD_CHANGE] = compile_method_change,
    [EXCLUDE_EVENT_BEFORE] = compile_event_before,
    [EXCLUDE_EVENT_EVER] = compile_event_ever,
    [EXCLUDE_VALUE_BEFORE] = compile_value_before,
};

static bool
compile_one(struct compiler *c, const struct tree *t, struct exclusion *out)
{
    static const char *const names[] = {
        [EXCLUDE_METHOD_CHANGE] = "method_change",
        [EXCLUDE_EVENT_BEFORE] = "event_before",
        [EXCLUDE_EVENT_EVER] = "event_ever",
        [EXCLUDE_VALUE_BEFORE] = "value_before",
    };
    int kind;

    if (t == NULL || !tree_is(t, TREE_MAP, c->diags))
        return false;
    if (tree_len(t) != 1) {
        tree_error(t, c->diags, "an exclusion is a map with one key, its name");
        return false;
    }
    return tree_enum(tree_key_at(t, 0), c->diags, names, RFD_COUNT(names), &kind) &&
           compilers[kind](c, tree_at(t, 0), out);
}

bool
exclude_compile(struct compiler *c, const struct tree *list)
{
    size_t n = tree_len(list);
    struct exclusion *out = ARENA_ARRAY(c->arena, n + 1, struct exclusion);

    if (tree_is_absent(list))
        return true;
    if (!tree_is(list, TREE_SEQ, c->diags))
        return false;
    for (size_t i = 0; i < n; i++)
        if (!compile_one(c, tree_at(list, i), &out[i]))
            return false;
    c->rule->exclude = out;
    c->rule->exclude_count = n;
    return true;
}

static struct str
method_of(const struct point *p)
{
    return p->fact->u.observation.method;
}

static void
note_method(const struct scope *s, const struct measure_ref *ref, struct note *n)
{
    struct sb b = words_begin(s);
    struct sb missing = words_begin(s);

    sb_add_c(&b, "but the method changed (");
    sb_add(&b, method_of(ref->point));
    sb_add_c(&b, " for ");
    words_ref(&b, s, ref);
    sb_add_c(&b, ", now ");
    sb_add(&b, method_of(scope_point(s)));
    sb_add_c(&b, ")");
    n->says = sb_str(&b);
    words_item(&missing, s);
    sb_add_c(&missing, " values by one method, before and after");
    n->missing = sb_str(&missing);
    n->fact = ref->point->fact;
    n->part = EVIDENCE_NADIR;
}

/* Both named and different; where a laboratory names no method, none is known to have changed. */
static bool
method_changed(const struct exclusion *x, const struct scope *s, struct note *n)
{
    struct measure_ref ref;

    if (s->rule->series.kind != SERIES_ANALYTE || !measure_ref(s, x->ref, scope_point(s), &ref) ||
        ref.point == NULL)
        return false;
    if (str_is_empty(method_of(scope_point(s))) || str_is_empty(method_of(ref.point)) ||
        str_eq(method_of(scope_point(s)), method_of(ref.point)))
        return false;
    if (n != NULL)
        note_method(s, &ref, n);
    return true;
}

static bool
is_named(const struct exclusion *x, const struct fact *f)
{
    for (size_t i = 0; i < x->names.count; i++) {
        if (x->event == FACT_PROCEDURE && str_eq(f->u.procedure.name, x->names.name[i]))
            return true;
        if (x->event == FACT_THERAPY && f->u.therapy.action != THERAPY_NOT_GIVEN &&
            therapy_has_class(&f->u.therapy, x->names.name[i]))
            return true;
    }
    return false;
}

static const struct fact *
event_found(const struct exclusion *x, const struct scope *s)
{
    size_t n;
    const struct fact *const *f = timeline_kind(s->timeline, x->event, &n);
    day_t day = scope_point(s)->day;

    for (size_t i = n; i > 0; i--) {
        day_t d = fact_day(f[i - 1]);

        if (d == DAY_NONE || d > day || f[i - 1]->status == FACT_PRELIMINARY ||
            !is_named(x, f[i - 1]))
            continue;
        if (x->kind == EXCLUDE_EVENT_EVER || measure_sign_day(day, d, x->within) <= 0)
            return f[i - 1];
    }
    return NULL;
}

/* The event by its own name; a therapy that came without a drug by the classes asked for. */
static void
add_event(struct sb *b, const struct exclusion *x, const struct fact *f)
{
    if (x->event == FACT_PROCEDURE)
        sb_add(b, f->u.procedure.name);
    else if (!str_is_empty(f->u.therapy.drug))
        sb_add(b, f->u.therapy.drug);
    else
        words_classes(b, x->names);
}

static void
note_event(const struct exclusion *x, const struct scope *s, const struct fact *f, struct note *n)
{
    struct sb b = words_begin(s);
    struct sb missing = words_begin(s);

    sb_add_c(&b, "but after ");
    add_event(&b, x, f);
    sb_add_c(&b, " on ");
    words_day(&b, fact_day(f));
    n->says = sb_str(&b);
    n->fact = f;
    n->part = EVIDENCE_CONTEXT;
    sb_add_c(&missing, "a ");
    words_item(&missing, s);
    if (x->kind == EXCLUDE_EVENT_BEFORE) {
        sb_add_c(&missing, " more than ");
        words_span(&missing, x->within);
        sb_add_c(&missing, " after ");
        add_event(&missing, x, f);
        sb_add_c(&missing, " (");
        words_day(&missing, fact_day(f));
        sb_add_c(&missing, ")");
    } else {
        sb_add_c(&missing, " by an assay that this therapy does not disturb");
    }
    n->missing = sb_str(&missing);
}

static void
note_value(const struct scope *s, const struct fact *f, struct note *n)
{
    struct sb b = words_begin(s);
    struct sb missing = words_begin(s);
    const struct observation *o = &f->u.observation;

    sb_add_c(&b, "but with ");
    sb_add(&b, o->analyte);
    sb_add_c(&b, " ");
    words_dec(&b, o->value.value);
    sb_add_c(&b, " ");
    sb_add(&b, o->unit_reported);
    sb_add_c(&b, " on ");
    words_day(&b, fact_day(f));
    n->says = sb_str(&b);
    n->fact = f;
    n->part = EVIDENCE_CONTEXT;
    sb_add_c(&missing, "a ");
    words_item(&missing, s);
    sb_add_c(&missing, " at a time when ");
    sb_add(&missing, o->analyte);
    sb_add_c(&missing, " does not disturb it");
    n->missing = sb_str(&missing);
}

const struct exclusion *
exclude_find(const struct scope *s, struct note *n)
{
    for (size_t i = 0; i < s->rule->exclude_count; i++) {
        const struct exclusion *x = &s->rule->exclude[i];
        const struct fact *f;

        if (x->kind == EXCLUDE_METHOD_CHANGE) {
            if (method_changed(x, s, n))
                return x;
            continue;
        }
        f = x->kind == EXCLUDE_VALUE_BEFORE ? latest_find(x->value, s) : event_found(x, s);
        if (f == NULL)
            continue;
        if (n != NULL && x->kind == EXCLUDE_VALUE_BEFORE)
            note_value(s, f, n);
        else if (n != NULL)
            note_event(x, s, f, n);
        return x;
    }
    return NULL;
}
