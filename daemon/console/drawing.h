/*
 * What:    one picture while it is drawn: what is chosen of the timeline, the scales, and where
 *          labels are already, so that none covers another.
 * Owns:    nothing; lives in the page's arena.
 * Threads: plain data.
 * Errors:  the builder's sticky error.
 */
#ifndef RFD_CONSOLE_DRAWING_H
#define RFD_CONSOLE_DRAWING_H

#include "base/sb.h"
#include "model/alert.h"
#include "model/course.h"

struct picture;

enum {
    DRAWING_WIDTH = 960,
    DRAWING_LEFT = 92,  /* names of rows and values of axes */
    DRAWING_RIGHT = 20, /* room for a mark on the last day */
    DRAWING_PLOT = DRAWING_WIDTH - DRAWING_LEFT - DRAWING_RIGHT,
    DRAWING_TOP = 30,
    DRAWING_ROW = 22,
    DRAWING_POINTS_MAX = 400,
    DRAWING_SERIES_MAX = 4,
    DRAWING_COURSES_MAX = 16,
    DRAWING_LINES_MAX = 4,
    DRAWING_BOXES_MAX = 96,
    DRAWING_LABEL_MAX = 200,
    DRAWING_LETTER = 8, /* width of one, generously: no font is measured here */
    DRAWING_BOX_HEIGHT = 13,
};

/* What a rule made of a value; one mark for each. */
enum drawing_mark {
    MARK_BASELINE,
    MARK_NADIR,
    MARK_CANDIDATE,
    MARK_CONFIRMATION,
    MARK_CONTEXT, /* an earlier value or another marker that the rule looked at */
    MARK_CENSORED,
    MARK_THRESHOLD,
    MARK_BAR,
    MARK_OPEN_BAR,
    MARK_EVENT,
    MARK_COUNT,
};

struct series_point {
    const struct timeline_item *item;
    day_t day;
    double value;    /* in the series' unit */
    struct str text; /* "<0.01", in that unit */
    bool limit;      /* what was reported is a limit: "<0.01", ">1000" */
    bool early;      /* preliminary: no rule reads it */
};

/* A threshold of the alert in this series. */
struct series_line {
    const struct threshold *threshold;
    struct str rule; /* whose */
    double value;
};

struct series {
    struct str analyte;
    struct str matrix; /* the fluid; absent: blood, or not said */
    struct str unit;   /* UCUM */
    struct series_point *point;
    size_t count;
    size_t older;  /* points that are not drawn: more than there is room for */
    size_t unread; /* values in a unit that cannot be converted */
    size_t converted;
    struct series_line line[DRAWING_LINES_MAX];
    size_t line_count;
    double low;
    double high;
    bool log;
    int top; /* of its panel */
};

/* Where a text stands. */
struct drawing_box {
    int left;
    int right;
    int bottom;
};

struct drawing {
    struct sb *b;
    const struct picture *in;
    struct arena *arena;
    struct series series[DRAWING_SERIES_MAX];
    size_t series_count;
    const struct course *course[DRAWING_COURSES_MAX];
    size_t course_count;
    size_t courses_older;
    struct drawing_box box[DRAWING_BOXES_MAX];
    size_t box_count;
    day_t first;
    day_t last;
    int panel; /* height of one */
    int height;
    bool used[MARK_COUNT]; /* what the legend has to explain */
};

/* --- what is chosen (drawingpick.c) */
/* Series, courses, span and scales. */
void drawing_pick(struct drawing *d);
/* What the alert made of a fact; NULL: nothing. */
const struct alert_evidence *drawing_evidence(const struct alert *al, const struct fact_key *key);
/* "CA-125 in ascites" */
struct str drawing_series_name(struct arena *a, const struct series *s);

/* --- strokes (drawing.c) */
int drawing_x(const struct drawing *d, day_t day);
int drawing_y(const struct drawing *d, const struct series *s, double v);
void drawing_text(struct drawing *d, int x, int y, const char *anchor, struct str s);
/* A level line; how: its stroke, open quotation. */
void drawing_level(struct drawing *d, int from, int to, int y, const char *how);
/* Takes the place when it is free. */
RFD_MUSTCHECK bool drawing_claim(struct drawing *d, int left, int bottom, struct str s);
/* How wide a text stands. */
int drawing_width(struct str s);
/* At most letters of it, cut between letters. */
struct str drawing_clip(struct arena *a, struct str s, size_t letters);
/* The mark's shape around 0 0. */
const char *drawing_shape(enum drawing_mark m);
/* Days below the whole, with a line up to the top for each. */
void drawing_axis(struct drawing *d, int bottom);

/* --- one marker's course (drawingpanel.c) */
void drawing_panel(struct drawing *d, struct series *s);

/* --- rows (drawingrows.c) */
/* Bars of therapies, then responses, variants and procedures, from y on; the y below them. Measured
 * only: nothing is drawn. */
int drawing_rows(struct drawing *d, int y, bool measure);
/* The rows of the table that say the same. */
void drawing_rows_table(struct drawing *d);
/* "line 1: enzalutamide" */
struct str drawing_course_name(struct arena *a, const struct course *c);

#endif
