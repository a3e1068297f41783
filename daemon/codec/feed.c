#include "codec/feed.h"

#include "codec/pack.h"
#include "refract/v1/control.pb-c.h"
#include "refract/v1/feed.pb-c.h"

static const struct pack_row hello_rows[] = {
    PACK_TEXT(feed_hello, Hello, subscriber),
    PACK_U64_GIVEN(feed_hello, Hello, last_seq, has_last_seq, REFRACT__V1__HELLO__FROM_LAST_SEQ,
                   from_case),
    PACK_U32(feed_hello, Hello, credit),
};
static const struct pack_map hello_map = {
    PACK_MAP(refract__v1__hello__descriptor, struct feed_hello, hello_rows)};

static const struct pack_row welcome_rows[] = {
    PACK_TEXT(feed_welcome, Welcome, subscriber),  PACK_U64(feed_welcome, Welcome, cursor),
    PACK_U64(feed_welcome, Welcome, head),         PACK_U64(feed_welcome, Welcome, first_kept),
    PACK_TEXT(feed_welcome, Welcome, server_boot),
};
static const struct pack_map welcome_map = {
    PACK_MAP(refract__v1__welcome__descriptor, struct feed_welcome, welcome_rows)};

static const int event_kind_numbers[EVENT_KIND_COUNT] = {
    [EVENT_NONE] = -1,
    [EVENT_RAISED] = REFRACT__V1__EVENT_KIND__RAISED,
    [EVENT_UPDATED] = REFRACT__V1__EVENT_KIND__UPDATED,
    [EVENT_RETRACTED] = REFRACT__V1__EVENT_KIND__RETRACTED,
    [EVENT_CLOSED] = REFRACT__V1__EVENT_KIND__CLOSED,
    [EVENT_SNAPSHOT] = REFRACT__V1__EVENT_KIND__SNAPSHOT,
    [EVENT_DIGEST] = REFRACT__V1__EVENT_KIND__DIGEST,
};
static const struct pack_enum event_kinds = {
    .desc = &refract__v1__event_kind__descriptor,
    .number = event_kind_numbers,
    .count = EVENT_KIND_COUNT,
};

const char *
event_kind_name(enum event_kind k)
{
    static const char *const names[EVENT_KIND_COUNT] = {
        [EVENT_NONE] = "none",           [EVENT_RAISED] = "raised", [EVENT_UPDATED] = "updated",
        [EVENT_RETRACTED] = "retracted", [EVENT_CLOSED] = "closed", [EVENT_SNAPSHOT] = "snapshot",
        [EVENT_DIGEST] = "digest",
    };

    rfd_assert((unsigned)k < EVENT_KIND_COUNT);
    return names[k];
}

/* By PackedEvent, which is an AlertEvent on the wire: the alert is handed on as it is. */
static const struct pack_row event_rows[] = {
    PACK_U64(feed_event, PackedEvent, seq),
    PACK_U64(feed_event, PackedEvent, prev_seq),
    PACK_ENUM(feed_event, PackedEvent, kind, enum event_kind, event_kinds),
    PACK_BYTES(feed_event, PackedEvent, alert),
    PACK_BOOL(feed_event, PackedEvent, quiet),
    PACK_BYTES(feed_event, PackedEvent, digest),
    PACK_BOOL(feed_event, PackedEvent, told),
    PACK_TEXTS(feed_event, PackedEvent, reached, reached, reached_count),
};
static const struct pack_map event_map = {
    PACK_MAP(refract__v1__packed_event__descriptor, struct feed_event, event_rows)};

struct sequence {
    uint64_t seq;
    struct str server_boot;
};
struct turn {
    uint64_t number;
    uint64_t head;
};
struct refusal {
    struct str code;
    struct str text;
};
struct wake {
    uint64_t head;
    struct str server_boot;
};

static const struct pack_row confirm_rows[] = {PACK_U64(sequence, Confirm, seq)};
static const struct pack_map confirm_map = {
    PACK_MAP(refract__v1__confirm__descriptor, struct sequence, confirm_rows)};

