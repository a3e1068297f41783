/* One marker's course: its values, what the rules made of them, and where the threshold lies. */
#include "console/drawing.h"
#include "console/html.h"
#include "console/picture.h"

#include <math.h>

enum { POINTS_SMALL = 60, TICKS_LINEAR = 4, TEXT_WIDE = 44, PLACES = 6, DECADES_MAX = 6 };

/* --- the axis of values */

static void
value_tick(struct drawing *d, const struct series *s, double v)
{
    char label[DRAWING_LABEL_MAX];
    struct sb text;
    int y = drawing_y(d, s, v);

    sb_init(&text, label, sizeof label);
    if (v >= 1e7)
        sb_addf(&text, "%.1e", v);
    else
        sb_addf(&text, "%.10g", v);
    drawing_level(d, DRAWING_LEFT, DRAWING_WIDTH - DRAWING_RIGHT, y, "#d0d7de\"");
    drawing_text(d, DRAWING_LEFT - 8, y + 4, "end", sb_str(&text));
}

/* 1, 2 or 5 times a power of ten. */
static double
round_step(double raw)
{
    double ten = pow(10.0, floor(log10(raw)));
    double share = raw / ten;

    return ten * (share <= 1.0 ? 1.0 : share <= 2.0 ? 2.0 : share <= 5.0 ? 5.0 : 10.0);
}

static void
ticks_linear(struct drawing *d, const struct series *s)
{
    double step = round_step(s->high / TICKS_LINEAR);

    for (int i = 0; i <= 2 * TICKS_LINEAR && i * step <= s->high; i++)
        value_tick(d, s, i * step);
}

/* Powers of ten; few of them have 2 and 5 between, very many are thinned out. */
static void
ticks_log(struct drawing *d, const struct series *s)
{
    static const double between[] = {1.0, 2.0, 5.0};
    double decades = log10(s->high / s->low);
    int from = (int)floor(log10(s->low));
    int apart = decades > DECADES_MAX ? (int)ceil(decades / DECADES_MAX) : 1;
    size_t parts = decades < 2.0 ? RFD_COUNT(between) : 1;

    for (int e = from; e <= from + (int)decades + 1; e += apart) {
        for (size_t i = 0; i < parts; i++) {
            double v = between[i] * pow(10.0, e);

            if (v >= s->low && v <= s->high)
                value_tick(d, s, v);
        }
    }
}

/* --- thresholds: a tinted field on the side that meets the criterion, and its edge */

static bool
is_up(const struct threshold *t)
{
    return str_eq_c(t->side, "at_least") || str_eq_c(t->side, "more_than");
}

/* From the reference on, or for the milestone's days. */
static void
line_reach(const struct drawing *d, const struct threshold *t, int *from, int *to)
{
    enum { WIDTH_MIN = 8 };
    day_t first = t->from != DAY_NONE ? t->from : t->reference_day;

    *from = first == DAY_NONE ? DRAWING_LEFT : drawing_x(d, first);
    *to = t->until == DAY_NONE ? DRAWING_WIDTH - DRAWING_RIGHT : drawing_x(d, t->until);
    if (*to - *from < WIDTH_MIN)
        *from = *to - WIDTH_MIN < DRAWING_LEFT ? DRAWING_LEFT : *to - WIDTH_MIN;
    if (*to - *from < WIDTH_MIN)
        *to = *from + WIDTH_MIN;
}

static bool
line_in_sight(const struct series *s, const struct series_line *l)
{
    return l->value <= s->high && (l->value >= s->low || !s->log);
}

static void
band(struct drawing *d, const struct series *s, const struct series_line *l)
{
    const struct threshold *t = l->threshold;
    int y = drawing_y(d, s, l->value);
    int top = is_up(t) ? s->top : y;
    int bottom = is_up(t) ? y : s->top + d->panel;
    int from;
    int to;

    if (!line_in_sight(s, l))
        return;
    line_reach(d, t, &from, &to);
    sb_addf(d->b, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"#fbe6d8\"/>\n", from,
            top, to - from, bottom - top);
    d->used[MARK_THRESHOLD] = true;
}

static void
edge(struct drawing *d, const struct series *s, const struct series_line *l)
{
    int from;
    int to;

    if (!line_in_sight(s, l))
        return;
    line_reach(d, l->threshold, &from, &to);
    sb_addf(d->b, "<g class=\"threshold\"><title>Threshold, %.*s: ", STR_FMT(l->threshold->role));
    html_text(d->b, l->threshold->text);
    sb_add_c(d->b, " (");
    html_text(d->b, l->rule);
    sb_add_c(d->b, ")</title>");
    drawing_level(d, from, to, drawing_y(d, s, l->value),
                  "#a33c00\" stroke-width=\"2\" stroke-dasharray=\"6 3\"");
    sb_add_c(d->b, "</g>\n");
}

/* Does the edge of a threshold? */
static bool
is_underlined(const struct drawing *d, const struct series *s, int left, int bottom, int width)
{
    for (size_t i = 0; i < s->line_count; i++) {
        int y = drawing_y(d, s, s->line[i].value);
        int from;
        int to;

        line_reach(d, s->line[i].threshold, &from, &to);
        if (y > bottom - DRAWING_BOX_HEIGHT && y < bottom + 2 && left < to && left + width > from)
            return true;
    }
    return false;
}

