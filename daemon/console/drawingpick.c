/* What of a timeline is drawn: the markers that the alert speaks of, in one unit each, the
 * therapies, and the scales that all of it fits in. */
#include "base/sort.h"
#include "console/drawing.h"
#include "console/picture.h"
#include "model/unit.h"

enum { SPAN_MIN = 30, PANELS_HIGH = 2, PANEL_HIGH = 170, PANEL_LOW = 118, ANYWAY_MAX = 2 };

/* A series that spans more than this is drawn logarithmically. */
static const double LOG_FROM = 30.0;
/* A threshold further off than so many times the highest value would flatten the course. */
static const double LINE_FAR = 4.0;

static double
number(struct dec d)
{
    double v = (double)d.coef;

    for (int32_t e = d.exp; e > 0; e--)
        v *= 10.0;
    for (int32_t e = d.exp; e < 0; e++)
        v /= 10.0;
    return v;
}

/* --- series */

/* Serum, plasma, blood and what says nothing are one; ascites and serum are not. */
static bool
is_blood(struct str matrix)
{
    static const char *const words[] = {"blood", "serum", "plasma", "whole blood"};

    for (size_t i = 0; i < RFD_COUNT(words); i++) {
        if (str_eq_nocase(matrix, str_from_c(words[i])))
            return true;
    }
    return str_is_empty(matrix);
}

static struct str
fluid_of(const struct observation *o)
{
    return is_blood(o->matrix) ? STR_NONE : o->matrix;
}

static struct series *
series_of(struct drawing *d, const struct observation *o)
{
    struct str fluid = fluid_of(o);

    for (size_t i = 0; i < d->series_count; i++) {
        struct series *s = &d->series[i];

        if (str_eq(s->analyte, o->analyte) &&
            (str_is_empty(fluid) ? str_is_empty(s->matrix) : str_eq_nocase(s->matrix, fluid)))
            return s;
    }
    return NULL;
}

static bool
drawable(const struct fact *f)
{
    return f->kind == FACT_OBSERVATION && f->u.observation.value.present &&
           (f->flags & FACT_TEST_MESSAGE) == 0 && !str_is_empty(f->u.observation.analyte) &&
           !str_is_empty(f->u.observation.unit) && fact_day(f) != DAY_NONE;
}

const struct alert_evidence *
drawing_evidence(const struct alert *al, const struct fact_key *key)
{
    for (size_t i = 0; al != NULL && i < al->section_count; i++) {
        for (size_t j = 0; j < al->section[i].evidence_count; j++) {
            if (fact_key_cmp(&al->section[i].evidence[j].key, key) == 0)
                return &al->section[i].evidence[j];
        }
    }
    return NULL;
}

/* The unit that the rules compared in, else the newest value's. */
static struct str
unit_of(const struct drawing *d, const struct observation *o)
{
    const struct alert *al = d->in->alert;

    for (size_t i = 0; al != NULL && i < al->section_count; i++) {
        for (size_t j = 0; j < al->section[i].threshold_count; j++) {
            const struct threshold *t = &al->section[i].threshold[j];

            if (str_eq(t->analyte, o->analyte))
                return t->unit;
        }
    }
    return o->unit;
}

/* Newest first, so that the first of its kind names the unit. */
static void
add_series(struct drawing *d, bool (*meant)(const struct drawing *d, const struct timeline_item *i),
           size_t max)
{
    const struct timeline *t = d->in->timeline;

    for (size_t i = t->count; i-- > 0 && d->series_count < max;) {
        const struct fact *f = t->item[i].fact;

        if (drawable(f) && meant(d, &t->item[i]) && series_of(d, &f->u.observation) == NULL) {
            d->series[d->series_count++] = (struct series){.analyte = f->u.observation.analyte,
                                                           .matrix = fluid_of(&f->u.observation),
                                                           .unit = unit_of(d, &f->u.observation)};
        }
    }
}

static bool
is_evidence(const struct drawing *d, const struct timeline_item *i)
{
    const struct alert_evidence *e = drawing_evidence(d->in->alert, &i->key);

    return e != NULL && !str_eq_c(e->part, "context");
}

