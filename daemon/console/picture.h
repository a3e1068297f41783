/*
 * What:    a patient's course as one picture: marker series with what the rules made of their
 *          values and where their thresholds lie, therapies as bars, responses and variants on the
 *          same axis. SVG, made here; a table of the same values stands below it for whoever cannot
 *          see it.
 * Owns:    nothing.
 * Threads: plain data.
 * Errors:  the builder's sticky error.
 */
#ifndef RFD_CONSOLE_PICTURE_H
#define RFD_CONSOLE_PICTURE_H

#include "base/sb.h"
#include "model/alert.h"
#include "model/course.h"

struct picture {
    struct arena *arena;
    const struct timeline *timeline;
    const struct therapies *therapies;
    const struct alert *alert; /* NULL: none; else its evidence is marked */
};

void picture_write(struct sb *b, const struct picture *in);

/* A unit of UCUM as people write it: IU/L for [IU]/L. */
struct str picture_unit(struct arena *a, struct str ucum);

#endif
