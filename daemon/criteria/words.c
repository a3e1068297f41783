#include "criteria/words.h"

enum { TEXT_MAX = 2000 };

struct sb
words_begin(const struct scope *s)
{
    struct sb b;

    sb_init_arena(&b, s->arena, TEXT_MAX);
    return b;
}

void
words_day(struct sb *b, day_t day)
{
    char text[DAY_TEXT_MAX];

    sb_add(b, day_format(day, text));
}

void
words_span(struct sb *b, struct span span)
{
    enum { WEEKS_FROM = 42 };
    char text[DAY_TEXT_MAX];

    if (!span.months && span.n >= WEEKS_FROM && span.n % 7 == 0)
        sb_addf(b, "%ld weeks", (long)(span.n / 7));
    else
        sb_add(b, span_format(span, text));
}

void
words_dec(struct sb *b, struct dec d)
{
    char text[DEC_TEXT_MAX];

    sb_add(b, dec_format(d, text));
}

void
words_days_between(struct sb *b, day_t from, day_t to)
{
    sb_addf(b, "%ld day%s", (long)(to - from), to - from == 1 ? "" : "s");
}

void
words_names(struct sb *b, struct name_list names, const char *last)
{
    for (size_t i = 0; i < names.count; i++) {
        if (i > 0)
            sb_add_c(b, i + 1 == names.count ? last : ", ");
        sb_add(b, names.name[i]);
    }
}

void
words_classes(struct sb *b, struct name_list names)
{
    for (size_t i = 0; i < names.count; i++) {
        if (i > 0)
            sb_add_c(b, i + 1 == names.count ? " or " : ", ");
        for (size_t k = 0; k < names.name[i].n; k++) {
            char c = names.name[i].p[k];

            if (c == '_')
                c = ' ';
            sb_add_char(b, c);
        }
    }
}

static const char *
cmp_sign(enum cmp_op cmp)
{
    switch (cmp) {
    case CMP_EQ: return "";
    case CMP_LT: return "<";
    case CMP_LE: return "<=";
    case CMP_GT: return ">";
    case CMP_GE: return ">=";
    case CMP_OP_COUNT: break;
    }
    return "";
}

static void
words_observation(struct sb *b, const struct observation *o)
{
    struct str unit = str_is_empty(o->unit_reported) ? o->unit : o->unit_reported;

    sb_add_c(b, cmp_sign(o->value.cmp));
    words_dec(b, o->value.value);
    if (!str_is_empty(unit))
        sb_add_c(b, " ");
    sb_add(b, unit);
}

/* Of a series of differences no laboratory has reported the value; of a direct one it has. */
static void
words_difference(struct sb *b, const struct scope *s, const struct point *p)
{
    words_dec(b, rat_round(p->value, 3));
    sb_add_c(b, " ");
    sb_add(b, s->rule->series.shown);
}

/* What a test that found nothing was about: the gene that the rule asks for. */
static void
words_watched(struct sb *b, const struct scope *s)
{
    const struct rule *r = s->rule;

    for (size_t i = 0; i < r->watch_count; i++) {
        if (i > 0)
            sb_add_c(b, " or ");
        sb_add(b, r->watch[i]->gene);
        sb_add_c(b, " ");
        words_names(b, r->watch[i]->names, " or ");
    }
}

void
words_value(struct sb *b, const struct scope *s, const struct point *p)
{
    switch (s->rule->series.kind) {
    case SERIES_ANALYTE:
        if (s->rule->series.less.count > 0)
            words_difference(b, s, p);
        else
            words_observation(b, &p->fact->u.observation);
        break;
    case SERIES_RESPONSE: sb_add_c(b, response_code_name(p->fact->u.response.code)); break;
    case SERIES_VARIANT:
        if (p->fact->kind == FACT_VARIANT) {
            sb_add(b, p->fact->u.variant.gene);
            sb_add_c(b, " ");
            sb_add(b, p->fact->u.variant.name);
        } else {
            words_watched(b, s);
        }
        sb_add_c(b, p->present ? " found" : " not found");
        break;
    case SERIES_BIOMARKER:
        sb_add(b, p->fact->u.biomarker.name);
        sb_add_c(b, " ");
        sb_add(b, p->fact->u.biomarker.value);
        break;
    case SERIES_KIND_COUNT: break;
    }
}

