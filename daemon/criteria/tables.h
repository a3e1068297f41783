/*
 * What:    the primitives of the rule language, a table in each file.
 * Owns:    constants.
 * Threads: read-only.
 * Errors:  none.
 */
#ifndef RFD_CRITERIA_TABLES_H
#define RFD_CRITERIA_TABLES_H

#include "criteria/scope.h"

const struct primitive *values_primitives(size_t *count_out);
const struct primitive *trend_primitives(size_t *count_out);
const struct primitive *times_primitives(size_t *count_out);
const struct primitive *coded_primitives(size_t *count_out);
const struct primitive *variants_primitives(size_t *count_out);
const struct primitive *kinetics_primitives(size_t *count_out);
const struct primitive *latest_primitives(size_t *count_out);
const struct primitive *falls_primitives(size_t *count_out);
const struct primitive *lines_primitives(size_t *count_out);

#endif
