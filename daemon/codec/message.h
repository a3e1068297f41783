/*
 * What:    facts, result messages and their answers ⇄ protobuf.
 * Owns:    nothing; unpacked structs and packed bytes live in the arena.
 * Threads: plain data.
 * Errors:  unpack is false for bytes that are no such message or break a rule of it (a bad decimal,
 *          an enum value that is unknown, text that is not UTF-8), and for what does not fit the
 *          arena ("too_large"): it sets its own trap. reason_out is a code without text of the
 *          message. pack uses the caller's trap.
 */
#ifndef RFD_CODEC_MESSAGE_H
#define RFD_CODEC_MESSAGE_H

#include "base/arena.h"
#include "model/message.h"

struct str codec_fact_pack(struct arena *a, const struct fact *f);
RFD_MUSTCHECK bool
codec_fact_unpack(struct arena *a, struct str bytes, struct fact *out, const char **reason_out);

struct str codec_message_pack(struct arena *a, const struct result_message *m);
RFD_MUSTCHECK bool codec_message_unpack(struct arena *a, struct str bytes,
                                        struct result_message *out, const char **reason_out);

struct ingest_request {
    struct str boot;
    uint64_t number;
    struct result_message message;
    struct str refused; /* absent: a message. Else only a count: why messages were refused … */
    uint32_t refused_count; /* … and how many; message then carries the feed alone */
    bool again;             /* sent before without an answer */
    uint64_t reparse;       /* the journal number of a message that was read again; 0: a new one */
};

/* Appended to packed bytes, it sets again: protobuf merges what is concatenated. */
enum { CODEC_AGAIN_BYTES = 2 };
extern const unsigned char codec_request_again[CODEC_AGAIN_BYTES];
struct ingest_reply {
    struct str boot;
    uint64_t number;
    struct str server_boot;
    enum outcome outcome;
    struct str reason;
    uint64_t journal;
};
/* Messages of files, as refractctl hands them over. */
struct message_batch {
    const struct result_message *message;
    size_t count;
};
struct str codec_batch_pack(struct arena *a, const struct message_batch *b);
RFD_MUSTCHECK bool codec_batch_unpack(struct arena *a, struct str bytes, struct message_batch *out,
                                      const char **reason_out);
struct str codec_request_pack(struct arena *a, const struct ingest_request *r);
RFD_MUSTCHECK bool codec_request_unpack(struct arena *a, struct str bytes,
                                        struct ingest_request *out, const char **reason_out);
struct str codec_reply_pack(struct arena *a, const struct ingest_reply *r);
RFD_MUSTCHECK bool codec_reply_unpack(struct arena *a, struct str bytes, struct ingest_reply *out,
                                      const char **reason_out);

/* A request from outside, its message still packed: what is wrong inside is quarantined, not
 * refused. */
struct ingest_envelope {
    struct str boot;
    uint64_t number;
    struct str message; /* packed refract.v1.ResultMessage, in bytes; n == 0: none */
};
RFD_MUSTCHECK bool codec_envelope_unpack(struct arena *a, struct str bytes,
                                         struct ingest_envelope *out, const char **reason_out);

struct replay_request {
    struct str publisher;
    uint64_t epoch;
    uint64_t from_seq;
    uint64_t to_seq;
};
struct replay_end {
    uint64_t epoch;
    uint64_t first_kept;
    uint64_t head;
};
struct str codec_replay_request_pack(struct arena *a, const struct replay_request *r);
RFD_MUSTCHECK bool codec_replay_end_unpack(struct arena *a, struct str bytes,
                                           struct replay_end *out, const char **reason_out);

/* --- core asks an edge to read a stored message again */
struct reparse_offer {
    struct str boot;
};
struct reparse_request {
    uint64_t journal;
    struct str feed;
    struct stamp received;
    struct str raw;
};
struct str codec_reparse_offer_pack(struct arena *a, const struct reparse_offer *o);
RFD_MUSTCHECK bool codec_reparse_offer_unpack(struct arena *a, struct str bytes,
                                              struct reparse_offer *out, const char **reason_out);
struct str codec_reparse_request_pack(struct arena *a, const struct reparse_request *r);
RFD_MUSTCHECK bool
codec_reparse_request_unpack(struct arena *a, struct str bytes, struct reparse_request *out,
                             const char **reason_out);

#endif
