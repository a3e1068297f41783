#include "wire/mllp.h"

#include <string.h>

/* Large enough for memchr to be fast, small enough that a stream of VT alone stays cheap. */
enum { BODY_WINDOW = 512 };

const uint8_t mllp_frame_head[MLLP_HEAD_SIZE] = {MLLP_VT};
const uint8_t mllp_frame_tail[MLLP_TAIL_SIZE] = {MLLP_FS, MLLP_CR};

static const char *const deviation_names[MLLP_DEV_COUNT] = {
    "junk", "bare_msh", "fs_without_cr", "fs_in_payload", "restart", "empty", "too_large", "cut",
};

const char *
mllp_deviation_name(enum mllp_deviation dev)
{
    rfd_assert((unsigned)dev < MLLP_DEV_COUNT);
    return deviation_names[dev];
}

void
mllp_init(struct mllp_dec *d, uint8_t *buf, size_t size, size_t limit)
{
    *d = (struct mllp_dec){.buf = buf, .size = size, .limit = limit, .state = MLLP_WAIT_VT};
}

void
mllp_buf_set(struct mllp_dec *d, uint8_t *buf, size_t size)
{
    rfd_assert(size >= d->n);
    d->buf = buf;
    d->size = size;
}

bool
mllp_in_frame(const struct mllp_dec *d)
{
    return d->state != MLLP_WAIT_VT;
}

static void
deviate(struct mllp_dec *d, enum mllp_deviation dev, uint64_t at)
{
    d->dev[dev].count++;
    d->dev[dev].last_at = at;
}

/* Keeps what fits below the limit; the rest of a payload that is over it is only counted. */
static void
body_add(struct mllp_dec *d, const uint8_t *bytes, size_t n)
{
    size_t room, take;

    d->body_size += n;
    if (d->over || n == 0)
        return;
    room = d->limit > d->n ? d->limit - d->n : 0;
    take = n < room ? n : room;
    if (take > d->size - d->n && (d->grow == NULL || !d->grow(d, d->n + take)))
        take = d->size - d->n;
    rfd_assert(take <= d->size - d->n);
    if (take > 0)
        memcpy(d->buf + d->n, bytes, take);
    d->n += take;
    d->over = take < n;
}

static void
body_start(struct mllp_dec *d, uint64_t vt_at)
{
    d->state = MLLP_BODY;
    d->frame_at = vt_at;
    d->body_size = 0;
    d->n = 0;
    d->over = false;
    d->bare = false;
    d->lf_ok = false;
    d->msh_n = 0;
}

/* The frame is complete. The state is that of the next byte already, so that cb may pause. */
static bool
frame_out(struct mllp_dec *d, mllp_on_frame *cb, void *arg)
{
    struct mllp_frame f = {.kind = d->over ? MLLP_TOO_LARGE : MLLP_FRAME,
                           .payload = {(const char *)d->buf, d->n},
                           .at = d->frame_at,
                           .payload_size = d->body_size};

    d->state = MLLP_WAIT_VT;
    d->lf_ok = true;
    d->msh_n = 0;
    d->n = 0;
    if (f.payload_size == 0) {
        deviate(d, MLLP_DEV_EMPTY, f.at);
        return true;
    }
    if (d->over)
        deviate(d, MLLP_DEV_TOO_LARGE, f.at);
    else
        d->frames++;
    return cb(arg, &f);
}

/* Looks for "MSH" at the start of a junk run, byte by byte, at most three of them. */
static void
junk_look(struct mllp_dec *d, uint8_t byte)
{
    if (d->msh_n >= 3)
        return;
    if (byte != (uint8_t) "MSH"[d->msh_n]) {
        d->msh_n = 4;
        return;
    }
    d->msh_n++;
    if (d->msh_n == 3)
        deviate(d, MLLP_DEV_BARE_MSH, d->at - 2);
}

/* "MSH" was seen outside of a frame, where that may begin a message. */
static void
bare_start(struct mllp_dec *d)
{
    body_start(d, d->at - 3);
    d->bare = true;
    d->junk_bytes -= 3;
    body_add(d, (const uint8_t *)"MSH", 3);
}

/* Between frames: up to a VT everything is junk, but for one LF right after a frame. Returns bytes
 * taken. A run may come in many pieces: it is one deviation, its bytes are all counted. */
