/*
 * What:    MatchMiner's own answers: trials compiled and patients put together as it does, every
 *          match list at whatever depth a clause of its own.
 * Owns:    nothing; lives in the arenas given. Rows and trials point into their wire trees.
 * Threads: one.
 * Errors:  compat_trial_compile() is false when a file is no map or holds a clause that cannot be
 *          read; the other clauses are kept then.
 */
#ifndef RFD_MATCH_COMPAT_H
#define RFD_MATCH_COMPAT_H

#include "match/expr.h"

struct compat_clause {
    int32_t root;
    bool suspended; /* its arm, its dose level, or all arms of its step are */
};

struct compat_trial {
    bool open; /* _summary.status[0].value says so; a bare "status" does not count */
    struct compat_clause *clause;
    size_t count;
    size_t room;
};

/* b->rows is set. */
RFD_MUSTCHECK bool
compat_trial_compile(struct expr_build *b, const struct tree *file, struct compat_trial *out);

struct compat_patient {
    struct str sample; /* SAMPLE_ID */
    bool alive;        /* VITAL_STATUS says so */
    struct match_rows rows;
};

struct compat_patients {
    struct compat_patient *item; /* one per clinical row, by sample */
    size_t count;
};

/* The maps of a file each, joined by CLINICAL_ID (else SAMPLE_ID). What is no map, or has no id, is
 * passed over with a warning. */
struct compat_files {
    const struct tree *const *clinical;
    size_t clinical_count;
    const struct tree *const *genomic;
    size_t genomic_count;
    const struct tree *const *prior;
    size_t prior_count;
};
struct compat_patients compat_join(const struct compat_files *f, struct arena *a, struct diags *d);

/* Who is asked, and for what. */
struct compat_rules {
    day_t today;
    bool closed;   /* closed trials and suspended clauses too */
    bool deceased; /* patients who are not known to live too */
};

/* The answers of one patient; NULL view: is not asked at all. */
struct expr_values compat_ask(const struct expr_table *t, const struct compat_patient *p,
                              const struct compat_rules *rules, struct arena *a);
bool compat_matches(const struct compat_trial *t, const struct compat_rules *rules,
                    const struct expr_values *v);

#endif