static bool
is_context(const struct drawing *d, const struct timeline_item *i)
{
    return drawing_evidence(d->in->alert, &i->key) != NULL;
}

static bool
is_any(const struct drawing *d, const struct timeline_item *i)
{
    (void)d;
    (void)i;
    return true;
}

static struct str
signed_text(struct arena *a, enum cmp_op cmp, struct dec v)
{
    static const char *const signs[CMP_OP_COUNT] = {
        [CMP_EQ] = "", [CMP_LT] = "<", [CMP_LE] = "<=", [CMP_GT] = ">", [CMP_GE] = ">="};
    char text[DEC_TEXT_MAX];

    return str_cat(a, str_from_c(signs[cmp]), dec_format(v, text));
}

/* In the series' unit; false: it does not convert. */
static bool
point_of(struct drawing *d, struct series *s, const struct timeline_item *item,
         struct series_point *out)
{
    enum { DIGITS = 4 };
    const struct observation *o = &item->fact->u.observation;
    int64_t num = 1;
    int64_t den = 1;
    struct dec v = o->value.value;

    if (!unit_convert(o->unit, s->unit, s->analyte, &num, &den) && !str_eq(o->unit, s->unit))
        return false;
    if (num != den) {
        v = rat_round(rat_scale(dec_rat(v), num, den), DIGITS);
        s->converted++;
    }
    *out = (struct series_point){.item = item,
                                 .day = fact_day(item->fact),
                                 .value = number(v),
                                 .text = signed_text(d->arena, o->value.cmp, v),
                                 .limit = o->value.cmp != CMP_EQ,
                                 .early = item->fact->status == FACT_PRELIMINARY};
    return true;
}

static size_t
values_of(struct drawing *d, const struct series *s)
{
    const struct timeline *t = d->in->timeline;
    size_t n = 0;

    for (size_t i = 0; i < t->count; i++)
        n += drawable(t->item[i].fact) && series_of(d, &t->item[i].fact->u.observation) == s;
    return n;
}

/* The newest ones matter, and those that the alert speaks of. */
static void
fill(struct drawing *d, struct series *s)
{
    const struct timeline *t = d->in->timeline;
    size_t values = values_of(d, s);
    size_t excess = values > DRAWING_POINTS_MAX ? values - DRAWING_POINTS_MAX : 0;

    s->point = ARENA_ARRAY(d->arena, DRAWING_POINTS_MAX, struct series_point);
    for (size_t i = 0; i < t->count && s->count < DRAWING_POINTS_MAX; i++) {
        const struct fact *f = t->item[i].fact;

        if (!drawable(f) || series_of(d, &f->u.observation) != s)
            continue;
        if (s->older < excess && drawing_evidence(d->in->alert, &t->item[i].key) == NULL)
            s->older++;
        else if (point_of(d, s, &t->item[i], &s->point[s->count]))
            s->count++;
        else
            s->unread++;
    }
}

/* --- thresholds */

static bool
line_is_there(const struct series *s, const struct threshold *t)
{
    for (size_t i = 0; i < s->line_count; i++) {
        const struct threshold *o = s->line[i].threshold;

        if (str_eq(o->side, t->side) && str_eq(o->limit, t->limit) && o->from == t->from &&
            o->until == t->until)
            return true;
    }
    return false;
}

/* What decides for the first value; for the second one while it is awaited. */
static bool
is_drawn(const struct alert_section *section, const struct threshold *t)
{
    return t->decides &&
           (!str_eq_c(t->role, "confirmation") || section->status == FINDING_UNCONFIRMED);
}

static void
choose_lines(struct drawing *d, struct series *s)
{
    const struct alert *al = d->in->alert;

    for (size_t i = 0; al != NULL && i < al->section_count; i++) {
        for (size_t j = 0; j < al->section[i].threshold_count; j++) {
            const struct threshold *t = &al->section[i].threshold[j];
            struct dec limit;

            if (s->line_count < DRAWING_LINES_MAX && is_drawn(&al->section[i], t) &&
                str_eq(t->analyte, s->analyte) && str_eq(t->unit, s->unit) &&
                dec_parse(t->limit, &limit) && !line_is_there(s, t))
                s->line[s->line_count++] =
                    (struct series_line){t, al->section[i].title, number(limit)};
        }
    }
}

