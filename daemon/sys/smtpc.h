/*
 * What:    mail to one mailbox by a server of the site (SMTP submission), by libcurl in our loop.
 * Owns:    mails under way, until their answer or smtpc_free(&c).
 * Threads: one, the loop's.
 * Errors:  smtpc_done says what became of it. Certificates are always checked; where TLS is asked
 *          for nothing is said before it, no password above all.
 */
#ifndef RFD_SYS_SMTPC_H
#define RFD_SYS_SMTPC_H

#include "base/str.h"
#include "sys/loop.h"
#include "sys/tlswant.h"

struct smtpc;

/* Texts are copied. */
struct smtpc_mail {
    const char *url; /* smtp://HOST:PORT, smtps://HOST:PORT */
    bool starttls;   /* smtp: nothing but STARTTLS before it */
    struct tls_want tls;
    const char *user; /* NULL: no login */
    const char *password;
    const char *helo; /* what we call ourselves */
    const char *from; /* of the envelope: addresses without brackets */
    const char *to;
    struct str text; /* header and body, lines ended by CR LF; dots are stuffed on the way */
    int64_t timeout_ms;
};

enum smtpc_end {
    SMTPC_ACCEPTED,     /* 250 behind the text: the server answers for it now */
    SMTPC_AWAY,         /* not reached, no TLS, cut off, late, garbage */
    SMTPC_UNSURE,       /* the same when the text was under way: it may have arrived */
    SMTPC_LOGIN,        /* the server does not take our name and password, or wants one */
    SMTPC_BUSY,         /* 4xx */
    SMTPC_SENDER,       /* 5xx, before the mailbox was named: it takes nothing from us */
    SMTPC_MAILBOX_BUSY, /* 4xx to this mailbox */
    SMTPC_MAILBOX,      /* 5xx to this mailbox */
    SMTPC_TEXT,         /* 5xx to the text */
    SMTPC_END_COUNT,
};

/* Called once for each mail, from the loop, never from smtpc_send() itself. code: the server's last
 * one, 0: none. */
typedef void smtpc_done(void *arg, enum smtpc_end end, int code);

struct smtpc *smtpc_new(struct loop *l);
void smtpc_free(struct smtpc **c); /* mails under way are dropped, their callbacks not called */
void smtpc_send(struct smtpc *c, const struct smtpc_mail *mail, smtpc_done *done, void *arg);

#endif
