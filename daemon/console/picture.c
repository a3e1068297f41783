#include "console/picture.h"

#include "console/drawing.h"
#include "console/html.h"

enum { PANEL_GAP = 46, AXIS = 26, UNIT_MAX = 64 };

struct str
picture_unit(struct arena *a, struct str ucum)
{
    char text[UNIT_MAX];
    struct sb b;

    sb_init(&b, text, sizeof text);
    for (size_t i = 0; i < ucum.n; i++) {
        if (ucum.p[i] == '[' || ucum.p[i] == ']')
            continue;
        sb_add(&b, ucum.p[i] == '*' ? STR("^") : str_sub(ucum, i, 1));
    }
    return str_dup(a, sb_str(&b));
}

/* --- what a screen reader says of the picture before its table */

static void
describe_series(struct drawing *d, const struct series *s)
{
    const struct series_point *first = &s->point[0];
    const struct series_point *last = &s->point[s->count - 1];
    char day[DAY_TEXT_MAX];

    html_text(d->b, drawing_series_name(d->arena, s));
    sb_addf(d->b, ": %zu value%s", s->count, s->count == 1 ? "" : "s");
    if (s->count > 1) {
        sb_add_c(d->b, ", from ");
        html_text(d->b, first->text);
        sb_addf(d->b, " on %.*s", STR_FMT(day_format(first->day, day)));
    }
    sb_add_c(d->b, s->count > 1 ? " to " : ", ");
    html_text(d->b, last->text);
    sb_add_char(d->b, ' ');
    html_text(d->b, picture_unit(d->arena, s->unit));
    sb_addf(d->b, " on %.*s. ", STR_FMT(day_format(last->day, day)));
    for (size_t i = 0; i < s->line_count; i++) {
        sb_add_c(d->b, "Threshold: ");
        html_text(d->b, s->line[i].threshold->text);
        sb_add_c(d->b, ". ");
    }
}

static void
describe(struct drawing *d)
{
    sb_add_c(d->b, "<desc id=\"picture-desc\">");
    for (size_t i = 0; i < d->series_count; i++) {
        if (d->series[i].count > 0)
            describe_series(d, &d->series[i]);
    }
    for (size_t i = 0; i < d->course_count; i++) {
        html_text(d->b, drawing_course_name(d->arena, d->course[i]));
        sb_add_c(d->b, ". ");
    }
    sb_add_c(d->b, "All of it stands in the table below.</desc>\n");
}

/* --- the legend: what is there, and nothing else */

static void
legend(struct drawing *d)
{
    static const char *const words[MARK_COUNT] = {
        [MARK_BASELINE] = "baseline",
        [MARK_NADIR] = "nadir",
        [MARK_CANDIDATE] = "candidate: first value that meets the criterion",
        [MARK_CONFIRMATION] = "confirmation",
        [MARK_CONTEXT] = "another value that the rule looked at",
        [MARK_CENSORED] = "reported as a limit only (< or >)",
        [MARK_THRESHOLD] = "threshold: the tinted side is beyond it",
        [MARK_BAR] = "therapy",
        [MARK_OPEN_BAR] = "not known whether it goes on",
        [MARK_EVENT] = "response, variant, procedure",
    };

    sb_add_c(d->b, "<figcaption><ul class=\"legend\">\n");
    for (int m = 0; m < MARK_COUNT; m++) {
        if (d->used[m]) {
            sb_addf(d->b,
                    "<li><svg class=\"key\" aria-hidden=\"true\" viewBox=\"-11 -9 22 18\" "
                    "width=\"22\" height=\"18\">%s</svg>%s</li>\n",
                    drawing_shape((enum drawing_mark)m), words[m]);
        }
    }
    sb_add_c(d->b, "</ul>\n");
    for (size_t i = 0; i < d->series_count; i++) {
        const struct series *s = &d->series[i];

        if (s->converted > 0) {
            sb_addf(d->b, "<p>%zu value%s of ", s->converted, s->converted == 1 ? "" : "s");
            html_text(d->b, drawing_series_name(d->arena, s));
            sb_add_c(d->b, " came in another unit and stand converted.</p>\n");
        }
        if (s->unread > 0) {
            sb_addf(d->b, "<p>%zu value%s of ", s->unread, s->unread == 1 ? "" : "s");
            html_text(d->b, drawing_series_name(d->arena, s));
            sb_add_c(d->b, " in a unit that does not convert: not drawn.</p>\n");
        }
    }
    if (d->courses_older > 0)
        sb_addf(d->b, "<p>%zu earlier therapies are in the table only.</p>\n", d->courses_older);
    sb_add_c(d->b, "</figcaption>");
}

/* --- the same for whoever cannot see it */