static const struct pack_row ping_rows[] = {PACK_U64(turn, Ping, number)};
static const struct pack_map ping_map = {
    PACK_MAP(refract__v1__ping__descriptor, struct turn, ping_rows)};

static const struct pack_row pong_rows[] = {
    PACK_U64(turn, Pong, number),
    PACK_U64(turn, Pong, head),
};
static const struct pack_map pong_map = {
    PACK_MAP(refract__v1__pong__descriptor, struct turn, pong_rows)};

static const struct pack_row head_rows[] = {
    PACK_U64(sequence, Head, seq),
    PACK_TEXT(sequence, Head, server_boot),
};
static const struct pack_map head_map = {
    PACK_MAP(refract__v1__head__descriptor, struct sequence, head_rows)};

static const struct pack_row error_rows[] = {
    PACK_TEXT(refusal, Error, code),
    PACK_TEXT(refusal, Error, text),
};
static const struct pack_map error_map = {
    PACK_MAP(refract__v1__error__descriptor, struct refusal, error_rows)};

/* --- out ↔ core */

static const struct pack_row fetch_rows[] = {
    PACK_TEXT(fetch, Fetch, route),
    PACK_U64(fetch, Fetch, after_seq),
    PACK_U32(fetch, Fetch, max),
    PACK_U64(fetch, Fetch, number),
};
static const struct pack_map fetch_map = {
    PACK_MAP(refract__v1__fetch__descriptor, struct fetch, fetch_rows)};

static const struct pack_row fetch_reply_rows[] = {
    PACK_U64(fetch_reply, FetchReply, number),
    PACK_TEXT(fetch_reply, FetchReply, route),
    PACK_LIST(fetch_reply, FetchReply, events, event, event_count, struct feed_event, event_map),
    PACK_U64(fetch_reply, FetchReply, head),
    PACK_U64(fetch_reply, FetchReply, first_kept),
    PACK_U64(fetch_reply, FetchReply, cursor),
    PACK_BOOL(fetch_reply, FetchReply, held),
    PACK_LIST(fetch_reply, FetchReply, again, again, again_count, struct feed_event, event_map),
};
static const struct pack_map fetch_reply_map = {
    PACK_MAP(refract__v1__fetch_reply__descriptor, struct fetch_reply, fetch_reply_rows)};

static const struct pack_row advance_rows[] = {
    PACK_TEXT(advance, Advance, route),   PACK_U64(advance, Advance, seq),
    PACK_TEXT(advance, Advance, refused), PACK_BOOL(advance, Advance, again),
    PACK_TEXT(advance, Advance, told),    PACK_BOOL(advance, Advance, attempted),
    PACK_TEXT(advance, Advance, reached), PACK_BOOL(advance, Advance, unresolved),
};
static const struct pack_map advance_map = {
    PACK_MAP(refract__v1__advance__descriptor, struct advance, advance_rows)};

static const struct pack_row wake_rows[] = {
    PACK_U64(wake, Wake, head),
    PACK_TEXT(wake, Wake, server_boot),
};
static const struct pack_map wake_map = {
    PACK_MAP(refract__v1__wake__descriptor, struct wake, wake_rows)};

/* --- in and out */

struct str
codec_hello_pack(struct arena *a, const struct feed_hello *h)
{
    return pack_struct(a, &hello_map, h);
}

bool
codec_hello_unpack(struct arena *a, struct str bytes, struct feed_hello *out,
                   const char **reason_out)
{
    return pack_read(a, &hello_map, bytes, out, reason_out);
}

struct str
codec_welcome_pack(struct arena *a, const struct feed_welcome *w)
{
    return pack_struct(a, &welcome_map, w);
}

bool
codec_welcome_unpack(struct arena *a, struct str bytes, struct feed_welcome *out,
                     const char **reason_out)
{
    return pack_read(a, &welcome_map, bytes, out, reason_out);
}

