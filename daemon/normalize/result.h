/*
 * What:    results that carry one meaning per OBX: measurements, biomarkers, responses, status,
 *          single-gene tests, histology, reports.
 * Owns:    nothing.
 * Threads: plain data.
 * Errors:  by walk; an OBX that no table knows is counted in walk.unmapped.
 */
#ifndef RFD_NORMALIZE_RESULT_H
#define RFD_NORMALIZE_RESULT_H

#include "normalize/order.h"
#include "normalize/value.h"

/* All OBX of the order but those of genomic.h. */
void result_order(struct walk *w, const struct order *o);

/* The results of the genomic panel 81247-9 (panel.h), as facts. */
void genomic_order(struct walk *w, const struct order *o);

/* Adds a variant fact for each alteration that the text names; false: none understood. gene may be
 * absent. sent: p. or c. text as sent. */
struct genomic_finding {
    struct str gene;
    struct str text;
    struct str hgvs_p;
    struct str hgvs_c;
    bool present;
    bool uncertain; /* of uncertain significance: no "any mutation" of a trial is met by it */
    struct quantity vaf;
    struct quantity copies;
    enum origin origin;
    struct str group;
};
RFD_MUSTCHECK bool genomic_finding(struct walk *w, const struct order *o, size_t obx,
                                   enum fact_status status, const struct genomic_finding *g);

/* "covered and not found": one gene, or "FLT3:ITD". */
void genomic_negative(struct walk *w, const struct order *o, size_t obx, enum fact_status status,
                      const struct str *genes, size_t count);
/* The same of a single test, not of a panel: it is named by what it looked for. */
void genomic_negative_test(struct walk *w, const struct order *o, size_t obx,
                           enum fact_status status, struct str gene);

#endif
