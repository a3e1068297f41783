/* MLLP: the input cut in two ways must give the same frames, and no byte may be lost from count. */
#include "wire/mllp.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

enum { LIMIT = 300 };

struct seen {
    uint64_t hash;
    uint64_t frame_bytes;
};

static bool
on_frame(void *arg, const struct mllp_frame *f)
{
    struct seen *s = arg;

    rfd_assert(f->payload_size > 0 && f->payload.n <= LIMIT);
    rfd_assert((f->kind == MLLP_TOO_LARGE) == (f->payload_size > f->payload.n));
    s->hash = s->hash * 31 + str_hash(f->payload) + f->at * 3 + (uint64_t)f->kind;
    s->frame_bytes += f->payload_size;
    return s->hash % 5 != 0; /* pause now and then */
}

static void
feed_all(struct mllp_dec *d, const uint8_t *bytes, size_t n, struct seen *s)
{
    while (n > 0) {
        size_t used = mllp_feed(d, bytes, n, on_frame, s);

        rfd_assert(used <= n);
        bytes += used;
        n -= used;
    }
}

static struct seen
run(const uint8_t *bytes, size_t n, size_t piece, bool bare, uint64_t counts[MLLP_DEV_COUNT])
{
    uint8_t buf[LIMIT];
    struct mllp_dec d;
    struct seen s = {1, 0};

    mllp_init(&d, buf, sizeof(buf), LIMIT);
    d.bare_ok = bare;
    for (size_t at = 0; at < n; at += piece)
        feed_all(&d, bytes + at, piece < n - at ? piece : n - at, &s);
    rfd_assert(d.at == n);
    mllp_end(&d, on_frame, &s);
    rfd_assert(!mllp_in_frame(&d));
    rfd_assert(s.frame_bytes + d.junk_bytes <= n);
    for (int i = 0; i < MLLP_DEV_COUNT; i++)
        counts[i] = d.dev[i].count * 1000003 + d.dev[i].last_at;
    return s;
}

/* bare: a run outside of frames may be one. */
static void
check(const uint8_t *bytes, size_t n, bool bare)
{
    uint64_t whole_counts[MLLP_DEV_COUNT], piece_counts[MLLP_DEV_COUNT];
    struct seen whole, pieces;
    size_t piece = 1 + bytes[0] % 7;

    whole = run(bytes, n, n, bare, whole_counts);
    pieces = run(bytes, n, piece, bare, piece_counts);
    rfd_assert(whole.hash == pieces.hash && whole.frame_bytes == pieces.frame_bytes);
    rfd_assert(memcmp(whole_counts, piece_counts, sizeof(whole_counts)) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    if (n == 0)
        return 0;
    check(bytes, n, false);
    check(bytes, n, true);
    return 0;
}
