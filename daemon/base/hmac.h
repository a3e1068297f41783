/*
 * What:    HMAC-SHA-256 (RFC 2104): what a receiver knows a message of ours by.
 * Owns:    nothing.
 * Threads: plain data.
 * Errors:  none.
 */
#ifndef RFD_BASE_HMAC_H
#define RFD_BASE_HMAC_H

#include "base/sha256.h"

struct sha256 hmac_sha256(struct str key, struct str text);

#endif
