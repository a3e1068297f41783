/*
 * What:    directory.yaml and the settings alerts.* → whom alerts are for, and when.
 * Owns:    nothing; lives in the arena given.
 * Threads: read-only once loaded.
 * Errors:  false with diags (file:line:col), of the whole file and not the first only.
 */
#ifndef RFD_KNOWLEDGE_DIRECTORY_H
#define RFD_KNOWLEDGE_DIRECTORY_H

#include "alert/duty.h"
#include "conf/bundle.h"
#include "conf/settings.h"
#include "sys/zone.h"
#include "wire/tree.h"

RFD_MUSTCHECK bool directory_read(const struct tree *root, const struct oncotree *tree,
                                  struct arena *a, struct diags *d, struct directory *out);

/* Without a directory in the settings nobody is named, and duty->directory is NULL. */
RFD_MUSTCHECK bool
directory_load(const struct bundle *b, const struct settings *s, const struct oncotree *tree,
               struct arena *a, struct diags *d, struct duty *out);

/* The site's zone; NULL: UTC. */
RFD_MUSTCHECK bool directory_zone(const struct bundle *b, const struct settings *s, struct arena *a,
                                  struct diags *d, const struct zone **out);

#endif
