/* The rows below the series: therapies as bars by line, then what happened on a day. */
#include "console/drawing.h"
#include "console/html.h"
#include "console/picture.h"

enum {
    SHELVES_MAX = 4, /* rows that labels of one kind may take */
    SHELF = 16,
    NAMED_MAX = 3, /* of them are named in the picture; all are in the table */
    EVENT_LETTERS = 28,
    GROUP_MAX = 64,
};

static const char BAR_FILL[] = "#a8d1f0";
static const char BACKGROUND_FILL[] = "#d5dadf";

/* --- therapies */

struct str
drawing_course_name(struct arena *a, const struct course *c)
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

/* In its bar, else right of it, else left of it: where the whole name has room, or else the most of
 * it. The x up to which it stands. */
static int
bar_label(struct drawing *d, struct str name, int from, int to, int y)
{
    int wide = drawing_width(name) + 12;
    int right = DRAWING_WIDTH - DRAWING_RIGHT;
    bool left = false;
    int x = from + 6;
    int room;

    if (to - from < wide && right - to >= wide) {
        x = to + 6;
    } else if (to - from < wide &&
               (from - DRAWING_LEFT >= wide || from - DRAWING_LEFT > right - from)) {
        left = true;
        x = from - 6;
    }
    room = (left ? x - DRAWING_LEFT : right - x) / DRAWING_LETTER;
    name = drawing_clip(d->arena, name, (size_t)(room > 2 ? room - 1 : 1));
    drawing_text(d, x, y + 12, left ? "end" : "start", name);
    return left || x == from + 6 ? to : x + drawing_width(name) + 6;
}

static void
bar_title(struct drawing *d, const struct course *c)
{
    char day[DAY_TEXT_MAX];

    sb_add_c(d->b, "<title>");
    html_text(d->b, drawing_course_name(d->arena, c));
    sb_addf(d->b, ", %s, since %.*s", therapy_rung_name(c->rung),
            STR_FMT(day_format(c->start, day)));
    if (c->stop != DAY_NONE)
        sb_addf(d->b, ", ended %.*s", STR_FMT(day_format(c->stop, day)));
    if (!str_is_empty(c->stop_reason)) {
        sb_add_c(d->b, " (");
        html_text(d->b, c->stop_reason);
        sb_add_char(d->b, ')');
    }
    sb_add_c(d->b, "</title>");
}

/* Solid as far as evidence covers, dotted where nobody knows. */
static void
bar(struct drawing *d, const struct course *c, int y)
{
    int right = DRAWING_WIDTH - DRAWING_RIGHT;
    int from = drawing_x(d, c->start);
    int to = drawing_x(d, sure_until(c));

    to = to - from < 3 ? from + 3 : to;
    sb_add_c(d->b, "<g class=\"course\">");
    bar_title(d, c);
    sb_addf(d->b, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"16\" rx=\"2\" fill=\"%s\"/>", from,
            y, to - from, c->line == 0 ? BACKGROUND_FILL : BAR_FILL);
    d->used[MARK_BAR] = true;
    to = bar_label(d, str_is_empty(c->drug) ? STR("unknown drug") : c->drug, from, to, y);
    if (c->stop == DAY_NONE && to < right) {
        drawing_level(d, to, right, y + 8, "#005a9e\" stroke-width=\"2\" stroke-dasharray=\"2 4\"");
        d->used[MARK_OPEN_BAR] = true;
    }
    sb_add_c(d->b, "</g>\n");
}

static void
bar_head(struct drawing *d, size_t i, int y)
{
    char text[DRAWING_LABEL_MAX];
    struct sb b;
    int32_t line = d->course[i]->line;

    if (i > 0 && d->course[i - 1]->line == line)
        return;
    if (i > 0)
        drawing_level(d, 8, DRAWING_WIDTH - DRAWING_RIGHT, y - 3, "#e4e8ec\"");
    sb_init(&b, text, sizeof text);
    if (line == 0)
        sb_add_c(&b, "background");
    else
        sb_addf(&b, "line %d", (int)line);
    drawing_text(d, DRAWING_LEFT - 8, y + 12, "end", sb_str(&b));
}

static int
bars(struct drawing *d, int y, bool measure)
{
    for (size_t i = 0; i < d->course_count; i++, y += DRAWING_ROW) {
        if (measure)
            continue;
        bar_head(d, i, y);
        bar(d, d->course[i], y);
    }
    return d->course_count > 0 ? y + 4 : y;
}

/* --- events */

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
    case FACT_ROLE:
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
    if (fact_day(f) == DAY_NONE || (f->flags & FACT_TEST_MESSAGE) != 0 || !event_label(f, &b))
        return STR_NONE;
    return str_dup(d->arena, sb_str(&b));
}

/* What happened on one day: one dot stands for it. */
struct group {
    day_t day;
    struct str label[GROUP_MAX]; /* those that the alert speaks of first */
    size_t labels;
    size_t count;
    size_t meant;
};

static bool
group_has(const struct group *g, struct str label)
{
    for (size_t i = 0; i < g->labels; i++) {
        if (str_eq(g->label[i], label))
            return true;
    }
    return false;
}

