/*
 * What:    the mailboxes in directory.yaml: `mail` of people and pools.
 * Owns:    nothing; lives in the arena given.
 * Threads: read-only once loaded.
 * Errors:  false with diags (file:line:col) for what is no mail address. What else may be wrong
 *          with the file is knowledge/directory.h's.
 */
#ifndef RFD_KNOWLEDGE_MAILBOXES_H
#define RFD_KNOWLEDGE_MAILBOXES_H

#include "alert/mailbook.h"
#include "conf/bundle.h"
#include "wire/tree.h"

RFD_MUSTCHECK bool
mailboxes_read(const struct tree *root, struct arena *a, struct diags *d, struct mailbook *out);

/* Without a directory: empty. */
RFD_MUSTCHECK bool
mailboxes_load(const struct bundle *b, struct arena *a, struct diags *d, struct mailbook *out);

#endif
