/*
 * What:    the character sets of incoming text, and UTF-8 checked byte by byte.
 * Owns:    nothing; converted text lives in the arena given.
 * Threads: plain data.
 * Errors:  none: a byte that has no meaning in the set becomes U+FFFD. NUL does so too, since the
 *          text later travels as C strings, where it would cut the rest off.
 */
#ifndef RFD_WIRE_CHARSET_H
#define RFD_WIRE_CHARSET_H

#include "base/arena.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum charset {
    CHARSET_UNSAID, /* nothing or ASCII was said: strict UTF-8 if it is that, else Windows-1252 */
    CHARSET_UTF8,
    CHARSET_OTHER,  /* said, but not one of ours: bytes > 127 become U+FFFD */
    CHARSET_LATIN1, /* ISO 8859-1, read as Windows-1252: 0x80..0x9f are never C1 controls in text */
    CHARSET_LATIN2, /* ISO 8859-2, Central European */
    CHARSET_LATIN3,
    CHARSET_LATIN4,
    CHARSET_CYRILLIC, /* ISO 8859-5 */
    CHARSET_ARABIC,
    CHARSET_GREEK,
    CHARSET_HEBREW,
    CHARSET_LATIN5, /* ISO 8859-9, Turkish */
    CHARSET_LATIN9, /* ISO 8859-15 */
    CHARSET_CP1250,
    CHARSET_CP1251,
    CHARSET_COUNT,
};

/* By the names of HL7 table 0211 ("8859/1", "UNICODE UTF-8") and the usual wrong ones. */
enum charset charset_by_name(struct str name);

/* What UNSAID and OTHER come to for these bytes: UTF8 when they are that, else LATIN1 or OTHER; the
 * rest stay. */
enum charset charset_settle(enum charset said, struct str bytes);

/* As UTF-8. Text of ASCII only comes back as it is, not copied. */
struct str charset_to_utf8(struct arena *a, enum charset cs, struct str bytes);

/* Length of the well-formed UTF-8 sequence that s begins with (1..4), or 0. s.n > 0. */
size_t charset_utf8_len(struct str s);
bool charset_utf8_valid(struct str s);

#endif