static void
value_row(struct drawing *d, const struct series *s, const struct series_point *p)
{
    const struct observation *o = &p->item->fact->u.observation;
    const struct alert_evidence *e = drawing_evidence(d->in->alert, &p->item->key);
    char day[DAY_TEXT_MAX];

    sb_add_c(d->b, "<tr>");
    html_tag(d->b, "td", day_format(p->day, day));
    html_tag(d->b, "td", drawing_series_name(d->arena, s));
    sb_add_c(d->b, "<td>");
    html_text(d->b, p->text);
    sb_add_char(d->b, ' ');
    html_text(d->b, picture_unit(d->arena, s->unit));
    if (!str_eq(o->unit, s->unit)) {
        sb_add_c(d->b, " (reported as ");
        html_text(d->b, o->text);
        sb_add_char(d->b, ' ');
        html_text(d->b, o->unit_reported);
        sb_add_char(d->b, ')');
    }
    sb_addf(d->b, "%s</td>", p->early ? ", preliminary" : "");
    html_tag(d->b, "td", e == NULL ? STR("") : e->part);
    sb_add_c(d->b, "</tr>\n");
}

static void
threshold_rows(struct drawing *d, const struct alert_section *s)
{
    char day[DAY_TEXT_MAX];

    for (size_t i = 0; i < s->threshold_count; i++) {
        const struct threshold *t = &s->threshold[i];
        day_t at = t->from != DAY_NONE ? t->from : t->reference_day;

        sb_add_c(d->b, "<tr>");
        html_tag(d->b, "td", at == DAY_NONE ? STR("") : day_format(at, day));
        sb_add_c(d->b, "<td>threshold, ");
        html_text(d->b, evidence_shown(t->analyte));
        sb_add_c(d->b, "</td>");
        html_tag(d->b, "td", t->text);
        sb_add_c(d->b, "<td>");
        html_text(d->b, t->role);
        sb_add_c(d->b, ", ");
        html_text(d->b, s->title);
        sb_add_c(d->b, "</td></tr>\n");
    }
}

static void
table(struct drawing *d)
{
    const struct alert *al = d->in->alert;

    sb_add_c(d->b, "<details class=\"noprint\"><summary>The course as a table</summary><table>"
                   "<thead><tr><th scope=\"col\">Day</th><th scope=\"col\">What</th><th "
                   "scope=\"col\">Value</th><th scope=\"col\">Part in the finding</th></tr></thead>"
                   "<tbody>\n");
    for (size_t s = 0; s < d->series_count; s++) {
        for (size_t i = 0; i < d->series[s].count; i++)
            value_row(d, &d->series[s], &d->series[s].point[i]);
    }
    for (size_t i = 0; al != NULL && i < al->section_count; i++)
        threshold_rows(d, &al->section[i]);
    drawing_rows_table(d);
    sb_add_c(d->b, "</tbody></table></details>\n");
}

static bool
is_empty(const struct drawing *d)
{
    size_t n = d->series_count + d->course_count;
    size_t k;

    (void)timeline_kind(d->in->timeline, FACT_RESPONSE, &k);
    n += k;
    (void)timeline_kind(d->in->timeline, FACT_VARIANT, &k);
    n += k;
    (void)timeline_kind(d->in->timeline, FACT_PROCEDURE, &k);
    return n + k == 0;
}

static void
draw(struct drawing *d)
{
    int y = DRAWING_TOP;

    for (size_t i = 0; i < d->series_count; i++, y += d->panel + PANEL_GAP)
        d->series[i].top = y;
    d->height = drawing_rows(d, y, true) + AXIS;
    sb_addf(d->b,
            "<figure><div class=\"scroll\" role=\"group\" tabindex=\"0\" aria-label=\"Picture of "
            "the course\"><svg role=\"img\" aria-labelledby=\"picture-title\" "
            "aria-describedby=\"picture-desc\" viewBox=\"0 0 %d %d\" font-size=\"12\" "
            "font-family=\"system-ui,sans-serif\" xmlns=\"http://www.w3.org/2000/svg\"><title "
            "id=\"picture-title\">Course of markers, therapies, responses and variants</title>\n",
            DRAWING_WIDTH, d->height);
    describe(d);
    drawing_axis(d, d->height - AXIS);
    for (size_t i = 0; i < d->series_count; i++)
        drawing_panel(d, &d->series[i]);
    (void)drawing_rows(d, y, false);
    sb_add_c(d->b, "</svg></div>\n");
    legend(d);
    sb_add_c(d->b, "</figure>\n");
}

void
picture_write(struct sb *b, const struct picture *in)
{
    struct drawing *d = ARENA_NEW(in->arena, struct drawing);

    *d = (struct drawing){.b = b, .in = in, .arena = in->arena};
    drawing_pick(d);
    if (is_empty(d)) {
        sb_add_c(b, "<p>No values, therapies, responses or variants are known yet.</p>\n");
        return;
    }
    draw(d);
    table(d);
}
