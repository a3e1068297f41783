#include "codec/message.h"

#include "base/limits.h"
#include "codec/pack.h"
#include "refract/v1/control.pb-c.h"
#include "refract/v1/ingest.pb-c.h"

static const struct pack_row publisher_rows[] = {
    PACK_TEXT(publisher, Publisher, id),
    PACK_U64(publisher, Publisher, epoch),
    PACK_U64(publisher, Publisher, seq),
};
static const struct pack_map publisher_map = {
    PACK_MAP(refract__v1__publisher__descriptor, struct publisher, publisher_rows)};

static const struct pack_row identity_rows[] = {
    PACK_SUB(identity, Identity, patient, struct patient_ref, pack_patient_map),
    PACK_SUB(identity, Identity, stated, struct demographics, pack_demographics_map),
    PACK_BOOL(identity, Identity, corrects),
};
static const struct pack_map identity_map = {
    PACK_MAP(refract__v1__identity__descriptor, struct identity, identity_rows)};

static const char *
unmapped_word(unsigned kind)
{
    return unmapped_kind_name((enum unmapped_kind)kind);
}

static const struct pack_words unmapped_kinds = {unmapped_word, UNMAPPED_KIND_COUNT};

static const struct pack_row unmapped_rows[] = {
    PACK_WORD(unmapped, Unmapped, kind, enum unmapped_kind, unmapped_kinds),
    PACK_SUB(unmapped, Unmapped, code, struct code, pack_code_map),
    PACK_TEXT(unmapped, Unmapped, unit),
    PACK_U32(unmapped, Unmapped, count),
};
static const struct pack_map unmapped_map = {
    PACK_MAP(refract__v1__unmapped__descriptor, struct unmapped, unmapped_rows)};

static const struct pack_row document_rows[] = {
    PACK_U32(document, Document, fact),      PACK_TEXT(document, Document, media),
    PACK_BYTES(document, Document, content), PACK_TEXT(document, Document, title),
    PACK_TEXT(document, Document, answers),  PACK_TEXT(document, Document, phrase),
    PACK_TEXT(document, Document, quote),
};
static const struct pack_map document_map = {
    PACK_MAP(refract__v1__document__descriptor, struct document, document_rows),
    .list_max = LIMIT_FACTS_PER_MESSAGE,
    .list_reason = "too_many_documents",
};

static const struct pack_row message_rows[] = {
    PACK_TEXT(result_message, ResultMessage, feed),
    PACK_SUB(result_message, ResultMessage, publisher, struct publisher, publisher_map),
    PACK_TEXT(result_message, ResultMessage, control_id),
    PACK_TEXT(result_message, ResultMessage, sender),
    PACK_STAMP(result_message, ResultMessage, sent),
    PACK_AS(PACK_HOW_TEXT, result_message, ResultMessage, message_type, type, struct str),
    PACK_BYTES(result_message, ResultMessage, raw),
    PACK_LIST(result_message, ResultMessage, facts, fact, fact_count, struct fact, pack_fact_map),
    PACK_BOOL(result_message, ResultMessage, history),
    PACK_TEXT(result_message, ResultMessage, quarantine_reason),
    PACK_TEXT(result_message, ResultMessage, quarantine_place),
    PACK_TEXT(result_message, ResultMessage, ignore_reason),
    PACK_TEXTS(result_message, ResultMessage, warnings, warning, warning_count),
    PACK_SUB(result_message, ResultMessage, identity, struct identity, identity_map),
    PACK_LIST(result_message, ResultMessage, documents, document, document_count, struct document,
              document_map),
    PACK_TEXT(result_message, ResultMessage, map_hash),
    PACK_LIST(result_message, ResultMessage, unmapped, unmapped, unmapped_count, struct unmapped,
              unmapped_map),
    PACK_U32(result_message, ResultMessage, unmapped_more),
};
static const struct pack_map message_map = {
    PACK_MAP(refract__v1__result_message__descriptor, struct result_message, message_rows)};

static const struct pack_row request_rows[] = {
    PACK_TEXT(ingest_request, IngestRequest, boot),
    PACK_U64(ingest_request, IngestRequest, number),
    PACK_SUB(ingest_request, IngestRequest, message, struct result_message, message_map),
    PACK_TEXT(ingest_request, IngestRequest, refused),
    PACK_U32(ingest_request, IngestRequest, refused_count),
    PACK_BOOL(ingest_request, IngestRequest, again),
    PACK_U64(ingest_request, IngestRequest, reparse),
};
static const struct pack_map request_map = {
    PACK_MAP(refract__v1__ingest_request__descriptor, struct ingest_request, request_rows)};

/* The tag of field 6 (6 << 3, a varint) and true. */
const unsigned char codec_request_again[CODEC_AGAIN_BYTES] = {0x30, 0x01};

/* By PackedRequest, which is an IngestRequest on the wire. */
static const struct pack_row envelope_rows[] = {
    PACK_TEXT(ingest_envelope, PackedRequest, boot),
    PACK_U64(ingest_envelope, PackedRequest, number),
    PACK_BYTES(ingest_envelope, PackedRequest, message),
};
static const struct pack_map envelope_map = {
    PACK_MAP(refract__v1__packed_request__descriptor, struct ingest_envelope, envelope_rows)};

