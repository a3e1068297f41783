/*
 * What:    Base64 (RFC 4648 section 4): documents in messages, and bytes in lines of text.
 * Owns:    nothing; results live in the arena given.
 * Threads: plain data.
 * Errors:  base64_decode() is false for what is no Base64, and gives back its memory then.
 */
#ifndef RFD_BASE_BASE64_H
#define RFD_BASE_BASE64_H

#include "base/arena.h"
#include "base/str.h"

/* Blanks and line breaks are passed over; the "=" at the end may be missing (senders cut it). */
RFD_MUSTCHECK bool base64_decode(struct arena *a, struct str text, struct str *out);

struct str base64_encode(struct arena *a, struct str bytes);

#endif
