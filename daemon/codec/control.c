#include "codec/feed.h"
#include "codec/pack.h"
#include "refract/v1/control.pb-c.h"

static const struct pack_row request_rows[] = {
    PACK_TEXT(control_request, ControlRequest, verb),
    PACK_TEXTS(control_request, ControlRequest, args, arg, arg_count),
    PACK_BOOL(control_request, ControlRequest, json),
    PACK_U64(control_request, ControlRequest, after_seq),
    PACK_TEXT(control_request, ControlRequest, actor),
    PACK_BYTES(control_request, ControlRequest, body),
};
static const struct pack_map request_map = {
    PACK_MAP(refract__v1__control_request__descriptor, struct control_request, request_rows)};

static const struct pack_row reply_rows[] = {
    PACK_TEXTS(control_reply, ControlReply, lines, line, line_count),
    PACK_BOOL(control_reply, ControlReply, last),
    PACK_I32(control_reply, ControlReply, exit_code),
    PACK_TEXT(control_reply, ControlReply, error),
    PACK_U64(control_reply, ControlReply, seq),
};
static const struct pack_map reply_map = {
    PACK_MAP(refract__v1__control_reply__descriptor, struct control_reply, reply_rows)};

struct str
codec_control_request_pack(struct arena *a, const struct control_request *r)
{
    return pack_struct(a, &request_map, r);
}

bool
codec_control_request_unpack(struct arena *a, struct str bytes, struct control_request *out,
                             const char **reason_out)
{
    return pack_read(a, &request_map, bytes, out, reason_out);
}

struct str
codec_control_reply_pack(struct arena *a, const struct control_reply *r)
{
    return pack_struct(a, &reply_map, r);
}

bool
codec_control_reply_unpack(struct arena *a, struct str bytes, struct control_reply *out,
                           const char **reason_out)
{
    return pack_read(a, &reply_map, bytes, out, reason_out);
}
