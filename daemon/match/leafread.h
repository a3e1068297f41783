/*
 * What:    reads one leaf of an eligibility tree: CTML's clinical and genomic keys, and ours.
 * Owns:    nothing; leaves are interned in the table.
 * Threads: at load.
 * Errors:  a malformed value or, when strict, a name that is not known: diag and EXPR_NONE.
 *          Lenient: a warning, and a leaf that stays unknown.
 */
#ifndef RFD_MATCH_LEAFREAD_H
#define RFD_MATCH_LEAFREAD_H

#include "match/expr.h"

/* key: clinical, genomic, prior_therapy … with its value. */
int32_t
leafread(struct expr_build *b, const struct tree *key, const struct tree *value, bool negate);
/* A genomic map, {hugo_symbol: …}. */
int32_t leafread_genomic(struct expr_build *b, const struct tree *t, bool negate);
/* The same keys, or {gene: …}: is a test known that covers it? */
int32_t leafread_tested(struct expr_build *b, const struct tree *t, bool negate);
/* The same keys: found in more than plasma. */
int32_t leafread_confirmed(struct expr_build *b, const struct tree *t, bool negate);
/* A map of clinical keys, each with its own sign. */
int32_t leafread_clinical(struct expr_build *b, const struct tree *t, bool negate);

/* Shared by the readers. */
bool
leafread_sign(struct str *s); /* takes a leading '!' and white space off; true: there was one */
int32_t leafread_unresolved(struct expr_build *b, const struct tree *at, struct str name,
                            enum leaf_role role);
RFD_MUSTCHECK bool leafread_bound(struct str s, struct leaf_limit *out); /* ">=18" */
/* MSI-H, MMR-Deficient, MSS …: *deficient_out. False: another word. */
RFD_MUSTCHECK bool leafread_repair(struct str value, bool *deficient_out);

#endif
