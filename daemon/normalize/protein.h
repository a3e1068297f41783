/*
 * What:    one protein change in any usual spelling (p.Leu858Arg, L858R, LEU858ARG, E746_A750del) →
 *          its short form.
 * Owns:    nothing; the short form is built in the arena.
 * Threads: plain data.
 * Errors:  false for what is no protein change, and for one whose reference residue is known to be
 *          another (ESR1 Gly537Cys: residue 537 is Tyr).
 */
#ifndef RFD_NORMALIZE_PROTEIN_H
#define RFD_NORMALIZE_PROTEIN_H

#include "normalize/terms.h"

enum protein_kind {
    PROTEIN_SUBSTITUTION, /* also stop */
    PROTEIN_CODON,        /* G12, G719X: any change there */
    PROTEIN_FRAMESHIFT,
    PROTEIN_DELETION,
    PROTEIN_DUPLICATION,
    PROTEIN_INSERTION,
    PROTEIN_DELINS,
    PROTEIN_SYNONYMOUS,
    PROTEIN_KIND_COUNT,
};

struct protein {
    enum protein_kind kind;
    int32_t first; /* codon */
    int32_t last;  /* the same as first for one residue */
    struct str name;
};

/* gene may be absent: then what the table knows of the gene's residues is not used. */
RFD_MUSTCHECK bool protein_parse(struct arena *a, const struct terms *t, struct str gene,
                                 struct str text, struct protein *out);

#endif
