#include "intake/hl7intake.h"

#include "base/sb.h"

enum {
    SENDER_MAX = 500,
    WARNINGS_MAX = 200,
    ANSWER_BYTES = 128 * 1024, /* stay free in the arena: the message must be answered */
    SPARE_MIN = 256 * 1024,    /* where there is so much at all */
};

static struct str
sender_of(struct arena *a, struct str app, struct str facility)
{
    struct sb b;

    sb_init_arena(&b, a, SENDER_MAX);
    sb_add(&b, app);
    sb_add_char(&b, '^');
    sb_add(&b, facility);
    return sb_str(&b);
}

static void
quarantine(struct result_message *m, const char *reason, const char *place)
{
    m->quarantine_reason = str_from_c(reason);
    m->quarantine_place = str_from_c(place);
    m->fact_count = 0;
    m->document_count = 0;
    m->unmapped_count = 0; /* counted when it is understood */
    m->unmapped_more = 0;
}

/* A control id is only for finding the message again: what cannot be read still needs one. */
static struct str
control_id_of(struct arena *a, struct str payload)
{
    struct sha256 sha = sha256_of(payload.p, payload.n);

    return sha256_short(a, &sha);
}

static void
add_warnings(struct arena *a, const struct diags *d, struct result_message *m)
{
    size_t n = d->errors + d->warnings;
    struct str *w = ARENA_ARRAY(a, n < WARNINGS_MAX ? n : WARNINGS_MAX, struct str);

    for (const struct diag *x = d->first; x != NULL && m->warning_count < WARNINGS_MAX; x = x->next)
        w[m->warning_count++] = str_from_c(x->text);
    m->warning = w;
}

static bool
is_history(const struct hl7intake *in, struct stamp said)
{
    return in->history_until != DAY_NONE && !stamp_is_absent(said) &&
           stamp_day(said) < in->history_until;
}

static void
understand(const struct hl7intake *in, struct stamp now, struct arena *a, struct hl7read *out)
{
    struct normalized n;
    struct result_message *m = &out->message;
    const struct normalize_call call = {&out->hl7, in->map, in->terms, now, in->trace};
    enum normalize_outcome o = normalize_hl7_traced(&call, a, &n);

    m->type = n.type;
    m->sender = sender_of(a, n.sender_app, n.sender_facility);
    m->sent = n.message_time;
    m->history = is_history(in, n.message_time);
    m->identity = n.identity;
    m->unmapped = n.missed.item;
    m->unmapped_count = n.missed.count;
    m->unmapped_more = n.missed.more;
    if (!str_is_empty(n.control_id))
        m->control_id = n.control_id;
    if (out->hl7.joined > 0)
        diag_warn(&n.warnings, NULL, 0, 0, "line breaks inside of fields: %zu lines joined",
                  out->hl7.joined);
    add_warnings(a, &n.warnings, m);
    switch (o) {
    case NORMALIZE_OK:
        m->fact = n.facts;
        m->fact_count = n.count;
        m->document = n.documents;
        m->document_count = n.document_count;
        break;
    case NORMALIZE_IGNORED: m->ignore_reason = str_from_c(normalize_reason_name(n.reason)); break;
    case NORMALIZE_QUARANTINE:
    case NORMALIZE_OUTCOME_COUNT:
        quarantine(m, normalize_reason_name(n.reason), str_cz(a, str_from_c(n.place)));
        break;
    }
}

/* The header of a message whose MSH-2 is no good, or that has more segments or fields than are
 * read, by itself and as if MSH-2 were "^~\&": so that the answer can name the message, and its
 * sender does not wait for one for ever. */
static bool
read_header(struct arena *a, struct str payload, struct hl7 *out)
{
    enum { HEADER_MAX = 4096 };
    struct str head = str_sub(payload, 0, hl7_line_end(payload, 0));
    struct str rest;
    struct sb b;

    if (head.n < 5 || head.n > HEADER_MAX || !str_starts(head, STR("MSH")) ||
        !str_cut(str_sub(head, 4, head.n), head.p[3], &head, &rest))
        return false;
    sb_init_arena(&b, a, HEADER_MAX + 16);
    sb_addf(&b, "MSH%c^~\\&%c", payload.p[3], payload.p[3]);
    sb_add(&b, rest);
    return hl7_index(out, a, sb_str(&b)) == HL7_OK;
}

static bool
has_header(enum hl7_error e)
{
    return e == HL7_BAD_DELIMITERS || e == HL7_TOO_LONG || e == HL7_TOO_MANY_SEGMENTS ||
           e == HL7_TOO_MANY_FIELDS;
}

static void
read_payload(const struct hl7intake *in, struct str payload, struct stamp now, struct arena *a,
             struct hl7read *out)
{
    enum hl7_error e = hl7_index_as(&out->hl7, a, payload, &in->map->reading);

    if (e != HL7_OK) {
        quarantine(&out->message, hl7_error_name(e), hl7_error_place(e));
        out->header_only = has_header(e) && read_header(a, payload, &out->hl7);
        out->indexed = out->header_only;
        return;
    }
    out->indexed = true;
    understand(in, now, a, out);
}

static struct hl7read
unread(const struct hl7intake *in, struct str payload, struct arena *a)
{
    struct hl7read r = {0};

    r.message.feed = str_from_c(in->feed);
    r.message.control_id = control_id_of(a, payload);
    r.message.sender = STR("");
    r.message.type = STR("");
    r.message.raw = payload;
    r.message.map_hash = in->map->hash;
    return r;
}

/* Only the index, so that the answer can name the message: a full arena jumps back here. */
static void
too_large(const struct hl7intake *in, struct arena *a, size_t mark, struct str payload,
          struct hl7read *out)
{
    jmp_buf trap;
    jmp_buf *before;

    arena_release(a, mark);
    *out = unread(in, payload, a);
    quarantine(&out->message, "too_large_to_read", "");
    mark = arena_mark(a);
    before = arena_trap_set(a, &trap);
    if (setjmp(trap) == 0)
        out->indexed = hl7_index_as(&out->hl7, a, payload, &in->map->reading) == HL7_OK;
    else
        arena_release(a, mark);
    (void)arena_trap_set(a, before);
}

void
hl7intake_read(const struct hl7intake *in, struct str payload, struct stamp now, struct arena *a,
               struct hl7read *out)
{
    struct sha256 sha = sha256_of(payload.p, payload.n);
    jmp_buf trap;
    jmp_buf *before;
    size_t mark = arena_mark(a);
    size_t size = a->size;

    *out = unread(in, payload, a);
    if (poison_is_listed(in->poison, &sha)) {
        quarantine(&out->message, "killed_a_process", "");
        return;
    }
    poison_begin(in->poison, &sha);
    if (size - mark > SPARE_MIN)
        a->size -= ANSWER_BYTES;
    before = arena_trap_set(a, &trap);
    if (setjmp(trap) == 0)
        read_payload(in, payload, now, a, out);
    else
        too_large(in, a, mark, payload, out);
    (void)arena_trap_set(a, before);
    a->size = size;
    poison_end(in->poison);
}
