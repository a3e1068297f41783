/*
 * What:    values, units and reference ranges of OBX segments → exact quantities.
 * Owns:    nothing.
 * Threads: plain data.
 * Errors:  what is no plain number stays text; what has no known unit is flagged: never a guess.
 */
#ifndef RFD_NORMALIZE_VALUE_H
#define RFD_NORMALIZE_VALUE_H

#include "normalize/walk.h"

/* "<0.1", ">= 5", "0.15 ng/mL", "≤3". rest: what follows the number, trimmed; may be empty. */
RFD_MUSTCHECK bool value_parse(struct arena *a, struct str text, bool decimal_comma,
                               struct quantity *out, struct str *rest);

/* "0.0-4.0", "<4.0", ">25", "70_105", "(1,5 - 3)": what was said of either end. */
void value_range(struct arena *a, struct str text, bool decimal_comma, struct quantity *low,
                 struct quantity *high, struct str *unit);

/* OBX-5 (first repetition) by its type OBX-2. text: as sent. inline_unit: behind the number. */
struct value {
    struct quantity quantity;
    struct str text;
    struct str inline_unit;
    struct walk_coded coded; /* CE, CWE … */
    bool is_coded;
};
struct value value_read(struct walk *w, size_t obx, int rep);

/* Sets unit, unit_reported and flags of an observation of that analyte. mc may be NULL. */
void value_unit(struct walk *w, size_t obx, const struct term_analyte *an,
                const struct map_code *mc, struct str inline_unit, struct fact *f);

/* What stands behind a number: a mark such as H or *, or a unit of the analyte. */
bool value_is_mark(struct str text);
bool value_is_unit(struct walk *w, const struct term_analyte *an, struct str text);

#endif
