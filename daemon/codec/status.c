#include "codec/status.h"

#include "codec/pack.h"
#include "refract/v1/status.pb-c.h"

static const struct pack_row feed_rows[] = {
    PACK_TEXT(feed_status, FeedStatus, name),     PACK_TEXT(feed_status, FeedStatus, kind),
    PACK_TEXT(feed_status, FeedStatus, address),  PACK_TEXT(feed_status, FeedStatus, state),
    PACK_TEXT(feed_status, FeedStatus, problem),  PACK_U32(feed_status, FeedStatus, connections),
    PACK_U64(feed_status, FeedStatus, connected), PACK_U64(feed_status, FeedStatus, turned_away),
    PACK_U64(feed_status, FeedStatus, messages),  PACK_U64(feed_status, FeedStatus, last_s),
    PACK_BOOL(feed_status, FeedStatus, tls),      PACK_I32(feed_status, FeedStatus, tls_days),
};
static const struct pack_map feed_map = {
    PACK_MAP(refract__v1__feed_status__descriptor, struct feed_status, feed_rows)};

static const struct pack_row route_rows[] = {
    PACK_TEXT(route_status, RouteStatus, name),    PACK_TEXT(route_status, RouteStatus, kind),
    PACK_TEXT(route_status, RouteStatus, address), PACK_TEXT(route_status, RouteStatus, state),
    PACK_TEXT(route_status, RouteStatus, problem), PACK_U64(route_status, RouteStatus, confirmed),
    PACK_U64(route_status, RouteStatus, sent),     PACK_U64(route_status, RouteStatus, retries),
    PACK_U64(route_status, RouteStatus, dead),     PACK_U64(route_status, RouteStatus, last_s),
    PACK_U64(route_status, RouteStatus, next_s),   PACK_BOOL(route_status, RouteStatus, tls),
    PACK_I32(route_status, RouteStatus, tls_days),
};
static const struct pack_map route_map = {
    PACK_MAP(refract__v1__route_status__descriptor, struct route_status, route_rows)};

static const struct pack_row report_rows[] = {
    PACK_TEXT(status_report, StatusReport, role),
    PACK_TEXT(status_report, StatusReport, boot),
    PACK_LIST(status_report, StatusReport, feeds, feed, feed_count, struct feed_status, feed_map),
    PACK_LIST(status_report, StatusReport, routes, route, route_count, struct route_status,
              route_map),
};
static const struct pack_map report_map = {
    PACK_MAP(refract__v1__status_report__descriptor, struct status_report, report_rows)};

struct str
codec_status_pack(struct arena *a, const struct status_report *r)
{
    return pack_struct(a, &report_map, r);
}

bool
codec_status_unpack(struct arena *a, struct str bytes, struct status_report *out,
                    const char **reason_out)
{
    return pack_read(a, &report_map, bytes, out, reason_out);
}
