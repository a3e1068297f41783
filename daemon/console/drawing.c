/* Places, strokes and shapes of the picture, and its axis of days. */
#include "console/drawing.h"

#include "console/html.h"

#include <math.h>

enum { TICKS_MAX = 9, MONTHS_A_YEAR = 12, WEEKS_UNTIL = 100 };

int
drawing_x(const struct drawing *d, day_t day)
{
    day_t in = day < d->first ? d->first : day > d->last ? d->last : day;

    return DRAWING_LEFT + (int)((int64_t)(in - d->first) * DRAWING_PLOT / (d->last - d->first));
}

int
drawing_y(const struct drawing *d, const struct series *s, double v)
{
    double share = s->log ? (v <= s->low ? 0.0 : log(v / s->low) / log(s->high / s->low))
                          : (v - s->low) / (s->high - s->low);

    share = share < 0.0 ? 0.0 : share > 1.0 ? 1.0 : share;
    return s->top + d->panel - (int)(share * d->panel);
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

static bool
is_letter(char c) /* the first byte of one, in UTF-8 */
{
    return ((unsigned char)c & 0xc0) != 0x80;
}

int
drawing_width(struct str s)
{
    int letters = 0;

    for (size_t i = 0; i < s.n; i++)
        letters += is_letter(s.p[i]) ? 1 : 0;
    return letters * DRAWING_LETTER;
}

struct str
drawing_clip(struct arena *a, struct str s, size_t letters)
{
    size_t seen = 0;
    size_t n = 0;

    for (; n < s.n; n++) {
        if (is_letter(s.p[n]) && seen++ == letters)
            break;
    }
    return n == s.n ? s : str_cat(a, str_sub(s, 0, n), STR("…"));
}

bool
drawing_claim(struct drawing *d, int left, int bottom, struct str s)
{
    int right = left + drawing_width(s);

    if (right > DRAWING_WIDTH || d->box_count == DRAWING_BOXES_MAX)
        return false;
    for (size_t i = 0; i < d->box_count; i++) {
        const struct drawing_box *b = &d->box[i];

        if (left < b->right && b->left < right && bottom - DRAWING_BOX_HEIGHT < b->bottom &&
            b->bottom - DRAWING_BOX_HEIGHT < bottom)
            return false;
    }
    d->box[d->box_count++] = (struct drawing_box){left, right, bottom};
    return true;
}

/* Colours of Okabe and Ito, darkened for contrast on white; the shape alone tells each mark. */
const char *
drawing_shape(enum drawing_mark m)
{
    switch (m) {
    case MARK_BASELINE: return "<path d=\"M-6 -6h12v12h-12z\" fill=\"#00664b\"/>";
    case MARK_NADIR: return "<path d=\"M0 7l7 -12h-14z\" fill=\"#005a9e\"/>";
    case MARK_CANDIDATE: return "<path d=\"M0 -8l8 8l-8 8l-8 -8z\" fill=\"#a33c00\"/>";
    case MARK_CONFIRMATION:
        return "<circle r=\"7\" fill=\"#fff\" stroke=\"#a33c00\" stroke-width=\"3\"/>"
               "<circle r=\"2.5\" fill=\"#a33c00\"/>";
    case MARK_CONTEXT:
        return "<path d=\"M-5 -5h10v10h-10z\" fill=\"#fff\" stroke=\"#424a53\" "
               "stroke-width=\"2\"/>";
    case MARK_CENSORED:
        return "<path d=\"M0 5l5 -9h-10z\" fill=\"#fff\" stroke=\"#424a53\" stroke-width=\"1.5\"/>";
    case MARK_THRESHOLD:
        return "<path d=\"M-10 -6h20v12h-20z\" fill=\"#fbe6d8\"/><path d=\"M-10 6h20\" "
               "stroke=\"#a33c00\" stroke-width=\"2\" stroke-dasharray=\"6 3\"/>";
    case MARK_BAR: return "<path d=\"M-10 -6h20v12h-20z\" fill=\"#a8d1f0\"/>";
    case MARK_OPEN_BAR:
        return "<path d=\"M-10 0h20\" stroke=\"#005a9e\" stroke-width=\"2\" "
               "stroke-dasharray=\"2 4\"/>";
    case MARK_EVENT: return "<circle r=\"4\" fill=\"#6639a6\"/>";
    case MARK_COUNT: break;
    }
    return "";
}

/* --- the axis: full months or years, else weeks */

static day_t
month_first(day_t day, int step)
{
    int y;
    int m;
    int of_month;
    day_t out = day;

    day_to_ymd(day, &y, &m, &of_month);
    m = step >= MONTHS_A_YEAR ? 1 : m - (m - 1) % step;
    if (step > MONTHS_A_YEAR)
        y -= y % (step / MONTHS_A_YEAR);
    return day_from_ymd(y, m, 1, &out) ? out : day;
}

static int
months_step(day_t span)
{
    static const int steps[] = {1, 2, 3, 6, 12, 24, 60, 120, 240};
    size_t i = 0;

    while (i + 1 < RFD_COUNT(steps) && span / (30 * steps[i]) > TICKS_MAX)
        i++;
    return steps[i];
}

static void
tick(struct drawing *d, day_t at, int bottom, size_t letters)
{
    char day[DAY_TEXT_MAX];
    struct str text = str_sub(day_format(at, day), 0, letters);
    int x = drawing_x(d, at);
    int half = drawing_width(text) / 2;

    sb_addf(d->b,
            "<line x1=\"%d\" x2=\"%d\" y1=\"%d\" y2=\"%d\" stroke=\"#e4e8ec\" "
            "stroke-width=\"1\"/>",
            x, x, DRAWING_TOP, bottom);
    if (x - half >= DRAWING_LEFT - 40 && x + half <= DRAWING_WIDTH)
        drawing_text(d, x, bottom + 16, "middle", text);
}

void
drawing_axis(struct drawing *d, int bottom)
{
    enum { YEAR_LETTERS = 4, MONTH_LETTERS = 7, DAY_LETTERS = 10, WEEK = 7 };
    day_t span = d->last - d->first;
    int step = months_step(span);

    sb_add_c(d->b, "<g class=\"axis\">");
    if (span < WEEKS_UNTIL) {
        day_t apart = WEEK * (span / (WEEK * TICKS_MAX) + 1);

        for (day_t at = d->first; at <= d->last; at += apart)
            tick(d, at, bottom, DAY_LETTERS);
    } else {
        for (day_t at = month_first(d->first, step); at <= d->last; at = day_add_months(at, step)) {
            if (at >= d->first)
                tick(d, at, bottom, step >= MONTHS_A_YEAR ? YEAR_LETTERS : MONTH_LETTERS);
        }
    }
    sb_add_c(d->b, "</g>\n");
}
