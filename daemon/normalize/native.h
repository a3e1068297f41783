/*
 * What:    facts as a native publisher states them → the same in our terms: analyte by code, unit
 *          in
 *          UCUM, drug classes, OncoTree code, variant names.
 * Owns:    nothing; the facts returned live in the arena.
 * Threads: plain data.
 * Errors:  none: what is not understood is flagged on the fact and kept as stated.
 */
#ifndef RFD_NORMALIZE_NATIVE_H
#define RFD_NORMALIZE_NATIVE_H

#include "model/message.h"
#include "normalize/map.h"

/* Fills what is absent and checks what is there; never overrules a name of ours that is known.
 * sent: status time of facts that have none of their own. */
const struct fact *normalize_native(const struct fact *facts, size_t count, const struct map *map,
                                    const struct terms *terms, struct stamp sent, struct arena *a);

/* The same facts, with size, hash and media of each report as its document has them: a publisher
 * cannot say that one was read, nor what is in it. documents: those that belong to a report, with
 * what of the site's phrases is in them. */
struct native_documents {
    const struct document *document;
    size_t count;
};
const struct fact *
normalize_native_reports(const struct fact *facts, size_t count, struct native_documents *documents,
                         const struct terms *terms, struct arena *a);

#endif
