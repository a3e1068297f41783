/*
 * What:    a bundle of files → compiled terminologies, knowledge and maps: what the roles and
 *          refractctl work with. The room `knowledge` is the one place that reads bundles for both;
 *          it may include conf and the pure rooms, and only role and ctl may include it.
 * Owns:    nothing; everything lives in the arena given. The bundle's origins (file names in diags
 *          and places) must outlive the set, its bytes need not.
 * Threads: read-only once loaded.
 * Errors:  knowledge_load() is false with diags, of all files and not the first only. *out is then
 *          not written. Files that are no YAML or JSON (tables beside the rules) are passed over.
 */
#ifndef RFD_KNOWLEDGE_LOAD_H
#define RFD_KNOWLEDGE_LOAD_H

#include "alert/duty.h"
#include "conf/bundle.h"
#include "conf/settings.h"
#include "engine/knowledge.h"
#include "normalize/map.h"
#include "normalize/terms.h"
#include "sys/zone.h"

struct knowledge_map {
    struct str name; /* as a feed names it: the path within the maps folder */
    struct map map;
};

struct knowledge_set {
    struct terms terms;
    struct knowledge knowledge;
    struct duty duty;                /* whom alerts are for, and when: no part of the knowledge */
    const struct zone *zone;         /* the site's; NULL: UTC */
    const struct knowledge_map *map; /* in order of name */
    size_t map_count;
};

RFD_MUSTCHECK bool knowledge_load(const struct bundle *b, const struct settings *s, struct arena *a,
                                  struct diags *d, struct knowledge_set **out);

/* The map of that name, or NULL when there is none. */
const struct map *knowledge_map(const struct knowledge_set *set, const char *name);

/* --- the parts, for refractctl's checks of a folder or of a file */

/* terminology/ but for the table of cross-resistance. */
RFD_MUSTCHECK bool
knowledge_terms(const struct bundle *b, struct arena *a, struct diags *d, struct terms *out);
/* criteria/ alone. */
RFD_MUSTCHECK bool knowledge_rules(const struct bundle *b, const struct terms *terms,
                                   struct arena *a, struct diags *d, struct ruleset *out);
/* The trials of a prefix; what could be read is in *out whatever the answer. */
RFD_MUSTCHECK bool
knowledge_trials(const struct bundle *b, const char *prefix, const struct terms *terms,
                 struct arena *a, struct diags *d, struct trial_set *out);
/* All but the maps; terms must outlive *out. */
RFD_MUSTCHECK bool
knowledge_compile_bundle(const struct bundle *b, const struct terms *terms, bool demo,
                         struct arena *a, struct diags *d, struct knowledge *out);
/* One map file, with the tables of codes that it names, from maps/ of the same bundle. */
RFD_MUSTCHECK bool
knowledge_read_map(const struct bundle *b, const struct bundle_file *f, const struct terms *terms,
                   struct arena *a, struct diags *d, struct map *out);

#endif