static void
group_add(struct group *g, struct str label, bool meant)
{
    if (group_has(g, label))
        return;
    g->count++;
    if (g->labels == GROUP_MAX)
        return;
    g->label[g->labels++] = label;
    if (!meant)
        return;
    g->label[g->labels - 1] = g->label[g->meant];
    g->label[g->meant++] = label;
}

/* From item i on; the index behind the group. */
static size_t
group_read(struct drawing *d, const struct fact *const *f, size_t n, size_t i, struct group *g)
{
    *g = (struct group){.day = DAY_NONE};
    for (; i < n; i++) {
        struct str label = label_of(d, f[i]);
        struct fact_key key;

        if (str_is_absent(label))
            continue;
        if (g->day != DAY_NONE && fact_day(f[i]) != g->day)
            break;
        if (g->day == DAY_NONE)
            g->day = fact_day(f[i]);
        key = fact_key(f[i]);
        group_add(g, label, drawing_evidence(d->in->alert, &key) != NULL);
    }
    return i;
}

/* "EGFR T790M, EGFR C797S + 58 more" */
static struct str
group_label(struct drawing *d, const struct group *g)
{
    char text[DRAWING_LABEL_MAX];
    struct sb b;
    size_t named = g->labels < NAMED_MAX ? g->labels : NAMED_MAX;

    sb_init(&b, text, sizeof text);
    for (size_t i = 0; i < named; i++) {
        sb_add_c(&b, i > 0 ? ", " : "");
        sb_add(&b, drawing_clip(d->arena, g->label[i], EVENT_LETTERS));
    }
    if (g->count > named)
        sb_addf(&b, " + %zu more", g->count - named);
    return str_dup(d->arena, sb_str(&b));
}

static void
dot(struct drawing *d, const struct group *g, int x, int y)
{
    char day[DAY_TEXT_MAX];

    sb_addf(d->b, "<g class=\"event\" transform=\"translate(%d %d)\"><title>%.*s: ", x, y,
            STR_FMT(day_format(g->day, day)));
    for (size_t i = 0; i < g->labels; i++) {
        sb_add_c(d->b, i > 0 ? ", " : "");
        html_text(d->b, g->label[i]);
    }
    sb_addf(d->b, "</title>%s</g>\n", drawing_shape(MARK_EVENT));
    d->used[MARK_EVENT] = true;
}

/* The shelf on which the label has room; without any, -1. */
static int
shelf_of(struct drawing *d, int x, int y, struct str label, int *left)
{
    int width = drawing_width(label);

    *left = x + 8 + width > DRAWING_WIDTH ? x - 8 - width : x + 8;
    if (*left < DRAWING_LEFT)
        *left = DRAWING_LEFT;
    for (int i = 0; i < SHELVES_MAX; i++) {
        if (drawing_claim(d, *left, y + i * SHELF + 12, label))
            return i;
    }
    return -1;
}

/* Events of one kind; labels that would cover each other stand below one another. */
static int
events(struct drawing *d, size_t k, int y, bool measure)
{
    size_t n;
    const struct fact *const *f = timeline_kind(d->in->timeline, kinds[k].kind, &n);
    struct group *g = ARENA_NEW(d->arena, struct group);
    int used = -1;

    d->box_count = 0;
    for (size_t i = group_read(d, f, n, 0, g); g->day != DAY_NONE; i = group_read(d, f, n, i, g)) {
        struct str label = group_label(d, g);
        int x = drawing_x(d, g->day);
        int left;
        int shelf = shelf_of(d, x, y, label, &left);
        int row = shelf < 0 ? 0 : shelf;

        used = row > used ? row : used;
        if (measure)
            continue;
        dot(d, g, x, y + row * SHELF + 8);
        if (shelf >= 0)
            drawing_text(d, left, y + row * SHELF + 12, "start", label);
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

/* --- the same as rows of a table */

static void
table_row(struct drawing *d, day_t at, const char *what, struct str value, struct str part)
{
    char day[DAY_TEXT_MAX];

    sb_add_c(d->b, "<tr>");
    html_tag(d->b, "td", day_format(at, day));
    html_tag_c(d->b, "td", what);
    html_tag(d->b, "td", value);
    html_tag(d->b, "td", part);
    sb_add_c(d->b, "</tr>\n");
}

void
drawing_rows_table(struct drawing *d)
{
    const struct therapies *t = d->in->therapies;

    for (size_t i = 0; i < t->course_count; i++) {
        const struct course *c = &t->course[i];
        struct str name = drawing_course_name(d->arena, c);

        table_row(d, c->start, "therapy began", name, STR(""));
        if (c->stop != DAY_NONE)
            table_row(d, c->stop, "therapy ended", name, c->stop_reason);
    }
    for (size_t k = 0; k < RFD_COUNT(kinds); k++) {
        size_t n;
        const struct fact *const *f = timeline_kind(d->in->timeline, kinds[k].kind, &n);

        for (size_t i = 0; i < n; i++) {
            struct str label = label_of(d, f[i]);
            struct fact_key key = fact_key(f[i]);
            const struct alert_evidence *e = drawing_evidence(d->in->alert, &key);

            if (!str_is_absent(label))
                table_row(d, fact_day(f[i]), fact_kind_name(f[i]->kind), label,
                          e == NULL ? STR("") : e->part);
        }
    }
}
