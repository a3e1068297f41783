/*
 * What:    what a leaf asks about and what a fact speaks of, as words: "g:EGFR", "b:her2",
 *          "l:creatinine", "t:egfr_tki", "d:", "age", "sex". A fact can change a leaf's answer only
 *          if they share a word.
 * Owns:    nothing; words live in the arena of the list.
 * Threads: plain data.
 * Errors:  none.
 */
#ifndef RFD_MATCH_SUBJECT_H
#define RFD_MATCH_SUBJECT_H

#include "match/leaf.h"

struct subjects {
    struct arena *arena;
    struct str *word; /* sorted, each once, after subjects_end() */
    size_t count;
    size_t room;
};

void subjects_add(struct subjects *s, const char *kind, struct str name); /* name absent: none */
void subjects_end(struct subjects *s);

void subjects_of_leaf(struct subjects *s, const struct leaf *l);
/* now: the case that it belongs to, or did: a plasma result speaks for the tests of that day. */
void subjects_of_fact(struct subjects *s, const struct fact *f, const struct match_case *now);
/* What the case itself says otherwise: disease, birth, sex, courses, what progressed. */
void
subjects_of_change(struct subjects *s, const struct match_case *was, const struct match_case *now);

#endif
