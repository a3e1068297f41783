/*
 * What:    the page through which the supervisor learns which message a role died on, and tells the
 *          restarted role to leave that message alone (DESIGN.md section 3: "found there after two
 *          deaths, it is quarantined unparsed").
 * Owns:    poison_new() makes page and descriptor (supervisor), poison_map() maps an inherited one;
 *          poison_unmap(&p). One page per role.
 * Threads: the role writes while it lives, the supervisor only while it is dead.
 * Errors:  a page that cannot be made or mapped is fatal.
 */
#ifndef RFD_SYS_SHAREDPAGE_H
#define RFD_SYS_SHAREDPAGE_H

#include "base/sha256.h"

#include <stdbool.h>

struct poison_page;

/* How the role died. A crash is the message's doing: two list it. A SIGKILL from outside or a fault
 * of the machine may be chance: it takes four in a row. */
enum poison_death {
    POISON_CRASHED,
    POISON_KILLED,
    POISON_DEATH_COUNT,
};

struct poison_page *poison_new(int *fd_out);
struct poison_page *poison_map(int fd);
void poison_unmap(struct poison_page **p);

/* The role: around every message, with the SHA-256 of its bytes. A message that came through once
 * is cleared of what it was suspected of. page may be NULL (offline): nothing is done, nothing
 * listed. */
void poison_begin(struct poison_page *p, const struct sha256 *sha);
void poison_end(struct poison_page *p);
RFD_MUSTCHECK bool poison_is_listed(const struct poison_page *p, const struct sha256 *sha);

/* The supervisor, after each death of the role. True: a message was newly listed (*sha_out). */
RFD_MUSTCHECK bool
poison_after_death(struct poison_page *p, enum poison_death how, struct sha256 *sha_out);

#endif