/* --- scales */

static void
choose_scale(struct series *s)
{
    double above_zero = 0.0;
    double top = 0.0;

    for (size_t i = 0; i < s->count; i++) {
        double v = s->point[i].value;

        top = v > top ? v : top;
        if (v > 0.0 && (above_zero <= 0.0 || v < above_zero))
            above_zero = v;
    }
    s->high = top;
    for (size_t i = 0; i < s->line_count; i++) {
        double v = s->line[i].value;

        if (v > s->high && v < LINE_FAR * top)
            s->high = v;
        if (v > 0.0 && v < above_zero)
            above_zero = v;
    }
    if (s->high <= 0.0)
        s->high = 1.0;
    s->log = above_zero > 0.0 && s->high / above_zero > LOG_FROM;
    s->low = s->log ? above_zero / 1.6 : 0.0;
    s->high *= s->log ? 1.6 : 1.15;
}

/* By line, then start; what belongs to no line comes last. */
static int
by_line(const void *x, const void *y)
{
    const struct course *a = *(const struct course *const *)x;
    const struct course *b = *(const struct course *const *)y;

    if (a->line != b->line)
        return a->line == 0 ? 1 : b->line == 0 ? -1 : a->line < b->line ? -1 : 1;
    return a->start < b->start ? -1 : a->start > b->start ? 1 : 0;
}

static void
choose_courses(struct drawing *d)
{
    const struct therapies *t = d->in->therapies;

    if (t->course_count > DRAWING_COURSES_MAX)
        d->courses_older = t->course_count - DRAWING_COURSES_MAX;
    for (size_t i = d->courses_older; i < t->course_count; i++)
        d->course[d->course_count++] = &t->course[i];
    sort_stable(d->arena, d->course, d->course_count, sizeof d->course[0], by_line);
}

static void
reach(struct drawing *d, day_t day)
{
    if (day == DAY_NONE)
        return;
    d->first = d->first == DAY_NONE || day < d->first ? day : d->first;
    d->last = d->last == DAY_NONE || day > d->last ? day : d->last;
}

static void
reach_kind(struct drawing *d, enum fact_kind kind)
{
    size_t n;
    const struct fact *const *f = timeline_kind(d->in->timeline, kind, &n);

    for (size_t i = 0; i < n; i++)
        reach(d, fact_day(f[i]));
}

static void
choose_span(struct drawing *d)
{
    d->first = DAY_NONE;
    d->last = DAY_NONE;
    reach(d, d->in->timeline->today);
    for (size_t i = 0; i < d->series_count; i++) {
        for (size_t j = 0; j < d->series[i].count; j++)
            reach(d, d->series[i].point[j].day);
    }
    for (size_t i = 0; i < d->course_count; i++)
        reach(d, d->course[i]->start);
    reach_kind(d, FACT_RESPONSE);
    reach_kind(d, FACT_VARIANT);
    if (d->last - d->first < SPAN_MIN)
        d->first = d->last - SPAN_MIN;
    d->first -= (d->last - d->first) / 50; /* the first mark stands clear of the axis */
}

void
drawing_pick(struct drawing *d)
{
    if (d->in->alert == NULL) {
        add_series(d, is_any, DRAWING_SERIES_MAX);
    } else {
        add_series(d, is_evidence, DRAWING_SERIES_MAX);
        add_series(d, is_context, DRAWING_SERIES_MAX);
        if (d->series_count == 0) /* an alert of variants: the markers are what the board asks */
            add_series(d, is_any, ANYWAY_MAX);
    }
    d->panel = d->series_count > PANELS_HIGH ? PANEL_LOW : PANEL_HIGH;
    for (size_t i = 0; i < d->series_count; i++) {
        fill(d, &d->series[i]);
        choose_lines(d, &d->series[i]);
        choose_scale(&d->series[i]);
    }
    choose_courses(d);
    choose_span(d);
}

struct str
drawing_series_name(struct arena *a, const struct series *s)
{
    struct str name = evidence_shown(s->analyte);

    return str_is_empty(s->matrix) ? name : str_cat(a, name, str_cat(a, STR(" in "), s->matrix));
}
