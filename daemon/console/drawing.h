/*
 * What:    one picture while it is drawn: what is chosen of the timeline, the scales, and where
 * labels are already, so that none covers another.
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
    DRAWING_LEFT = 170, /* names of rows and values of axes */
    DRAWING_RIGHT = 44,
    DRAWING_TOP = 28,
    DRAWING_ROW = 22,
    DRAWING_POINTS_MAX = 400,
    DRAWING_SERIES_MAX = 4,
    DRAWING_COURSES_MAX = 14,
    DRAWING_BOXES_MAX = 64,
    DRAWING_LABEL_MAX = 64,
    DRAWING_LETTER = 7, /* width of one, generously: no font is measured here */
};

struct series {
    struct str analyte;
    struct str unit;
    const struct timeline_item *item[DRAWING_POINTS_MAX];
    size_t count;
    double low;
    double high;
    bool log;
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
    struct series series[DRAWING_SERIES_MAX];
    size_t series_count;
    const struct course *course[DRAWING_COURSES_MAX];
    size_t course_count;
    struct drawing_box box[DRAWING_BOXES_MAX];
    size_t box_count;
    day_t first;
    day_t last;
    int height;
};

int drawing_x(const struct drawing *d, day_t day);
void drawing_text(struct drawing *d, int x, int y, const char *anchor, struct str s);
/* A level line; how: its stroke, open quotation. */
void drawing_level(struct drawing *d, int from, int to, int y, const char *how);
/* Takes the place when it is free. */
RFD_MUSTCHECK bool drawing_claim(struct drawing *d, int left, int bottom, struct str s);
/* What the alert made of a fact; NULL: nothing. */
const struct alert_evidence *drawing_evidence(const struct alert *al, const struct fact_key *key);

/* --- rows (drawingrows.c) */
/* Bars of therapies, then responses, variants and procedures, from y on; the y below them. With
 * b NULL nothing is drawn: it is only measured. */
int drawing_rows(struct drawing *d, int y, bool measure);
/* The rows of the table that say the same. */
void drawing_rows_table(struct drawing *d);

#endif