/* Does the curve pass through a text's place? */
static bool
is_crossed(const struct drawing *d, const struct series *s, int left, int bottom, int width)
{
    enum { STEP = 4, CLEAR = 2 };

    for (size_t i = 1; i < s->count; i++) {
        int x0 = drawing_x(d, s->point[i - 1].day);
        int x1 = drawing_x(d, s->point[i].day);
        int y0 = drawing_y(d, s, s->point[i - 1].value);
        int y1 = drawing_y(d, s, s->point[i].value);

        if (x1 < left || x0 > left + width || x0 == x1)
            continue;
        for (int x = left > x0 ? left : x0; x <= x1 && x <= left + width; x += STEP) {
            int y = y0 + (y1 - y0) * (x - x0) / (x1 - x0);

            if (y > bottom - DRAWING_BOX_HEIGHT && y < bottom + CLEAR)
                return true;
        }
    }
    return false;
}

static const char *
side_sign(const struct threshold *t)
{
    static const struct {
        const char *side;
        const char *sign;
    } signs[] = {{"at_least", "≥ "}, {"more_than", "> "}, {"at_most", "≤ "}, {"less_than", "< "}};

    for (size_t i = 0; i < RFD_COUNT(signs); i++) {
        if (str_eq_c(t->side, signs[i].side))
            return signs[i].sign;
    }
    return "";
}

static struct str
line_words(struct drawing *d, const struct series *s, const struct series_line *l, bool all)
{
    const struct threshold *t = l->threshold;
    char text[DRAWING_LABEL_MAX];
    struct sb b;

    sb_init(&b, text, sizeof text);
    sb_addf(&b, "%s%.*s ", side_sign(t), STR_FMT(t->limit));
    sb_add(&b, drawing_clip(d->arena, picture_unit(d->arena, s->unit), TEXT_WIDE));
    if (str_eq_c(t->role, "confirmation"))
        sb_add_c(&b, " to confirm");
    if (all) {
        sb_add_c(&b, ": ");
        sb_add(&b, drawing_clip(d->arena, l->rule, TEXT_WIDE));
    }
    return str_dup(d->arena, sb_str(&b));
}

/* "≥ 3.1 ng/mL: PSA progression (PCWG3)", where room is along its line. */
static bool
line_labelled(struct drawing *d, const struct series *s, const struct series_line *l, bool all)
{
    struct str label = line_words(d, s, l, all);
    bool up = is_up(l->threshold);
    int y = drawing_y(d, s, l->value);
    int width = drawing_width(label);
    int from;
    int to;
    int room;

    line_reach(d, l->threshold, &from, &to);
    if (to - from < width) { /* a short window: beside it */
        from = DRAWING_LEFT;
        to = DRAWING_WIDTH - DRAWING_RIGHT;
    }
    room = to - from - width - 8;
    for (int i = 0; i < 2 * PLACES && room >= 0; i++) {
        int left = from + 4 + room * (i % PLACES) / (PLACES - 1);
        int at = y + ((i < PLACES) == up ? -5 : 14);

        if (is_crossed(d, s, left, at, width) || !drawing_claim(d, left, at, label))
            continue;
        sb_add_c(d->b, "<g class=\"limit\">");
        drawing_text(d, left, at, "start", label);
        sb_add_c(d->b, "</g>\n");
        return true;
    }
    return false;
}

static void
line_label(struct drawing *d, const struct series *s, const struct series_line *l)
{
    if (line_in_sight(s, l) && !line_labelled(d, s, l, true) && !line_labelled(d, s, l, false))
        return; /* the title of the line says it, and the table */
}

/* --- values */

static enum drawing_mark
mark_of(struct str part)
{
    static const struct {
        const char *part;
        enum drawing_mark mark;
    } marks[] = {{"baseline", MARK_BASELINE},
                 {"nadir", MARK_NADIR},
                 {"candidate", MARK_CANDIDATE},
                 {"confirmation", MARK_CONFIRMATION}};

    for (size_t i = 0; i < RFD_COUNT(marks); i++) {
        if (str_eq_c(part, marks[i].part))
            return marks[i].mark;
    }
    return MARK_CONTEXT;
}

/* Above the mark, else below it, else further off: where no other label is. */
static void
point_label(struct drawing *d, const struct series *s, int x, int y, struct str label)
{
    static const int ways[] = {-13, 24, -27, 38, -41, 52};
    int half = drawing_width(label) / 2;
    int left = x - half < DRAWING_LEFT + 4 ? DRAWING_LEFT + 4 : x - half;

    if (left + 2 * half > DRAWING_WIDTH - 2)
        left = DRAWING_WIDTH - 2 - 2 * half;
    for (size_t i = 0; i < 2 * RFD_COUNT(ways); i++) { /* first where the curve does not pass */
        int at = y + ways[i % RFD_COUNT(ways)];

        if (at < s->top + 4 || at > s->top + d->panel + DRAWING_BOX_HEIGHT ||
            (i < RFD_COUNT(ways) &&
             (is_crossed(d, s, left, at, 2 * half) || is_underlined(d, s, left, at, 2 * half))) ||
            !drawing_claim(d, left, at, label))
            continue;
        sb_add_c(d->b, "<g class=\"mark\">");
        drawing_text(d, left, at, "start", label);
        sb_add_c(d->b, "</g>\n");
        return;
    }
}