static size_t
take_junk(struct mllp_dec *d, const uint8_t *bytes, size_t n)
{
    const uint8_t *vt = memchr(bytes, MLLP_VT, n);
    size_t junk = vt == NULL ? n : (size_t)(vt - bytes);
    size_t i = 0;

    if (junk > 0 && d->lf_ok && bytes[0] == '\n') {
        d->lf_ok = false;
        d->at++;
        return 1;
    }
    if (junk > 0) {
        if (d->msh_n == 0)
            deviate(d, MLLP_DEV_JUNK, d->at);
        d->lf_ok = false;
        d->junk_bytes += junk;
        for (; i < junk && d->msh_n < 3; i++, d->at++)
            junk_look(d, bytes[i]);
        if (d->bare_ok && d->msh_n == 3) {
            d->junk_bytes -= junk - i;
            bare_start(d);
            return i;
        }
        d->at += junk - i;
    }
    if (vt == NULL)
        return n;
    body_start(d, d->at);
    d->at++;
    return junk + 1;
}

/* In a payload: up to the next FS or VT. A window bounds what a VT makes us look at again. */
static size_t
take_body(struct mllp_dec *d, const uint8_t *bytes, size_t n)
{
    size_t window = n < BODY_WINDOW ? n : BODY_WINDOW;
    const uint8_t *fs = memchr(bytes, MLLP_FS, window);
    size_t len = fs == NULL ? window : (size_t)(fs - bytes);
    const uint8_t *vt = memchr(bytes, MLLP_VT, len);

    if (vt != NULL && d->bare) { /* a sender that frames after all: what came before is whole */
        len = (size_t)(vt - bytes);
        body_add(d, bytes, len);
        d->at += len;
        d->state = MLLP_WAIT_CR;
        return len;
    }
    if (vt != NULL) {
        len = (size_t)(vt - bytes);
        d->junk_bytes += d->body_size + len;
        d->at += len;
        deviate(d, MLLP_DEV_RESTART, d->at);
        body_start(d, d->at);
        d->at++;
        return len + 1;
    }
    body_add(d, bytes, len);
    d->at += len;
    if (fs == NULL)
        return len;
    d->state = MLLP_WAIT_CR;
    d->at++;
    return len + 1;
}

/* After FS. CR ends the frame. Text after it means that the FS belongs to the payload (binary data
 * pasted into a field); any other control byte, VT first of all, means that the sender leaves out
 * the CR. Returns how many bytes were taken. */
static size_t
take_after_fs(struct mllp_dec *d, uint8_t byte, bool *done)
{
    static const uint8_t fs = MLLP_FS;

    *done = byte < 0x20 && byte != '\t';
    if (byte == MLLP_CR) {
        d->at++;
        return 1;
    }
    if (*done) {
        deviate(d, MLLP_DEV_FS_WITHOUT_CR, d->at);
        return 0;
    }
    deviate(d, MLLP_DEV_FS_IN_PAYLOAD, d->at - 1);
    d->state = MLLP_BODY;
    body_add(d, &fs, 1);
    return 0;
}

size_t
mllp_feed(struct mllp_dec *d, const uint8_t *bytes, size_t n, mllp_on_frame *cb, void *arg)
{
    size_t used = 0;

    while (used < n) {
        bool done = false;

        switch (d->state) {
        case MLLP_WAIT_VT: used += take_junk(d, bytes + used, n - used); break;
        case MLLP_BODY: used += take_body(d, bytes + used, n - used); break;
        case MLLP_WAIT_CR: used += take_after_fs(d, bytes[used], &done); break;
        case MLLP_STATE_COUNT: rfd_assert(d->state != MLLP_STATE_COUNT); break;
        }
        if (done && !frame_out(d, cb, arg))
            return used;
    }
    return used;
}

void
mllp_idle(struct mllp_dec *d, mllp_on_frame *cb, void *arg)
{
    bool bare = d->state == MLLP_BODY && d->bare;

    if (d->state != MLLP_WAIT_CR && !bare)
        return;
    if (!bare)
        deviate(d, MLLP_DEV_FS_WITHOUT_CR, d->at);
    (void)frame_out(d, cb, arg);
}

void
mllp_end(struct mllp_dec *d, mllp_on_frame *cb, void *arg)
{
    mllp_idle(d, cb, arg);
    if (d->state != MLLP_BODY)
        return;
    deviate(d, MLLP_DEV_CUT, d->frame_at);
    d->junk_bytes += d->body_size;
    d->state = MLLP_WAIT_VT;
    d->n = 0;
}
