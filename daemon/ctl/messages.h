/*
 * What:    files of messages, cut into messages: HL7 v2 (one or many, with or without MLLP frames
 *          and batch wrappers, any line ends) or a refract.v1.ResultMessage, packed or as JSON.
 * Owns:    texts live in the call's arena.
 * Threads: one.
 * Errors:  messages_read() is false for a file that cannot be read, or JSON that is no such
 *          message, said on stderr. Else content is never refused here: what is no message comes
 *          out as one that its reader will quarantine.
 */
#ifndef RFD_CTL_MESSAGES_H
#define RFD_CTL_MESSAGES_H

#include "ctl/call.h"

struct message_text {
    const char *path;
    size_t nth; /* in its file, from 1 */
    bool native;
    struct str bytes;
};

struct messages {
    struct message_text *item;
    size_t count;
    size_t room;
};

/* All files of the call's arguments, in order. */
RFD_MUSTCHECK bool messages_read(const struct call *c, struct messages *out);

#endif
