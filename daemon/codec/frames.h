/*
 * What:    the names that stand in the first frame of a ZeroMQ message, and which message each is.
 * Owns:    nothing.
 * Threads: constants.
 * Errors:  codec_kind_of() is CODEC_UNKNOWN for a name that is not ours.
 */
#ifndef RFD_CODEC_FRAMES_H
#define RFD_CODEC_FRAMES_H

#include "base/str.h"

enum codec_kind {
    CODEC_UNKNOWN,
    CODEC_RESULT_MESSAGE,
    CODEC_INGEST_REQUEST,
    CODEC_INGEST_REPLY,
    CODEC_REPLAY_REQUEST,
    CODEC_REPLAY_END,
    CODEC_HELLO,
    CODEC_WELCOME,
    CODEC_ALERT_EVENT,
    CODEC_CONFIRM,
    CODEC_PING,
    CODEC_PONG,
    CODEC_HEAD,
    CODEC_ERROR,
    CODEC_FETCH,
    CODEC_FETCH_REPLY,
    CODEC_ADVANCE,
    CODEC_WAKE,
    CODEC_CONTROL_REQUEST,
    CODEC_CONTROL_REPLY,
    CODEC_REPARSE_OFFER,
    CODEC_REPARSE_REQUEST,
    CODEC_STATUS_REPORT,
    CODEC_KIND_COUNT,
};

struct str codec_name(enum codec_kind k); /* "refract.v1.Hello" */
enum codec_kind codec_kind_of(struct str name);

#endif
