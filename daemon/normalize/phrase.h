/*
 * What:    a site's phrases in the text of a report: a sentence that a person should read first.
 *          The idea of negation words with a scope is NegEx (Chapman 2001, J Biomed Inform 34:301);
 *          here the scope is the rest of the sentence. It never makes a fact.
 * Owns:    nothing; phrases live with the terms, what is found in the arena given.
 * Threads: plain data.
 * Errors:  phrase_build() adds diags with file:line:col.
 */
#ifndef RFD_NORMALIZE_PHRASE_H
#define RFD_NORMALIZE_PHRASE_H

#include "normalize/terms.h"

enum { PHRASE_WORDS_MAX = 12, PHRASE_QUOTE_MAX = 400 };

struct terms_build;

/* The section "phrases" of a terminology file; several files add up. */
void phrase_build(struct terms_build *b, const struct tree *section);

struct phrase_hit {
    struct str phrase; /* as it stands in the list */
    struct str quote;  /* the sentence, in one line; cut where it is long */
};

/* The first phrase that the text has and does not negate. Text is UTF-8; case of ASCII and of
 * Western European letters does not count, nor does punctuation within a sentence. */
RFD_MUSTCHECK bool
phrase_find(const struct terms *t, struct arena *a, struct str text, struct phrase_hit *out);

#endif