/* OUTCOME_NONE of the message is none of ours: an answer says what became of the message. */
static const int outcome_numbers[OUTCOME_COUNT] = {
    [OUTCOME_STORED] = REFRACT__V1__OUTCOME__STORED,
    [OUTCOME_DUPLICATE] = REFRACT__V1__OUTCOME__DUPLICATE,
    [OUTCOME_IGNORED] = REFRACT__V1__OUTCOME__IGNORED,
    [OUTCOME_QUARANTINED] = REFRACT__V1__OUTCOME__QUARANTINED,
    [OUTCOME_REFUSED] = REFRACT__V1__OUTCOME__REFUSED,
    [OUTCOME_BUSY] = REFRACT__V1__OUTCOME__BUSY,
};
static const struct pack_enum outcomes = {
    .desc = &refract__v1__outcome__descriptor,
    .number = outcome_numbers,
    .count = OUTCOME_COUNT,
};

static const struct pack_row reply_rows[] = {
    PACK_TEXT(ingest_reply, IngestReply, boot),
    PACK_U64(ingest_reply, IngestReply, number),
    PACK_TEXT(ingest_reply, IngestReply, server_boot),
    PACK_ENUM(ingest_reply, IngestReply, outcome, enum outcome, outcomes),
    PACK_TEXT(ingest_reply, IngestReply, reason),
    PACK_U64(ingest_reply, IngestReply, journal),
};
static const struct pack_map reply_map = {
    PACK_MAP(refract__v1__ingest_reply__descriptor, struct ingest_reply, reply_rows)};

static const struct pack_row replay_request_rows[] = {
    PACK_TEXT(replay_request, ReplayRequest, publisher),
    PACK_U64(replay_request, ReplayRequest, epoch),
    PACK_U64(replay_request, ReplayRequest, from_seq),
    PACK_U64(replay_request, ReplayRequest, to_seq),
};
static const struct pack_map replay_request_map = {
    PACK_MAP(refract__v1__replay_request__descriptor, struct replay_request, replay_request_rows)};

static const struct pack_row replay_end_rows[] = {
    PACK_U64(replay_end, ReplayEnd, epoch),
    PACK_U64(replay_end, ReplayEnd, first_kept),
    PACK_U64(replay_end, ReplayEnd, head),
};
static const struct pack_map replay_end_map = {
    PACK_MAP(refract__v1__replay_end__descriptor, struct replay_end, replay_end_rows)};

static const struct pack_row offer_rows[] = {
    PACK_TEXT(reparse_offer, ReparseOffer, boot),
};
static const struct pack_map offer_map = {
    PACK_MAP(refract__v1__reparse_offer__descriptor, struct reparse_offer, offer_rows)};

static const struct pack_row reparse_rows[] = {
    PACK_U64(reparse_request, ReparseRequest, journal),
    PACK_TEXT(reparse_request, ReparseRequest, feed),
    PACK_STAMP(reparse_request, ReparseRequest, received),
    PACK_BYTES(reparse_request, ReparseRequest, raw),
};
static const struct pack_map reparse_map = {
    PACK_MAP(refract__v1__reparse_request__descriptor, struct reparse_request, reparse_rows)};

static const struct pack_row batch_rows[] = {
    PACK_LIST(message_batch, MessageBatch, messages, message, count, struct result_message,
              message_map),
};
static const struct pack_map batch_map = {
    PACK_MAP(refract__v1__message_batch__descriptor, struct message_batch, batch_rows)};

struct str
codec_batch_pack(struct arena *a, const struct message_batch *b)
{
    return pack_struct(a, &batch_map, b);
}

bool
codec_batch_unpack(struct arena *a, struct str bytes, struct message_batch *out,
                   const char **reason_out)
{
    return pack_read(a, &batch_map, bytes, out, reason_out);
}

struct str
codec_message_pack(struct arena *a, const struct result_message *m)
{
    return pack_struct(a, &message_map, m);
}

bool
codec_message_unpack(struct arena *a, struct str bytes, struct result_message *out,
                     const char **reason_out)
{
    return pack_read(a, &message_map, bytes, out, reason_out);
}

struct str
codec_request_pack(struct arena *a, const struct ingest_request *r)
{
    return pack_struct(a, &request_map, r);
}

bool
codec_request_unpack(struct arena *a, struct str bytes, struct ingest_request *out,
                     const char **reason_out)
{
    return pack_read(a, &request_map, bytes, out, reason_out);
}

struct str
codec_reply_pack(struct arena *a, const struct ingest_reply *r)
{
    return pack_struct(a, &reply_map, r);
}

bool
codec_reply_unpack(struct arena *a, struct str bytes, struct ingest_reply *out,
                   const char **reason_out)
{
    return pack_read(a, &reply_map, bytes, out, reason_out);
}

bool
codec_envelope_unpack(struct arena *a, struct str bytes, struct ingest_envelope *out,
                      const char **reason_out)
{
    return pack_read(a, &envelope_map, bytes, out, reason_out);
}

struct str
codec_replay_request_pack(struct arena *a, const struct replay_request *r)
{
    return pack_struct(a, &replay_request_map, r);
}

bool
codec_replay_end_unpack(struct arena *a, struct str bytes, struct replay_end *out,
                        const char **reason_out)
{
    return pack_read(a, &replay_end_map, bytes, out, reason_out);
}

struct str
codec_reparse_offer_pack(struct arena *a, const struct reparse_offer *o)
{
    return pack_struct(a, &offer_map, o);
}

bool
codec_reparse_offer_unpack(struct arena *a, struct str bytes, struct reparse_offer *out,
                           const char **reason_out)
{
    return pack_read(a, &offer_map, bytes, out, reason_out);
}

struct str
codec_reparse_request_pack(struct arena *a, const struct reparse_request *r)
{
    return pack_struct(a, &reparse_map, r);
}

bool
codec_reparse_request_unpack(struct arena *a, struct str bytes, struct reparse_request *out,
                             const char **reason_out)
{
    return pack_read(a, &reparse_map, bytes, out, reason_out);
}
