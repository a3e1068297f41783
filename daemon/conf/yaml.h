/*
 * What:    YAML (and JSON, which is a subset) bytes to a wire tree, by libyaml's event parser.
 * Owns:    the tree lives in the arena given, its texts too; bytes may go when the call returns.
 * Threads: any.
 * Errors:  false and diags with file:line:col. Refused: anchors, aliases, merge keys, tags, a key
 *          twice, a key that is no scalar, NUL characters, other encodings than UTF-8, and more
 *          than LIMIT_CONFIG_FILE_BYTES, LIMIT_YAML_DEPTH or LIMIT_YAML_NODES. A full arena jumps
 *          to the caller's trap, with libyaml's memory freed.
 */
#ifndef RFD_CONF_YAML_H
#define RFD_CONF_YAML_H

#include "base/arena.h"
#include "base/diag.h"
#include "wire/tree.h"

/* One document; an empty file is an error. file must outlive the tree. */
RFD_MUSTCHECK bool
yaml_read(struct str bytes, const char *file, struct arena *a, struct diags *d, struct tree **out);

/* Any number of documents, as a list of them (with "---", or none at all). */
RFD_MUSTCHECK bool yaml_read_all(struct str bytes, const char *file, struct arena *a,
                                 struct diags *d, struct tree **out);

#endif
