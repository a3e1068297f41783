/* The rows below the series: therapies as bars by line, then what happened on a day. */
#include "console/drawing.h"
#include "console/html.h"
#include "console/picture.h"

enum {
    NAME_LETTERS = 24, /* of a row, so that it stays left of the plot */
    SHELVES_MAX = 5,   /* rows that labels of one kind may take */
    SHELF = 16,
};

/* The name of a row, cut where the plot begins; the whole of it in the title. */
static struct str
clipped(struct arena *a, struct str s)
{
    size_t n = NAME_LETTERS;

    if (s.n <= NAME_LETTERS)
        return s;
    while (n > 0 && ((unsigned char)s.p[n] & 0xc0) == 0x80) /* not within a letter of UTF-8 */
        n--;
    return str_cat(a, str_sub(s, 0, n), STR("…"));
}

static struct str
bar_name(struct arena *a, const struct course *c)
{
    char text[DRAWING_LABEL_MAX];
    struct sb b;
    struct str drug = str_is_empty(c->drug) ? STR("unknown drug") : c->drug;

    if (c->line == 0)
        return drug;
    sb_init(&b, text, sizeof text);
    sb_addf(&b, "line %d: ", (int)c->line);
    return str_cat(a, str_dup(a, sb_str(&b)), drug);
}

static day_t
sure_until(const struct course *c)
{
    day_t sure = c->stop != DAY_NONE ? c->stop : c->covered_until;

    return sure == DAY_NONE ? c->start : sure;
}

/* Solid as far as evidence covers, dashed where nobody knows. */
static void
bar(struct drawing *d, const struct course *c, int y)
{
    struct str name = bar_name(d->in->arena, c);
    int from = drawing_x(d, c->start);
    int to = drawing_x(d, sure_until(c));

    drawing_text(d, DRAWING_LEFT - 8, y + 12, "end", clipped(d->in->arena, name));
    sb_addf(d->b, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"14\" fill=\"%s\"><title>", from, y,
            to - from < 2 ? 2 : to - from, c->line == 0 ? "#afb8c1" : "#54aeff");
    html_text(d->b, name);
    sb_addf(d->b, ", %s", therapy_rung_name(c->rung));
    sb_add_c(d->b, "</title></rect>");
    if (c->stop == DAY_NONE && to < DRAWING_WIDTH - DRAWING_RIGHT)
        drawing_level(d, to, DRAWING_WIDTH - DRAWING_RIGHT, y + 7,
                      "#54aeff\" stroke-dasharray=\"3 4\"");
}

static int
bars(struct drawing *d, int y, bool measure)
{
    for (size_t i = 0; i < d->course_count; i++, y += DRAWING_ROW) {
        if (measure)
            continue;
        if (i > 0 && d->course[i]->line != d->course[i - 1]->line)
            drawing_level(d, 8, DRAWING_WIDTH - DRAWING_RIGHT, y - 4, "#d0d7de\"");
        bar(d, d->course[i], y);
    }
    return y;
}

static bool
event_label(const struct fact *f, struct sb *label)
{
    switch (f->kind) {
    case FACT_RESPONSE: sb_add_c(label, response_code_name(f->u.response.code)); return true;
    case FACT_VARIANT:
        if (!f->u.variant.present)
            return false;
        sb_add(label, f->u.variant.gene);
        sb_add_char(label, ' ');
        sb_add(label, f->u.variant.name);
        return true;
    case FACT_PROCEDURE: sb_add(label, evidence_shown(f->u.procedure.name)); return true;
    case FACT_OBSERVATION:
    case FACT_BIOMARKER:
    case FACT_THERAPY:
    case FACT_DIAGNOSIS:
    case FACT_PERFORMANCE:
    case FACT_NEGATIVE:
    case FACT_REPORT:
    case FACT_RESTRICTION:
    case FACT_DEMOGRAPHICS:
    case FACT_LINK:
    case FACT_KIND_COUNT: break;
    }
    return false;
}