struct str
codec_event_pack(struct arena *a, const struct feed_event *e)
{
    return pack_struct(a, &event_map, e);
}

bool
codec_event_unpack(struct arena *a, struct str bytes, struct feed_event *out,
                   const char **reason_out)
{
    return pack_read(a, &event_map, bytes, out, reason_out);
}

struct str
codec_confirm_pack(struct arena *a, uint64_t seq)
{
    return pack_struct(a, &confirm_map, &(struct sequence){.seq = seq});
}

bool
codec_confirm_unpack(struct arena *a, struct str bytes, uint64_t *seq_out, const char **reason_out)
{
    struct sequence s;

    if (!pack_read(a, &confirm_map, bytes, &s, reason_out))
        return false;
    *seq_out = s.seq;
    return true;
}

struct str
codec_ping_pack(struct arena *a, uint64_t number)
{
    return pack_struct(a, &ping_map, &(struct turn){.number = number});
}

bool
codec_ping_unpack(struct arena *a, struct str bytes, uint64_t *number_out, const char **reason_out)
{
    struct turn t;

    if (!pack_read(a, &ping_map, bytes, &t, reason_out))
        return false;
    *number_out = t.number;
    return true;
}

struct str
codec_pong_pack(struct arena *a, uint64_t number, uint64_t head)
{
    return pack_struct(a, &pong_map, &(struct turn){number, head});
}

bool
codec_pong_unpack(struct arena *a, struct str bytes, uint64_t *number_out, const char **reason_out)
{
    struct turn t;

    if (!pack_read(a, &pong_map, bytes, &t, reason_out))
        return false;
    *number_out = t.number;
    return true;
}

struct str
codec_head_pack(struct arena *a, uint64_t seq, struct str server_boot)
{
    return pack_struct(a, &head_map, &(struct sequence){seq, server_boot});
}

struct str
codec_error_pack(struct arena *a, const char *code, const char *text)
{
    return pack_struct(a, &error_map, &(struct refusal){str_from_c(code), str_from_c(text)});
}

bool
codec_error_unpack(struct arena *a, struct str bytes, struct str *code_out, struct str *text_out,
                   const char **reason_out)
{
    struct refusal r;

    if (!pack_read(a, &error_map, bytes, &r, reason_out))
        return false;
    *code_out = r.code;
    *text_out = r.text;
    return true;
}

struct str
codec_fetch_pack(struct arena *a, const struct fetch *f)
{
    return pack_struct(a, &fetch_map, f);
}

bool
codec_fetch_unpack(struct arena *a, struct str bytes, struct fetch *out, const char **reason_out)
{
    return pack_read(a, &fetch_map, bytes, out, reason_out);
}

struct str
codec_fetch_reply_pack(struct arena *a, const struct fetch_reply *r)
{
    return pack_struct(a, &fetch_reply_map, r);
}

bool
codec_fetch_reply_unpack(struct arena *a, struct str bytes, struct fetch_reply *out,
                         const char **reason_out)
{
    return pack_read(a, &fetch_reply_map, bytes, out, reason_out);
}

struct str
codec_advance_pack(struct arena *a, const struct advance *v)
{
    return pack_struct(a, &advance_map, v);
}

bool
codec_advance_unpack(struct arena *a, struct str bytes, struct advance *out,
                     const char **reason_out)
{
    return pack_read(a, &advance_map, bytes, out, reason_out);
}

struct str
codec_wake_pack(struct arena *a, uint64_t head, struct str server_boot)
{
    return pack_struct(a, &wake_map, &(struct wake){head, server_boot});
}

bool
codec_wake_unpack(struct arena *a, struct str bytes, uint64_t *head_out,
                  struct str *server_boot_out, const char **reason_out)
{
    struct wake w;

    if (!pack_read(a, &wake_map, bytes, &w, reason_out))
        return false;
    *head_out = w.head;
    *server_boot_out = w.server_boot;
    return true;
}
