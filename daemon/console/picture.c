#include "console/picture.h"

#include "base/sort.h"
#include "console/drawing.h"
#include "console/html.h"

#include <math.h>
#include <string.h>

enum {
    WIDTH = DRAWING_WIDTH,
    LEFT = DRAWING_LEFT,
    RIGHT = DRAWING_RIGHT,
    PLOT = WIDTH - LEFT - RIGHT,
    TOP = DRAWING_TOP,
    PANEL = 150,
    PANEL_GAP = 40,
    TICKS_MAX = 8,
    POINTS_SMALL = 60, /* more points than that are drawn smaller */
    BOX_HEIGHT = 13,
};

static const double LOG_FROM =
    30.0; /* a series that spans more than this is drawn logarithmically */

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

static double
value_of(const struct timeline_item *i)
{
    return number(i->fact->u.observation.value.value);
}

/* --- what is drawn --- */

static struct series *
series_of(struct drawing *d, const struct observation *o)
{
    for (size_t i = 0; i < d->series_count; i++) {
        if (str_eq(d->series[i].analyte, o->analyte) && str_eq(d->series[i].unit, o->unit))
            return &d->series[i];
    }
    return NULL;
}

static bool
drawable(const struct fact *f)
{
    return f->kind == FACT_OBSERVATION && f->u.observation.value.present &&
           !str_is_empty(f->u.observation.analyte) && !str_is_empty(f->u.observation.unit) &&
           fact_day(f) != DAY_NONE;
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

/* A series for each analyte that the alert speaks of; without one, for those measured last. */
static void
choose_series(struct drawing *d)
{
    const struct timeline *t = d->in->timeline;

    for (size_t i = t->count; i-- > 0 && d->series_count < DRAWING_SERIES_MAX;) {
        const struct fact *f = t->item[i].fact;
        bool meant =
            d->in->alert == NULL || drawing_evidence(d->in->alert, &t->item[i].key) != NULL;

        if (drawable(f) && meant && series_of(d, &f->u.observation) == NULL)
            d->series[d->series_count++] =
                (struct series){.analyte = f->u.observation.analyte, .unit = f->u.observation.unit};
    }
    for (size_t i = 0; i < t->count; i++) {
        const struct fact *f = t->item[i].fact;
        struct series *s = drawable(f) ? series_of(d, &f->u.observation) : NULL;

        if (s != NULL && s->count == DRAWING_POINTS_MAX) { /* the newest ones matter */
            memmove(s->item, s->item + 1, sizeof s->item - sizeof s->item[0]);
            s->count--;
        }
        if (s != NULL)
            s->item[s->count++] = &t->item[i];
    }
}

static void
choose_scale(struct series *s)
{
    double above_zero = 0.0;

    for (size_t i = 0; i < s->count; i++) {
        double v = value_of(s->item[i]);

        s->high = v > s->high ? v : s->high;
        if (v > 0.0 && (above_zero <= 0.0 || v < above_zero))
            above_zero = v;
    }
    if (s->high <= 0.0)
        s->high = 1.0;
    s->log = above_zero > 0.0 && s->high / above_zero > LOG_FROM;
    s->low = s->log ? above_zero / 1.3 : 0.0;
    s->high *= s->log ? 1.3 : 1.1;
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
    size_t from = t->course_count > DRAWING_COURSES_MAX ? t->course_count - DRAWING_COURSES_MAX : 0;

    for (size_t i = from; i < t->course_count; i++)
        d->course[d->course_count++] = &t->course[i];
    sort_stable(d->in->arena, d->course, d->course_count, sizeof d->course[0], by_line);
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
choose_span(struct drawing *d)
{
    d->first = DAY_NONE;
    d->last = DAY_NONE;
    reach(d, d->in->timeline->today);
    for (size_t i = 0; i < d->series_count; i++) {
        for (size_t j = 0; j < d->series[i].count; j++)
            reach(d, fact_day(d->series[i].item[j]->fact));
    }
    for (size_t i = 0; i < d->course_count; i++)
        reach(d, d->course[i]->start);
    if (d->last - d->first < 30)
        d->first = d->last - 30;
}

/* --- drawing --- */

int
drawing_x(const struct drawing *d, day_t day)
{
    day_t in = day < d->first ? d->first : day > d->last ? d->last : day;

    return LEFT + (int)((int64_t)(in - d->first) * PLOT / (d->last - d->first));
}

static int
y_of(const struct series *s, double v, int top)
{
    double share = s->log ? (v <= s->low ? 0.0 : log(v / s->low) / log(s->high / s->low))
                          : (v - s->low) / (s->high - s->low);

    share = share < 0.0 ? 0.0 : share;
    return top + PANEL - (int)(share * PANEL);
}

void
drawing_text(struct drawing *d, int x, int y, const char *anchor, struct str s)
{
    sb_addf(d->b, "<text x=\"%d\" y=\"%d\" text-anchor=\"%s\">", x, y, anchor);
    html_text(d->b, s);
    sb_add_c(d->b, "</text>");
}

void
drawing_level(struct drawing *d, int from, int to, int y, const char *how)
{
    sb_addf(d->b, "<line x1=\"%d\" x2=\"%d\" y1=\"%d\" y2=\"%d\" stroke=\"%s/>", from, to, y, y,
            how);
}

bool
drawing_claim(struct drawing *d, int left, int bottom, struct str s)
{
    int right = left + (int)s.n * DRAWING_LETTER;

    if (right > WIDTH || d->box_count == DRAWING_BOXES_MAX)
        return false;
    for (size_t i = 0; i < d->box_count; i++) {
        const struct drawing_box *b = &d->box[i];

        if (left < b->right && b->left < right && bottom - BOX_HEIGHT < b->bottom &&
            b->bottom - BOX_HEIGHT < bottom)
            return false;
    }
    d->box[d->box_count++] = (struct drawing_box){left, right, bottom};
    return true;
}

static void
value_label(struct drawing *d, const struct series *s, double v, int top)
{
    char label[DRAWING_LABEL_MAX];
    struct sb text;

    sb_init(&text, label, sizeof label);
    sb_addf(&text, "%.3g", v);
    drawing_text(d, LEFT - 8, y_of(s, v, top) + 4, "end", sb_str(&text));
    drawing_level(d, LEFT, WIDTH - RIGHT, y_of(s, v, top), "#d0d7de\"");
}

/* Above the mark, else below it, else further off: where no other label is. */
static void
mark_label(struct drawing *d, int x, int y, struct str part)
{
    static const int ways[] = {-13, 24, -27, 38, -41, 52};
    int half = (int)part.n * DRAWING_LETTER / 2;
    int left = x - half < LEFT ? LEFT : x - half;

    if (left + 2 * half > WIDTH)
        left = WIDTH - 2 * half;
    for (size_t i = 0; i < RFD_COUNT(ways); i++) {
        if (y + ways[i] < BOX_HEIGHT || !drawing_claim(d, left, y + ways[i], part))
            continue;
        sb_add_c(d->b, "<g class=\"mark\">");
        drawing_text(d, left, y + ways[i], "start", part);
        sb_add_c(d->b, "</g>");
        return;
    }
}

/* Shape and word say what the rule made of a value; colour is never the only sign. */
static void
mark(struct drawing *d, int x, int y, const struct alert_evidence *e)
{
    const char *shape = "<path d=\"M-6 -6h12v12h-12z\" fill=\"#116329\"/>";

    if (str_eq_c(e->part, "nadir"))
        shape = "<path d=\"M0 7l7 -12h-14z\" fill=\"#0550ae\"/>";
    else if (str_eq_c(e->part, "candidate"))
        shape = "<path d=\"M0 -8l8 8l-8 8l-8 -8z\" fill=\"#9a3412\"/>";
    else if (str_eq_c(e->part, "confirmation"))
        shape = "<circle r=\"8\" fill=\"none\" stroke=\"#9a3412\" stroke-width=\"3\"/>";
    sb_addf(d->b, "<g transform=\"translate(%d %d)\">%s</g>", x, y, shape);
    mark_label(d, x, y, e->part);
}

static void
points(struct drawing *d, const struct series *s, int top)
{
    const char *r = s->count > POINTS_SMALL ? "2" : "3.5";

    sb_add_c(d->b, "<polyline fill=\"none\" stroke=\"#57606a\" stroke-width=\"1.5\" points=\"");
    for (size_t i = 0; i < s->count; i++)
        sb_addf(d->b, "%d,%d ", drawing_x(d, fact_day(s->item[i]->fact)),
                y_of(s, value_of(s->item[i]), top));
    sb_add_c(d->b, "\"/>");
    for (size_t i = 0; i < s->count; i++) {
        const struct alert_evidence *e = drawing_evidence(d->in->alert, &s->item[i]->key);
        int x = drawing_x(d, fact_day(s->item[i]->fact));
        int y = y_of(s, value_of(s->item[i]), top);

        sb_addf(d->b, "<circle cx=\"%d\" cy=\"%d\" r=\"%s\" fill=\"#57606a\"/>", x, y, r);
        if (e != NULL)
            mark(d, x, y, e);
    }
}

/* The value that the rise is counted from, carried on to the right. */
static void
floor_line(struct drawing *d, const struct series *s, int top)
{
    for (size_t i = 0; i < s->count; i++) {
        const struct alert_evidence *e = drawing_evidence(d->in->alert, &s->item[i]->key);
        int x = drawing_x(d, fact_day(s->item[i]->fact));
        int y = y_of(s, value_of(s->item[i]), top);

        if (e != NULL && (str_eq_c(e->part, "nadir") || str_eq_c(e->part, "baseline") ||
                          str_eq_c(e->part, "reference")))
            drawing_level(d, x, WIDTH - RIGHT, y, "#0550ae\" stroke-dasharray=\"4 4\"");
    }
}

static void
panel(struct drawing *d, const struct series *s, int top)
{
    struct arena *a = d->in->arena;
    struct str name = str_cat(a, evidence_shown(s->analyte), str_cat(a, STR(", "), s->unit));

    if (s->log)
        name = str_cat(a, name, STR(" (logarithmic)"));
    d->box_count = 0;
    if (drawing_claim(d, LEFT, top - 12, name))
        drawing_text(d, LEFT, top - 12, "start", name);
    value_label(d, s, s->high, top);
    value_label(d, s, s->log ? sqrt(s->low * s->high) : s->high / 2.0, top);
    value_label(d, s, s->low, top);
    floor_line(d, s, top);
    points(d, s, top);
}

static void
axis(struct drawing *d, int y)
{
    char day[DAY_TEXT_MAX];

    for (int i = 0; i <= TICKS_MAX; i++) {
        day_t at = d->first + (day_t)((int64_t)(d->last - d->first) * i / TICKS_MAX);
        int x = drawing_x(d, at);

        sb_addf(d->b,
                "<line x1=\"%d\" x2=\"%d\" y1=\"%d\" y2=\"%d\" stroke=\"#eaeef2\" "
                "stroke-width=\"1\"/>",
                x, x, TOP, y);
        drawing_text(d, x, y + 16, "middle", day_format(at, day));
    }
}

static void
draw(struct drawing *d)
{
    int y = TOP;

    axis(d, d->height - 30);
    for (size_t i = 0; i < d->series_count; i++, y += PANEL + PANEL_GAP)
        panel(d, &d->series[i], y);
    (void)drawing_rows(d, y, false);
}

/* The same for whoever cannot see it. */
static void
table(struct drawing *d)
{
    char day[DAY_TEXT_MAX];

    sb_add_c(d->b, "<details><summary>The course as a table</summary><table><thead><tr><th "
                   "scope=\"col\">Day</th><th scope=\"col\">What</th><th scope=\"col\">Value</th>"
                   "<th scope=\"col\">Part in the finding</th></tr></thead><tbody>\n");
    for (size_t s = 0; s < d->series_count; s++) {
        for (size_t i = 0; i < d->series[s].count; i++) {
            const struct timeline_item *item = d->series[s].item[i];
            const struct observation *o = &item->fact->u.observation;
            const struct alert_evidence *e = drawing_evidence(d->in->alert, &item->key);

            sb_add_c(d->b, "<tr>");
            html_tag(d->b, "td", day_format(fact_day(item->fact), day));
            html_tag(d->b, "td", evidence_shown(o->analyte));
            html_tag(d->b, "td class=\"num\"",
                     str_cat(d->in->arena, o->text, str_cat(d->in->arena, STR(" "), o->unit)));
            html_tag(d->b, "td", e == NULL ? STR("") : e->part);
            sb_add_c(d->b, "</tr>\n");
        }
    }
    drawing_rows_table(d);
    sb_add_c(d->b, "</tbody></table></details>\n");
}

void
picture_write(struct sb *b, const struct picture *in)
{
    struct drawing *d = ARENA_NEW(in->arena, struct drawing);
    int panels;

    *d = (struct drawing){.b = b, .in = in};
    choose_series(d);
    choose_courses(d);
    for (size_t i = 0; i < d->series_count; i++)
        choose_scale(&d->series[i]);
    choose_span(d);
    panels = TOP + (int)d->series_count * (PANEL + PANEL_GAP);
    d->height = drawing_rows(d, panels, true) + 40;
    sb_addf(b,
            "<figure><svg role=\"img\" aria-labelledby=\"picture-title\" viewBox=\"0 0 %d %d\" "
            "font-size=\"12\" font-family=\"system-ui,sans-serif\" "
            "xmlns=\"http://www.w3.org/2000/svg\"><title id=\"picture-title\">Course of markers, "
            "therapies, responses and variants; the values stand in the table below</title>\n",
            WIDTH, d->height);
    draw(d);
    sb_add_c(b, "</svg><figcaption>Square: baseline or reference. Triangle: nadir. Diamond: "
                "candidate. Ring: confirmation. Bars: therapies by line, dashed where no message "
                "says whether they go on.</figcaption></figure>\n");
    table(d);
}
