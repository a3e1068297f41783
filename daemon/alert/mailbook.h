/*
 * What:    which of those in the site's directory have a mailbox.
 * Owns:    nothing; read from the directory's file by knowledge/mailboxes.h.
 * Threads: read-only once made.
 * Errors:  none: whoever has none is not found.
 */
#ifndef RFD_ALERT_MAILBOOK_H
#define RFD_ALERT_MAILBOOK_H

#include "base/str.h"

struct mailbook_entry {
    struct str id;       /* name in the directory */
    const char *address; /* wire/mailaddr.h */
};

struct mailbook {
    const struct mailbook_entry *entry;
    size_t count;
};

const char *mailbook_find(const struct mailbook *b, struct str id); /* NULL: none */

#endif
