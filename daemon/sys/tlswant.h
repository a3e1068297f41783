/*
 * What:    what a feed or a route says of TLS: who we are, whom we let in. Files and names only.
 * Owns:    nothing; texts are the settings'.
 * Threads: plain data.
 * Errors:  none.
 */
#ifndef RFD_SYS_TLSWANT_H
#define RFD_SYS_TLSWANT_H

#include <stddef.h>

/* PEM files; NULL: none. All texts outlive the context. */
struct tls_want {
    const char *cert; /* ours, then its chain; a server needs one */
    const char *key;  /* without a passphrase */
    const char *ca;   /* whom we trust. A server that has it asks every client for a
                                certificate; a client without it trusts the system's */
    const char *name; /* client: the server's name, for SNI and the check; NULL: its address */
    const char *const *peer; /* of the peers with a good certificate only these (tls_peer_ok) */
    size_t peers;            /* 0: all of them */
};

#endif
