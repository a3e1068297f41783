#include "intake/native.h"

#include "base/sb.h"
#include "codec/message.h"
#include "normalize/native.h"
#include "normalize/unmapped.h"

enum { CONTROL_MAX = 300 };

/* PUBLISHER:EPOCH:SEQ where the message has no control id of its own. */
static struct str
control_id(struct arena *a, const struct result_message *m, const struct sha256 *sha)
{
    struct sb b;

    if (!str_is_empty(m->control_id))
        return m->control_id;
    if (str_is_empty(m->publisher.id))
        return sha256_short(a, sha);
    sb_init_arena(&b, a, CONTROL_MAX);
    sb_addf(&b, "%.*s:%llu:%llu", STR_FMT(m->publisher.id), (unsigned long long)m->publisher.epoch,
            (unsigned long long)m->publisher.seq);
    return sb_str(&b);
}

static void
quarantine(struct result_message *m, const char *reason)
{
    m->quarantine_reason = str_from_c(reason);
    m->quarantine_place = STR("");
    m->fact_count = 0;
    m->document_count = 0;
}

/* What only edge may say of a message. */
static void
strip(const struct native_feed *f, struct result_message *m)
{
    m->feed = str_from_c(f->feed);
    m->type = STR("native");
    m->quarantine_reason = STR_NONE;
    m->quarantine_place = STR_NONE;
    m->ignore_reason = STR_NONE;
    m->warning_count = 0;
    m->map_hash = f->map->hash;
    m->unmapped_count = 0;
    m->unmapped_more = 0;
    if (f->history_until != DAY_NONE && !stamp_is_absent(m->sent))
        m->history = m->history || stamp_day(m->sent) < f->history_until;
}

static void
understand(const struct native_feed *f, struct str bytes, const struct sha256 *sha, struct arena *a,
           struct result_message *out)
{
    const char *why = "bad_protobuf";
    struct unmapped_list missed = {0};
    struct native_documents docs;
    struct result_message m;

    if (!codec_message_unpack(a, bytes, &m, &why)) {
        quarantine(out, why);
        return;
    }
    strip(f, &m);
    m.control_id = control_id(a, &m, sha);
    if (str_is_empty(m.sender))
        m.sender = m.publisher.id;
    m.raw = bytes;
    docs = (struct native_documents){m.document, m.document_count};
    m.fact = normalize_native_reports(m.fact, m.fact_count, &docs, f->terms, a);
    m.document = docs.document;
    m.document_count = docs.count;
    m.fact = normalize_native(m.fact, m.fact_count, f->map, f->terms, m.sent, a);
    unmapped_of_facts(&missed, a, m.fact, m.fact_count);
    m.unmapped = missed.item;
    m.unmapped_count = missed.count;
    m.unmapped_more = missed.more;
    *out = m;
    if (m.fact_count == 0)
        out->ignore_reason = STR("nothing_of_ours");
}

void
native_read(const struct native_feed *f, struct str bytes, struct arena *a,
            struct result_message *out)
{
    struct sha256 sha = sha256_of(bytes.p, bytes.n);
    jmp_buf trap;
    jmp_buf *before;

    *out = (struct result_message){.feed = str_from_c(f->feed),
                                   .control_id = sha256_short(a, &sha),
                                   .sender = STR(""),
                                   .type = STR("native"),
                                   .raw = bytes,
                                   .map_hash = f->map->hash};
    if (poison_is_listed(f->poison, &sha)) {
        quarantine(out, "killed_a_process");
        return;
    }
    poison_begin(f->poison, &sha);
    before = arena_trap_set(a, &trap);
    if (setjmp(trap) == 0)
        understand(f, bytes, &sha, a, out);
    else
        quarantine(out, "too_large_to_read");
    (void)arena_trap_set(a, before);
    poison_end(f->poison);
}
