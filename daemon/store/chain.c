#include "store/db.h"

static const char *const chain_names[CHAIN_COUNT] = {
    [CHAIN_JOURNAL] = "journal",
    [CHAIN_OUTBOX] = "outbox",
    [CHAIN_AUDIT] = "audit",
};

const char *
chain_name(enum chain c)
{
    rfd_assert((unsigned)c < CHAIN_COUNT);
    return chain_names[c];
}

/* What the first row follows: so no row of another chain or of another store fits there. */
struct sha256
chain_genesis(enum chain c, const char *tag)
{
    struct sha256_ctx h;

    sha256_init(&h);
    sha256_add_str(&h, str_from_c(chain_name(c)));
    sha256_add_str(&h, str_from_c(tag));
    return sha256_end(&h);
}

static void
add_sha(struct sha256_ctx *h, const struct sha256 *v)
{
    sha256_add(h, v->b, sizeof(v->b));
}

static void
add_stamp(struct sha256_ctx *h, struct stamp v)
{
    sha256_add_u64(h, (uint64_t)v.utc_s);
    sha256_add_u64(h, (uint64_t)v.offset_min);
    sha256_add_u64(h, v.precision);
}

struct sha256
chain_journal(const struct sha256 *before, const struct journal_row *row)
{
    struct sha256_ctx h;

    sha256_init(&h);
    add_sha(&h, before);
    add_sha(&h, &row->payload_sha);
    sha256_add_u64(&h, row->seq);
    sha256_add_u64(&h, (uint64_t)row->kind);
    sha256_add_str(&h, row->feed);
    sha256_add_str(&h, row->control_id);
    sha256_add_str(&h, row->sender);
    sha256_add_str(&h, row->type);
    sha256_add_u64(&h, (uint64_t)row->outcome);
    sha256_add_str(&h, row->reason);
    sha256_add_str(&h, row->place);
    add_stamp(&h, row->received);
    return sha256_end(&h);
}

struct sha256
chain_outbox(const struct sha256 *before, const struct sha256 *payload_sha,
             const struct outbox_row *row)
{
    struct sha256_ctx h;

    sha256_init(&h);
    add_sha(&h, before);
    add_sha(&h, payload_sha);
    sha256_add_u64(&h, row->seq);
    sha256_add_u64(&h, (uint64_t)row->kind);
    sha256_add_u64(&h, row->quiet ? 1 : 0);
    sha256_add_str(&h, row->alert_id);
    sha256_add_u64(&h, row->version);
    return sha256_end(&h);
}

struct sha256
chain_audit(const struct sha256 *before, const struct audit_row *row)
{
    struct sha256_ctx h;

    sha256_init(&h);
    add_sha(&h, before);
    sha256_add_u64(&h, row->seq);
    sha256_add_str(&h, row->event);
    sha256_add_str(&h, row->actor);
    sha256_add_str(&h, row->subject);
    add_stamp(&h, row->at);
    return sha256_end(&h);
}
