/*
 * What:    mail addresses and words of mail headers: what may stand there, and how the rest is
 *          written.
 * Owns:    nothing.
 * Threads: plain data.
 * Errors:  mailaddr_ok() is false for what cannot be an address of ours; the rest cannot fail.
 */
#ifndef RFD_WIRE_MAILADDR_H
#define RFD_WIRE_MAILADDR_H

#include "base/arena.h"
#include "base/sb.h"

enum { MAILADDR_MAX = 254, MAILADDR_LOCAL_MAX = 64 }; /* RFC 5321, 4.5.3.1 */

/* name@host in plain ASCII: a dot-atom on both sides (RFC 5322, 3.4.1), nothing that needs quotes,
 * brackets or SMTPUTF8, and so nothing that ends a header or an SMTP command. */
bool mailaddr_ok(struct str s);
struct str mailaddr_host(struct str s); /* behind the @ */

/* A header field's text (Subject), and a name before an address (From), behind `column` bytes of
 * its line: plain where it is plain, else as encoded words of UTF-8 (RFC 2047), folded so that no
 * line has more than 76 bytes. Line ends and other controls become blanks. */
void mailaddr_text(struct sb *b, struct arena *a, struct str s, size_t column);
void mailaddr_phrase(struct sb *b, struct arena *a, struct str s, size_t column);

#endif
