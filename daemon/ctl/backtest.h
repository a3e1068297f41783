/*
 * What:    another set of rules over the stored facts: what every patient's past would have given
 *          under the rules in force and under those, one patient at a time.
 * Owns:    the reader's connection and the arenas of one patient; backtest_close().
 * Threads: one; the store is read only, in short transactions, so that the writer never waits.
 * Errors:  false, said on stderr.
 */
#ifndef RFD_CTL_BACKTEST_H
#define RFD_CTL_BACKTEST_H

#include "ctl/call.h"
#include "ctl/folders.h"
#include "engine/replay.h"
#include "store/store.h"

struct backtest {
    const struct call *call;
    struct terms terms;
    struct knowledge current;
    struct knowledge other; /* the same, but for the rules of --criteria */
    bool has_other;
    struct store *store;
    struct stamp now;
    day_t since; /* DAY_NONE: all */
    uint64_t *patient;
    size_t patient_count;
    struct arena arena; /* of one patient */
    struct arena scratch;
};

/* Reads --config, --criteria, --since; opens the store that the config names. */
RFD_MUSTCHECK bool backtest_open(const struct call *c, struct backtest *b);
void backtest_close(struct backtest *b);

struct backtest_patient {
    uint64_t number; /* ours: what the reports call a patient by */
    const struct fact *fact;
    size_t fact_count;
};

/* The facts of the nth patient, in b->arena, which is emptied first. False: of this number nothing
 * is evaluated (a joined one is under its survivor). */
RFD_MUSTCHECK bool backtest_load(struct backtest *b, size_t nth, struct backtest_patient *out);
/* Asks the processor for the little that nobody else wants. */
void backtest_be_nice(void);
struct replay
backtest_replay(struct backtest *b, const struct knowledge *k, const struct backtest_patient *p);

/* Every patient under both sets, and what differs, on stdout. An exit code. */
int backtest_compare(struct backtest *b);

#endif
