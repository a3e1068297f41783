/*
 * What:    alerts, the alert feed, the link between out and core, and control ⇄ protobuf.
 * Owns:    nothing; everything lives in the arena.
 * Threads: plain data.
 * Errors:  as codec/message.h.
 */
#ifndef RFD_CODEC_FEED_H
#define RFD_CODEC_FEED_H

#include "base/arena.h"
#include "model/alert.h"

/* text: the composed alert, absent when not wanted. */
struct str codec_alert_pack(struct arena *a, const struct alert *al, struct str text);
/* Is it for one role alone? */
bool codec_alert_is_restricted(struct str packed);
RFD_MUSTCHECK bool
codec_alert_unpack(struct arena *a, struct str bytes, struct alert *out, const char **reason_out);

struct feed_hello {
    struct str subscriber;
    bool has_last_seq;
    uint64_t last_seq;
    uint32_t credit;
};
RFD_MUSTCHECK bool codec_hello_unpack(struct arena *a, struct str bytes, struct feed_hello *out,
                                      const char **reason_out);
struct str codec_hello_pack(struct arena *a, const struct feed_hello *h);

struct feed_welcome {
    struct str subscriber;
    uint64_t cursor;
    uint64_t head;
    uint64_t first_kept;
    struct str server_boot;
};
struct str codec_welcome_pack(struct arena *a, const struct feed_welcome *w);
RFD_MUSTCHECK bool codec_welcome_unpack(struct arena *a, struct str bytes, struct feed_welcome *out,
                                        const char **reason_out);

/* refract.v1.EventKind */
enum event_kind {
    EVENT_NONE,
    EVENT_RAISED,
    EVENT_UPDATED,
    EVENT_RETRACTED,
    EVENT_CLOSED,
    EVENT_SNAPSHOT,
    EVENT_DIGEST, /* it has no alert */
    EVENT_KIND_COUNT,
};
const char *event_kind_name(enum event_kind k);

/* The alert stays packed: out sends it on as it is. */
struct feed_event {
    uint64_t seq;
    uint64_t prev_seq;
    enum event_kind kind;
    bool quiet;
    struct str alert;          /* packed refract.v1.Alert */
    struct str digest;         /* packed refract.v1.Digest */
    bool told;                 /* core → out: the route has sent an earlier version, */
    const struct str *reached; /* to these people, if it writes to people */
    size_t reached_count;
};
struct str codec_event_pack(struct arena *a, const struct feed_event *e);
RFD_MUSTCHECK bool codec_event_unpack(struct arena *a, struct str bytes, struct feed_event *out,
                                      const char **reason_out);

/* What was not worth an interruption, by recipient. */
struct digest_item {
    struct str alert_id;
    uint32_t version;
    enum alert_state state;
    enum alert_certainty certainty;
    struct str headline;
};
struct digest_of {
    struct str recipient;
    const struct digest_item *item;
    size_t item_count;
};
struct digest {
    day_t day;
    const struct digest_of *of;
    size_t of_count;
};
struct str codec_digest_pack(struct arena *a, const struct digest *d);
RFD_MUSTCHECK bool
codec_digest_unpack(struct arena *a, struct str bytes, struct digest *out, const char **reason_out);

struct str codec_confirm_pack(struct arena *a, uint64_t seq);
RFD_MUSTCHECK bool
codec_confirm_unpack(struct arena *a, struct str bytes, uint64_t *seq_out, const char **reason_out);
struct str codec_ping_pack(struct arena *a, uint64_t number);
RFD_MUSTCHECK bool
codec_ping_unpack(struct arena *a, struct str bytes, uint64_t *number_out, const char **reason_out);
struct str codec_pong_pack(struct arena *a, uint64_t number, uint64_t head);
RFD_MUSTCHECK bool
codec_pong_unpack(struct arena *a, struct str bytes, uint64_t *number_out, const char **reason_out);
struct str codec_head_pack(struct arena *a, uint64_t seq, struct str server_boot);
struct str codec_error_pack(struct arena *a, const char *code, const char *text);
RFD_MUSTCHECK bool codec_error_unpack(struct arena *a, struct str bytes, struct str *code_out,
                                      struct str *text_out, const char **reason_out);

/* --- out ↔ core */
struct fetch {
    struct str route;
    uint64_t after_seq;
    uint32_t max;
    uint64_t number;
};
struct str codec_fetch_pack(struct arena *a, const struct fetch *f);
RFD_MUSTCHECK bool
codec_fetch_unpack(struct arena *a, struct str bytes, struct fetch *out, const char **reason_out);
struct fetch_reply {
    uint64_t number;
    struct str route;
    const struct feed_event *event;
    size_t event_count;
    uint64_t head;
    uint64_t first_kept;
    uint64_t cursor;
    bool held;
    const struct feed_event *again;
    size_t again_count;
};
struct str codec_fetch_reply_pack(struct arena *a, const struct fetch_reply *r);
RFD_MUSTCHECK bool codec_fetch_reply_unpack(struct arena *a, struct str bytes,
                                            struct fetch_reply *out, const char **reason_out);
struct advance {
    struct str route;
    uint64_t seq;
    struct str refused; /* absent: confirmed */
    bool again;
    struct str told;    /* alert that was sent; absent: none, or passed over */
    bool attempted;     /* it may have arrived, and was not confirmed: only told counts */
    struct str reached; /* with attempted: who has got it, */
    bool unresolved;    /* or somebody else in his stead */
};
struct str codec_advance_pack(struct arena *a, const struct advance *v);
RFD_MUSTCHECK bool codec_advance_unpack(struct arena *a, struct str bytes, struct advance *out,
                                        const char **reason_out);
struct str codec_wake_pack(struct arena *a, uint64_t head, struct str server_boot);
RFD_MUSTCHECK bool codec_wake_unpack(struct arena *a, struct str bytes, uint64_t *head_out,
                                     struct str *server_boot_out, const char **reason_out);

/* --- refractctl ↔ core */
struct control_request {
    struct str verb;
    const struct str *arg;
    size_t arg_count;
    bool json;
    uint64_t after_seq;
    struct str actor; /* who asks, for the audit: a user name; absent: the socket's peer */
    struct str body;  /* take: codec_batch_pack() */
};
struct control_reply {
    const struct str *line;
    size_t line_count;
    bool last;
    int32_t exit_code;
    struct str error; /* absent: none */
    uint64_t seq;
};
struct str codec_control_request_pack(struct arena *a, const struct control_request *r);
RFD_MUSTCHECK bool
codec_control_request_unpack(struct arena *a, struct str bytes, struct control_request *out,
                             const char **reason_out);
struct str codec_control_reply_pack(struct arena *a, const struct control_reply *r);
RFD_MUSTCHECK bool codec_control_reply_unpack(struct arena *a, struct str bytes,
                                              struct control_reply *out, const char **reason_out);

#endif
