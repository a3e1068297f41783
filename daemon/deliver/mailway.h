/*
 * What:    alerts and daily digests as mails, one to each mailbox, by the site's mail server
 *          (SMTP). Nothing of the patient: deliver/mailtext.h.
 * Owns:    the password, until mailway_free(&w), after its route.
 * Threads: the out role.
 * Errors:  250 confirms. No connection, no TLS, no login, 4xx: away. 5xx to a mailbox, or 4xx to
 *          it MAILWAY_BUSY_MAX times: the mail goes to the route's own address in its stead. 5xx to
 *          that one or to the text: refused.
 *
 * An alert goes to those whom this version interrupts (alert_recipient.how "now"), a retraction to
 * those who got any version. Who has no mailbox is counted, and the route's address gets his mail.
 */
#ifndef RFD_DELIVER_MAILWAY_H
#define RFD_DELIVER_MAILWAY_H

#include "alert/mailbook.h"
#include "deliver/mailtext.h"
#include "deliver/outroute.h"
#include "sys/smtpc.h"

enum { MAILWAY_BUSY_MAX = 10 }; /* about nine minutes: longer than greylisting asks for */

struct mailway;

extern const struct outroute_way mailway_how;
extern const struct outroute_way mailway_without_digest;

struct mailway_config {
    const char *url;
    bool starttls;
    struct tls_want tls;
    const char *login;  /* NULL: none */
    const char *secret; /* file */
    const char *to;     /* for whoever has no mailbox */
    struct mailtext_from from;
    struct mailbook book;
    int64_t timeout_ms;
};

/* cfg outlives it. A password that cannot be read is fatal: the supervisor has tried. */
struct mailway *
mailway_new(struct smtpc *smtp, struct outroute *route, const struct mailway_config *cfg);
void mailway_free(struct mailway **w);

#endif
