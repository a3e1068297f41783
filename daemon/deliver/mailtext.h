/*
 * What:    a mail of a route (RFC 5322): that there is something to review, and where. Nothing of
 *          the patient: no number, no name, no disease, no value, no day of his.
 * Owns:    nothing; written into the buffer given.
 * Threads: plain data.
 * Errors:  none. The same alert, version and mailbox give the same Message-ID, so that what comes
 *          twice can be known; an alert's versions are one thread.
 */
#ifndef RFD_DELIVER_MAILTEXT_H
#define RFD_DELIVER_MAILTEXT_H

#include "base/sb.h"
#include "codec/feed.h"

/* Who writes. */
struct mailtext_from {
    const char *address;
    const char *name;  /* NULL: none */
    const char *title; /* the first word of a subject */
    const char *base;  /* of links; NULL: none */
    bool demo;         /* the site's rules are for show: a digest says so; an alert does itself */
};

/* To whom and when. */
struct mailtext_to {
    const char *address;
    int64_t now_s;        /* UTC */
    struct str stands_in; /* for whom nobody has a mailbox; absent: it is for the mailbox's owner */
};

enum mailtext_what {
    MAILTEXT_NEW,       /* the mailbox has got no version yet */
    MAILTEXT_CHANGED,   /* it has */
    MAILTEXT_ESCALATED, /* nobody has answered it, or a person has passed it on */
    MAILTEXT_WITHDRAWN,
    MAILTEXT_WHAT_COUNT,
};

void mailtext_alert(struct sb *b, struct arena *a, const struct mailtext_from *from,
                    const struct mailtext_to *to, const struct alert *al, enum mailtext_what what);

/* One recipient's: how many of which class, and where they are. */
void mailtext_digest(struct sb *b, struct arena *a, const struct mailtext_from *from,
                     const struct mailtext_to *to, day_t day, const struct digest_of *of);

#endif
