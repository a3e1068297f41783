/*
 * What:    MLLP framing: VT payload FS CR, cut anywhere, with the deviations that senders show.
 * Owns:    nothing; the buffer is the owner's, who wipes and frees it (it holds patient data).
 * Threads: one decoder per connection, one thread.
 * Errors:  a byte stream cannot be wrong enough to fail; each deviation is counted with its offset
 *          in the stream, never with content. A payload over the limit is a frame of its own kind.
 */
#ifndef RFD_WIRE_MLLP_H
#define RFD_WIRE_MLLP_H

#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MLLP_VT = 0x0b, MLLP_FS = 0x1c, MLLP_CR = 0x0d, MLLP_HEAD_SIZE = 1, MLLP_TAIL_SIZE = 2 };

/* What goes before and after a payload; write head, payload and tail in one call (writev). */
extern const uint8_t mllp_frame_head[MLLP_HEAD_SIZE];
extern const uint8_t mllp_frame_tail[MLLP_TAIL_SIZE];

enum mllp_state {
    MLLP_WAIT_VT, /* between frames */
    MLLP_BODY,    /* in a payload */
    MLLP_WAIT_CR, /* an FS was seen, its next byte not yet */
    MLLP_STATE_COUNT,
};

enum mllp_deviation {
    MLLP_DEV_JUNK,          /* a run of bytes outside of frames */
    MLLP_DEV_BARE_MSH,      /* such a run begins with "MSH": a sender without MLLP */
    MLLP_DEV_FS_WITHOUT_CR, /* the frame ended with FS and VT, LF, another control byte, or silence
                             */
    MLLP_DEV_FS_IN_PAYLOAD, /* FS and then text: the FS is taken as part of the payload */
    MLLP_DEV_RESTART,       /* VT in a payload: the sender began anew, the first part is dropped */
    MLLP_DEV_EMPTY,         /* a frame without payload */
    MLLP_DEV_TOO_LARGE,     /* a payload over the limit */
    MLLP_DEV_CUT,           /* the stream ended inside a frame */
    MLLP_DEV_COUNT,
};

struct mllp_counter {
    uint64_t count;
    uint64_t last_at; /* offset in the stream, from 0, where the last one was seen */
};

enum mllp_kind {
    MLLP_FRAME,
    MLLP_TOO_LARGE, /* payload is the beginning only: enough to answer by its MSH */
    MLLP_KIND_COUNT,
};

struct mllp_frame {
    enum mllp_kind kind;
    struct str payload;    /* in the decoder's buffer, valid until the callback returns */
    uint64_t at;           /* offset of its VT in the stream */
    uint64_t payload_size; /* as sent; more than payload.n when TOO_LARGE */
};

/* Returns false to pause: mllp_feed() then returns at once, the rest is the caller's to keep. */
typedef bool mllp_on_frame(void *arg, const struct mllp_frame *frame);

struct mllp_dec;

/* Called when buf is too small for need bytes (<= limit). The owner gives a larger one with the
 * first d->n bytes copied, by mllp_buf_set(), and returns true; false: the frame is TOO_LARGE. */
typedef bool mllp_grow(struct mllp_dec *d, size_t need);

struct mllp_dec {
    uint8_t *buf;
    size_t size;
    size_t n; /* payload bytes held */
    size_t limit;
    mllp_grow *grow; /* NULL: buf is all there is */
    void *owner;     /* for grow */
    /* A run outside of frames that begins with "MSH" is a frame: it ends with FS, VT or silence.
     * For senders without MLLP, by setting only: silence may cut. */
    bool bare_ok;
    bool bare; /* this payload began without a VT */
    enum mllp_state state;
    bool over;           /* this payload is past the limit: count, keep nothing more */
    bool lf_ok;          /* a frame has just ended: an LF belongs to it */
    uint8_t msh_n;       /* how much of "MSH" the junk run began with; 4: no longer looked at */
    uint64_t at;         /* stream offset of the next byte */
    uint64_t frame_at;   /* offset of the VT */
    uint64_t body_size;  /* payload bytes seen, kept or not */
    uint64_t frames;     /* handed out whole */
    uint64_t junk_bytes; /* outside of frames, and the dropped parts of restarted ones */
    struct mllp_counter dev[MLLP_DEV_COUNT];
};

void mllp_init(struct mllp_dec *d, uint8_t *buf, size_t size, size_t limit);
void mllp_buf_set(struct mllp_dec *d, uint8_t *buf, size_t size); /* size >= d->n */

/* Takes n bytes as they came and calls cb for each frame that ends in them. Returns how many bytes
 * were taken: n, or fewer when cb paused. Any cut of a stream gives the same frames. */
RFD_MUSTCHECK size_t mllp_feed(struct mllp_dec *d, const uint8_t *bytes, size_t n,
                               mllp_on_frame *cb, void *arg);

/* Nothing came for a while: a frame that ended with FS and no CR is handed out. */
void mllp_idle(struct mllp_dec *d, mllp_on_frame *cb, void *arg);

/* The stream has ended: as mllp_idle(), and a half frame is counted as MLLP_DEV_CUT. */
void mllp_end(struct mllp_dec *d, mllp_on_frame *cb, void *arg);

/* Silence is an error only here (a read timeout applies). */
bool mllp_in_frame(const struct mllp_dec *d);

const char *mllp_deviation_name(enum mllp_deviation dev); /* "fs_without_cr" */

#endif