static const struct {
    enum fact_kind kind;
    const char *name;
} kinds[] = {
    {FACT_RESPONSE, "responses"}, {FACT_VARIANT, "variants"}, {FACT_PROCEDURE, "procedures"}};

static struct str
label_of(struct drawing *d, const struct fact *f)
{
    char text[DRAWING_LABEL_MAX];
    struct sb b;

    sb_init(&b, text, sizeof text);
    if (fact_day(f) == DAY_NONE || !event_label(f, &b))
        return STR_NONE;
    return clipped(d->in->arena, str_dup(d->in->arena, sb_str(&b)));
}

/* The shelf on which the label has room; the last one when there is none, without a label. */
static int
shelf_of(struct drawing *d, int x, int y, struct str label, int *left)
{
    bool late = x + 8 + (int)label.n * DRAWING_LETTER > DRAWING_WIDTH;

    *left = late ? x - 8 - (int)label.n * DRAWING_LETTER : x + 8;
    for (int i = 0; i < SHELVES_MAX; i++) {
        if (drawing_claim(d, *left, y + i * SHELF + 12, label))
            return i;
    }
    *left = -1;
    return SHELVES_MAX - 1;
}

/* Events of one kind; labels that would cover each other stand below one another. */
static int
events(struct drawing *d, size_t k, int y, bool measure)
{
    size_t n;
    const struct fact *const *f = timeline_kind(d->in->timeline, kinds[k].kind, &n);
    int used = -1;

    d->box_count = 0;
    for (size_t i = 0; i < n; i++) {
        struct str label = label_of(d, f[i]);
        int x = drawing_x(d, fact_day(f[i]));
        int left;
        int shelf;

        if (str_is_absent(label) || fact_day(f[i]) < d->first)
            continue;
        shelf = shelf_of(d, x, y, label, &left);
        used = shelf > used ? shelf : used;
        if (measure)
            continue;
        sb_addf(d->b, "<circle cx=\"%d\" cy=\"%d\" r=\"4\" fill=\"#8250df\"><title>", x,
                y + shelf * SHELF + 8);
        html_text(d->b, label);
        sb_add_c(d->b, "</title></circle>");
        if (left >= 0)
            drawing_text(d, left, y + shelf * SHELF + 12, "start", label);
    }
    if (used < 0)
        return y;
    if (!measure)
        drawing_text(d, DRAWING_LEFT - 8, y + 12, "end", str_from_c(kinds[k].name));
    return y + used * SHELF + DRAWING_ROW;
}

int
drawing_rows(struct drawing *d, int y, bool measure)
{
    y = bars(d, y, measure);
    for (size_t k = 0; k < RFD_COUNT(kinds); k++)
        y = events(d, k, y, measure);
    return y;
}

static void
table_row(struct drawing *d, day_t at, const char *what, struct str value)
{
    char day[DAY_TEXT_MAX];

    sb_add_c(d->b, "<tr>");
    html_tag(d->b, "td", day_format(at, day));
    html_tag_c(d->b, "td", what);
    html_tag(d->b, "td", value);
    sb_add_c(d->b, "<td></td></tr>\n");
}

void
drawing_rows_table(struct drawing *d)
{
    for (size_t i = 0; i < d->course_count; i++)
        table_row(d, d->course[i]->start, "therapy began", bar_name(d->in->arena, d->course[i]));
    for (size_t k = 0; k < RFD_COUNT(kinds); k++) {
        size_t n;
        const struct fact *const *f = timeline_kind(d->in->timeline, kinds[k].kind, &n);

        for (size_t i = 0; i < n; i++) {
            struct str label = label_of(d, f[i]);

            if (!str_is_absent(label))
                table_row(d, fact_day(f[i]), fact_kind_name(f[i]->kind), label);
        }
    }
}