static void
shape(struct drawing *d, const struct series *s, const struct series_point *p,
      const struct alert_evidence *e)
{
    char day[DAY_TEXT_MAX];
    const char *r = s->count > POINTS_SMALL ? "2" : "3.5";
    enum drawing_mark m = e != NULL ? mark_of(e->part) : MARK_CENSORED;

    sb_addf(d->b, "<g class=\"point\" transform=\"translate(%d %d)\"><title>", drawing_x(d, p->day),
            drawing_y(d, s, p->value));
    html_text(d->b, p->text);
    sb_add_char(d->b, ' ');
    html_text(d->b, s->unit);
    sb_addf(d->b, ", %.*s%s", STR_FMT(day_format(p->day, day)), p->early ? ", preliminary" : "");
    if (e != NULL) {
        sb_add_c(d->b, ", ");
        html_text(d->b, e->part);
    }
    sb_add_c(d->b, "</title>");
    if (e != NULL || p->limit) {
        sb_add_c(d->b, drawing_shape(m));
        d->used[m] = true;
    } else if (p->early) {
        sb_addf(d->b, "<circle r=\"%s\" fill=\"#fff\" stroke=\"#424a53\"/>", r);
    } else {
        sb_addf(d->b, "<circle r=\"%s\" fill=\"#424a53\"/>", r);
    }
    sb_add_c(d->b, "</g>\n");
}

static void
curve(struct drawing *d, const struct series *s)
{
    sb_add_c(d->b, "<polyline fill=\"none\" stroke=\"#424a53\" stroke-width=\"1.5\" points=\"");
    for (size_t i = 0; i < s->count; i++)
        sb_addf(d->b, "%s%d,%d", i > 0 ? " " : "", drawing_x(d, s->point[i].day),
                drawing_y(d, s, s->point[i].value));
    sb_add_c(d->b, "\"/>\n");
}

static bool
is_labelled(const struct series *s, size_t i, const struct alert_evidence *e)
{
    return (e != NULL && mark_of(e->part) != MARK_CONTEXT) || i + 1 == s->count;
}

static void
labels(struct drawing *d, const struct series *s)
{
    for (size_t i = 0; i < s->count; i++) {
        const struct series_point *p = &s->point[i];
        const struct alert_evidence *e = drawing_evidence(d->in->alert, &p->item->key);
        bool named = e != NULL && mark_of(e->part) != MARK_CONTEXT;

        if (is_labelled(s, i, e)) {
            point_label(d, s, drawing_x(d, p->day), drawing_y(d, s, p->value),
                        named ? str_cat(d->arena, e->part, str_cat(d->arena, STR(" "), p->text))
                              : p->text);
        }
    }
}

/* Every mark takes its place before a label can. */
static void
claim_points(struct drawing *d, const struct series *s)
{
    for (size_t i = 0; i < s->count; i++) {
        int left = drawing_x(d, s->point[i].day) - DRAWING_LETTER / 2;
        int bottom = drawing_y(d, s, s->point[i].value) + DRAWING_BOX_HEIGHT / 2;

        if (drawing_evidence(d->in->alert, &s->point[i].item->key) != NULL &&
            !drawing_claim(d, left, bottom, STR("x")))
            continue; /* two marks on one place: it is taken already */
    }
}

static void
title(struct drawing *d, const struct series *s)
{
    struct arena *a = d->arena;
    struct str name =
        str_cat(a, drawing_series_name(a, s), str_cat(a, STR(", "), picture_unit(a, s->unit)));

    if (s->log)
        name = str_cat(a, name, STR(" (logarithmic)"));
    if (s->older > 0)
        name = str_cat(a, name, STR(", older values left out"));
    sb_add_c(d->b, "<g class=\"name\">");
    drawing_text(d, DRAWING_LEFT, s->top - 12, "start", name);
    sb_add_c(d->b, "</g>\n");
}

void
drawing_panel(struct drawing *d, struct series *s)
{
    d->box_count = 0;
    title(d, s);
    for (size_t i = 0; i < s->line_count; i++)
        band(d, s, &s->line[i]);
    if (s->log)
        ticks_log(d, s);
    else
        ticks_linear(d, s);
    for (size_t i = 0; i < s->line_count; i++)
        edge(d, s, &s->line[i]);
    curve(d, s);
    for (size_t i = 0; i < s->count; i++)
        shape(d, s, &s->point[i], drawing_evidence(d->in->alert, &s->point[i].item->key));
    claim_points(d, s);
    labels(d, s);
    for (size_t i = 0; i < s->line_count; i++)
        line_label(d, s, &s->line[i]);
}
