#include "codec/frames.h"

static const char *const names[CODEC_KIND_COUNT] = {
    [CODEC_RESULT_MESSAGE] = "refract.v1.ResultMessage",
    [CODEC_INGEST_REQUEST] = "refract.v1.IngestRequest",
    [CODEC_INGEST_REPLY] = "refract.v1.IngestReply",
    [CODEC_REPLAY_REQUEST] = "refract.v1.ReplayRequest",
    [CODEC_REPLAY_END] = "refract.v1.ReplayEnd",
    [CODEC_HELLO] = "refract.v1.Hello",
    [CODEC_WELCOME] = "refract.v1.Welcome",
    [CODEC_ALERT_EVENT] = "refract.v1.AlertEvent",
    [CODEC_CONFIRM] = "refract.v1.Confirm",
    [CODEC_PING] = "refract.v1.Ping",
    [CODEC_PONG] = "refract.v1.Pong",
    [CODEC_HEAD] = "refract.v1.Head",
    [CODEC_ERROR] = "refract.v1.Error",
    [CODEC_FETCH] = "refract.v1.Fetch",
    [CODEC_FETCH_REPLY] = "refract.v1.FetchReply",
    [CODEC_ADVANCE] = "refract.v1.Advance",
    [CODEC_WAKE] = "refract.v1.Wake",
    [CODEC_CONTROL_REQUEST] = "refract.v1.ControlRequest",
    [CODEC_CONTROL_REPLY] = "refract.v1.ControlReply",
    [CODEC_REPARSE_OFFER] = "refract.v1.ReparseOffer",
    [CODEC_REPARSE_REQUEST] = "refract.v1.ReparseRequest",
    [CODEC_STATUS_REPORT] = "refract.v1.StatusReport",
};

struct str
codec_name(enum codec_kind k)
{
    rfd_assert(k > CODEC_UNKNOWN && k < CODEC_KIND_COUNT);
    return str_from_c(names[k]);
}

enum codec_kind
codec_kind_of(struct str name)
{
    for (unsigned k = CODEC_UNKNOWN + 1; k < CODEC_KIND_COUNT; k++) {
        if (str_eq_c(name, names[k]))
            return (enum codec_kind)k;
    }
    return CODEC_UNKNOWN;
}