void
words_point(struct sb *b, const struct scope *s, const struct point *p)
{
    if (s->rule->series.kind == SERIES_ANALYTE) {
        sb_add(b, s->rule->series.name);
        sb_add_c(b, " ");
    } else if (s->rule->series.kind == SERIES_RESPONSE) {
        sb_add_c(b, "response ");
    }
    words_value(b, s, p);
    sb_add_c(b, " on ");
    words_day(b, p->day);
}

static const char *
ref_word(const struct measure_ref *r)
{
    if (r->first)
        return "the first value";
    switch (r->kind) {
    case REF_BASELINE: return "the baseline";
    case REF_NADIR: return "the nadir";
    case REF_ULN: return "the upper limit of normal";
    case REF_KIND_COUNT: break;
    }
    return "the reference";
}

void
words_ref(struct sb *b, const struct scope *s, const struct measure_ref *r)
{
    sb_add_c(b, ref_word(r));
    sb_add_c(b, " of ");
    if (r->point == NULL) {
        words_dec(b, rat_round(r->value, 3));
        sb_add_c(b, " ");
        sb_add(b, s->rule->series.shown);
        return;
    }
    words_value(b, s, r->point);
    sb_add_c(b, " (");
    words_day(b, r->point->day);
    sb_add_c(b, ")");
}

const char *
words_op(enum bound_op op)
{
    switch (op) {
    case BOUND_GE: return "at least";
    case BOUND_GT: return "more than";
    case BOUND_LE: return "at most";
    case BOUND_LT: return "less than";
    case BOUND_OP_COUNT: break;
    }
    return "";
}

void
words_item(struct sb *b, const struct scope *s)
{
    switch (s->rule->series.kind) {
    case SERIES_ANALYTE: sb_add(b, s->rule->series.name); break;
    case SERIES_RESPONSE: sb_add_c(b, "response assessment"); break;
    case SERIES_VARIANT:
        sb_add_c(b, "test for ");
        words_watched(b, s);
        break;
    case SERIES_BIOMARKER:
        sb_add_c(b, "test of ");
        sb_add(b, s->rule->series.name);
        break;
    case SERIES_KIND_COUNT: break;
    }
}

void
words_start(struct sb *b, const struct scope *s)
{
    if (s->anchor.procedure != NULL)
        sb_add(b, s->anchor.procedure->u.procedure.name);
    else if (s->rule->line_procedure.count > 0)
        words_classes(b, s->rule->line_procedure);
    else
        sb_add_c(b, "the line's start");
    if (!s->anchor.found)
        return;
    sb_add_c(b, " (");
    words_day(b, s->anchor.start);
    sb_add_c(b, ")");
}

static void
words_no_baseline(struct sb *b, const struct scope *s, const struct ref *r)
{
    sb_add_c(b, "no ");
    words_item(b, s);
    if (r->max_age.n != 0) {
        sb_add_c(b, " within ");
        words_span(b, r->max_age);
    }
    sb_add_c(b, " before ");
    words_start(b, s);
}

struct str
words_no_ref(const struct scope *s, int ref)
{
    struct sb b = words_begin(s);
    const struct ref *r;

    if (ref == REF_FIRST)
        return STR("no first value");
    r = &s->rule->ref[ref];
    if (r->kind == REF_NADIR && r->from != REF_NONE && s->rule->ref[r->from].kind == REF_BASELINE)
        r = &s->rule->ref[r->from];
    if (r->kind == REF_BASELINE) {
        words_no_baseline(&b, s, r);
        return sb_str(&b);
    }
    if (r->confirmed > 1)
        sb_addf(&b, "no %ld %s values in a row", (long)r->confirmed, "consecutive");
    else
        sb_add_c(&b, "no earlier value");
    sb_add_c(&b, " of ");
    words_item(&b, s);
    sb_add_c(&b, " on this line to set the nadir");
    return sb_str(&b);
}
