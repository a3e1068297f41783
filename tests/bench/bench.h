/*
 * What:    what the benchmarks share: a clock, and one printed row per figure (name TAB value TAB
 *          unit).
 * Owns:    nothing.
 * Threads: one.
 * Errors:  bench_fail() ends the program: a figure that could not be taken is not printed.
 */
#ifndef RFD_TESTS_BENCH_H
#define RFD_TESTS_BENCH_H

#include "base/arena.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>

double bench_now(void); /* seconds, monotonic */
void bench_row(const char *name, double value, const char *unit);
void bench_fail(const char *what) RFD_NORETURN;

/* The files of a list (one path per line), whole, in the arena. */
struct str *bench_files(struct arena *a, const char *list, size_t *count_out);

int bench_hl7(int argc, char **argv);      /* LIST SECONDS: index and read, memchr, normalise */
int bench_ingest(int argc, char **argv);   /* FOLDER SECONDS: batches of 1 and 64, on disk */
int bench_engine(int argc, char **argv);   /* SECONDS: a step by the length of the timeline */
int bench_raw(int argc, char **argv);      /* SECONDS: a patient with 200,000 raw results */
int bench_match(int argc, char **argv);    /* LIST SECONDS: trial arms by number, two ways */
int bench_newtrial(int argc, char **argv); /* FOLDER PATIENTS: a trial opens, through the store */
int bench_mllp(int argc, char **argv);     /* PORT CONNECTIONS SECONDS TAG: through the daemon */

#endif
