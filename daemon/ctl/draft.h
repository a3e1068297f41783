/*
 * What:    what the imports share: YAML texts, what could not be mapped, where the drafts go.
 * Owns:    everything lives in the call's arena.
 * Threads: one.
 * Errors:  draft_write() is false with a line on stderr.
 */
#ifndef RFD_CTL_DRAFT_H
#define RFD_CTL_DRAFT_H

#include "base/sb.h"
#include "ctl/call.h"

/* A double-quoted YAML scalar; control characters become blanks. */
void draft_quoted(struct sb *b, struct str text);

/* Names with how often each was met. */
struct tally {
    struct tally_row {
        struct str name;
        size_t count;
    } * row;
    size_t count;
    size_t room;
};

void tally_add(struct arena *a, struct tally *t, struct str name);
/* On stderr: "title: 12", then each name with its count, the most frequent first. */
void tally_print(struct arena *a, const char *title, struct tally *t);

/* To FILE, or to stdout when path is NULL. */
RFD_MUSTCHECK bool draft_write(const char *path, struct str text);

#endif
