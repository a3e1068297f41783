/*
 * What:    what the bytes above 127 mean in single-byte character sets.
 * Owns:    nothing.
 * Threads: constants.
 * Errors:  none: 0 is a byte without meaning in that set.
 */
#ifndef RFD_WIRE_CHARSET_TABLES_H
#define RFD_WIRE_CHARSET_TABLES_H

#include <stdint.h>

enum { CHARSET_HIGH = 128 };

enum charset_table {
    CHARSET_TABLE_8859_2,
    CHARSET_TABLE_8859_3,
    CHARSET_TABLE_8859_4,
    CHARSET_TABLE_8859_5,
    CHARSET_TABLE_8859_6,
    CHARSET_TABLE_8859_7,
    CHARSET_TABLE_8859_8,
    CHARSET_TABLE_8859_9,
    CHARSET_TABLE_8859_15,
    CHARSET_TABLE_CP1250,
    CHARSET_TABLE_CP1251,
    CHARSET_TABLE_CP1252,
    CHARSET_TABLE_COUNT,
};

/* Unicode code points of 0x80..0xff. */
extern const uint16_t charset_high[CHARSET_TABLE_COUNT][CHARSET_HIGH];

#endif
