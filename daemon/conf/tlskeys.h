/*
 * What:    the `tls:` part of a feed or a route: files, names, peers.
 * Owns:    texts live in the loader's arena.
 * Threads: one.
 * Errors:  diags with file:line:col.
 */
#ifndef RFD_CONF_TLSKEYS_H
#define RFD_CONF_TLSKEYS_H

#include "conf/setting.h"
#include "sys/tlsctx.h"

enum { TLSKEYS_PEERS_MAX = 64 };

/* t NULL: no TLS, *out stays all NULL. */
void tlskeys_read(const struct loader *l, const struct tree *t, struct tls_want *out);
RFD_MUSTCHECK bool tlskeys_same(const struct tls_want *a, const struct tls_want *b);
bool tlskeys_given(const struct tls_want *w);

/* Loads the files once: what is wrong with them is said at the place of the keys. The supervisor
 * and --check do that; the roles load them again for themselves. */
void
tlskeys_try(const struct tls_want *w, bool server, const struct tree_place *at, struct diags *d);

#endif
