#include "codec/feed.h"
#include "codec/pack.h"
#include "refract/v1/feed.pb-c.h"

static const char *
state_word(unsigned v)
{
    return alert_state_name((enum alert_state)v);
}

static const char *
certainty_word(unsigned v)
{
    return alert_certainty_name((enum alert_certainty)v);
}

static const struct pack_words states = {state_word, ALERT_STATE_COUNT};
static const struct pack_words certainties = {certainty_word, ALERT_CERTAINTY_COUNT};

static const struct pack_row item_rows[] = {
    PACK_TEXT(digest_item, DigestItem, alert_id),
    PACK_U32(digest_item, DigestItem, version),
    PACK_WORD(digest_item, DigestItem, state, enum alert_state, states),
    PACK_WORD(digest_item, DigestItem, certainty, enum alert_certainty, certainties),
    PACK_TEXT(digest_item, DigestItem, headline),
};
static const struct pack_map item_map = {
    PACK_MAP(refract__v1__digest_item__descriptor, struct digest_item, item_rows)};

static const struct pack_row of_rows[] = {
    PACK_TEXT(digest_of, DigestOf, recipient),
    PACK_LIST(digest_of, DigestOf, items, item, item_count, struct digest_item, item_map),
};
static const struct pack_map of_map = {
    PACK_MAP(refract__v1__digest_of__descriptor, struct digest_of, of_rows)};

static const struct pack_row digest_rows[] = {
    PACK_DAY(digest, Digest, day),
    PACK_LIST(digest, Digest, recipients, of, of_count, struct digest_of, of_map),
};
static const struct pack_map digest_map = {
    PACK_MAP(refract__v1__digest__descriptor, struct digest, digest_rows)};

struct str
codec_digest_pack(struct arena *a, const struct digest *d)
{
    return pack_struct(a, &digest_map, d);
}

bool
codec_digest_unpack(struct arena *a, struct str bytes, struct digest *out, const char **reason_out)
{
    return pack_read(a, &digest_map, bytes, out, reason_out);
}
