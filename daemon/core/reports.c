#include "core/reports.h"

#include "base/sb.h"
#include "base/sort.h"
#include "codec/message.h"
#include "core/internal.h"
#include "core/person.h"
#include "model/timeline.h"
#include "sys/mem.h"

#include <stdio.h>
#include <string.h>

enum { WORDS_MAX = 100, GROUP_MAX = 80, GROUP_HEX = 16 };

static const size_t STEP_ARENA_KEEP = (size_t)1 << 22;

/* The last second of the year 9999: a report whose date lies ahead stands in the queue as well. */
static const int64_t NO_END_S = INT64_C(253402300799);

static bool
is_report(const struct fact *f)
{
    return f->kind == FACT_REPORT && f->status != FACT_WITHDRAWN && !f->u.report.read;
}

static const struct document *
document_of(const struct result_message *m, size_t fact)
{
    for (size_t i = 0; i < m->document_count; i++) {
        if (m->document[i].fact == fact)
            return &m->document[i];
    }
    return NULL;
}

static void
fill_fact(struct report_row *row, const struct fact *f)
{
    row->key = fact_key(f);
    row->collected = f->collected;
    row->category = f->u.report.category;
    row->media = f->u.report.media;
    row->filler = f->order;
    row->parent = f->u.report.parent;
    row->problem = f->u.report.problem;
    row->bytes = f->u.report.bytes;
}

/* What is larger than the site wants to store twice is in the journal, and only there. */
static void
fill_document(const struct core *c, struct report_row *row, const struct document *d)
{
    if (d == NULL) {
        if (str_is_empty(row->problem))
            row->problem = STR("no_content");
        return;
    }
    row->title = d->title;
    row->phrase = d->phrase;
    row->quote = d->quote;
    row->answers = d->answers;
    row->content = str_is_absent(d->content) ? STR("") : d->content;
    row->sha = sha256_of(row->content.p, row->content.n);
    row->has_sha = true;
    if (c->document_max > 0 && d->content.n > c->document_max) {
        row->problem = STR("too_large");
        row->content = STR_NONE;
    }
}

static bool
same_key(const struct fact_key *x, const struct fact_key *y)
{
    return fact_key_cmp(x, y) == 0;
}

/* The reports that a patient has, while those of one message are added. */
struct known {
    uint64_t patient; /* 0: none looked for yet */
    struct report_row *row;
    size_t count;
};

/* room: for so many more. */
static enum store_result
look_up(struct core *c, uint64_t patient, size_t room, struct known *k)
{
    struct report_row *row;
    size_t n;
    enum store_result r = store_reports_of(c->store, patient, &c->step, &row, &n);

    if (r != STORE_OK)
        return r;
    *k = (struct known){patient, ARENA_ARRAY(&c->step, n + room, struct report_row), n};
    if (n > 0)
        memcpy(k->row, row, n * sizeof(*row));
    return STORE_OK;
}

/* Taken before, when the same message is read again. */
static bool
is_there(const struct known *k, const struct report_row *row)
{
    for (size_t i = 0; i < k->count; i++) {
        const struct report_row *x = &k->row[i];

        if (x->journal == row->journal && same_key(&x->key, &row->key) &&
            x->has_sha == row->has_sha && (!row->has_sha || sha256_cmp(&x->sha, &row->sha) == 0))
            return true;
    }
    return false;
}

/* Counted by names of ours: a publisher may call a category what it likes. */
static struct str
counted_as(struct str category)
{
    static const char *const known[] = {"radiology", "pathology", "molecular", "document"};

    for (size_t i = 0; i < RFD_COUNT(known); i++) {
        if (str_eq_c(category, known[i]))
            return category;
    }
    return STR("other");
}

static enum store_result
add_report(struct core *c, const struct journal_row *row, const struct result_message *m, size_t i,
           struct known *k)
{
    struct report_row report = {.patient = k->patient,
                                .journal = row->seq,
                                .state = m->history ? REPORT_HISTORY : REPORT_WAITING};
    enum store_result r;

    fill_fact(&report, &m->fact[i]);
    fill_document(c, &report, document_of(m, i));
    if (is_there(k, &report))
        return STORE_OK;
    rfd_assert(k->row != NULL);
    k->row[k->count++] = report;
    r = store_report_add(c->store, &report);
    if (r == STORE_OK)
        r = store_count(c->store, "reports", counted_as(report.category), 1);
    return r;
}

/* --- what stands, by the facts alone: never by what came last */

static enum store_result
facts_of(struct core *c, uint64_t patient, struct timeline *out)
{
    struct str *packed;
    struct fact *f;
    size_t n;
    enum store_result r =
        store_facts_of_kind(c->store, patient, FACT_REPORT, &c->step, &packed, &n);

    if (r != STORE_OK)
        return r;
    f = ARENA_ARRAY(&c->step, n, struct fact);
    for (size_t i = 0; i < n; i++)
        f[i] = person_fact(&c->step, packed[i]);
    *out = timeline_build(&c->step, f, n, stamp_of_utc(NO_END_S));
    return STORE_OK;
}

/* An unread report that stands. */
struct standing {
    struct fact_key key;
    uint64_t journal;
};

static int
standing_cmp(const void *a, const void *b)
{
    const struct standing *x = a;
    const struct standing *y = b;

    return fact_key_cmp(&x->key, &y->key);
}

static struct standing *
all_standing(struct core *c, const struct timeline *t, size_t *count_out)
{
    size_t n;
    const struct fact *const *f = timeline_kind(t, FACT_REPORT, &n);
    struct standing *s = ARENA_ARRAY(&c->step, n, struct standing);
    size_t count = 0;

    for (size_t i = 0; i < n; i++) {
        if (!f[i]->u.report.read)
            s[count++] = (struct standing){fact_key(f[i]), f[i]->source.journal};
    }
    sort_stable(&c->step, s, count, sizeof(*s), standing_cmp);
    *count_out = count;
    return s;
}

/* A key stands once. */
static bool
stands(const struct standing *s, size_t count, const struct report_row *row)
{
    size_t low = 0;

    while (low < count) {
        size_t at = low + (count - low) / 2;
        int order = fact_key_cmp(&row->key, &s[at].key);

        if (order == 0)
            return s[at].journal == row->journal;
        if (order < 0)
            count = at;
        else
            low = at + 1;
    }
    return false;
}

/* Word for word what a person has taken out before, sent again: it does not come back. */
static enum report_state
state_of(const struct report_row *row, const struct report_row *all, size_t count)
{
    for (size_t i = 0; i < count && row->state == REPORT_WAITING && row->has_sha; i++) {
        bool read = all[i].state == REPORT_DONE || all[i].state == REPORT_CODED;

        if (read && all[i].has_sha && sha256_cmp(&all[i].sha, &row->sha) == 0)
            return all[i].state;
    }
    return row->state;
}

static enum store_result
settle(struct core *c, uint64_t patient)
{
    struct report_row *row;
    struct standing *s;
    struct timeline t;
    size_t n;
    size_t count;
    enum store_result r = store_reports_of(c->store, patient, &c->step, &row, &n);

    if (r == STORE_OK && n > 0)
        r = facts_of(c, patient, &t);
    if (r != STORE_OK || n == 0)
        return r;
    s = all_standing(c, &t, &count);
    for (size_t i = 0; r == STORE_OK && i < n; i++) {
        bool in_force = stands(s, count, &row[i]);
        enum report_state state = state_of(&row[i], row, n);

        if (in_force != row[i].in_force || state != row[i].state)
            r = store_report_stand(c->store, row[i].number, in_force, state);
    }
    return r;
}

/* What stands is worked out when all of a patient's are there, not after each. */
static enum store_result
take_one(struct core *c, const struct journal_row *row, const struct result_message *m, size_t i,
         struct known *k)
{
    uint64_t patient;
    enum store_result r = store_patient_require(c->store, m->fact[i].patient, &patient);

    if (r == STORE_OK && patient != k->patient && k->patient != 0)
        r = settle(c, k->patient);
    if (r == STORE_OK && patient != k->patient)
        r = look_up(c, patient, m->fact_count - i, k);
    if (r == STORE_OK && is_report(&m->fact[i]))
        r = add_report(c, row, m, i, k);
    return r;
}

enum store_result
reports_take(struct core *c, const struct journal_row *row, const struct result_message *m)
{
    enum store_result r = STORE_OK;
    struct known k = {0};
    size_t mark = arena_mark(&c->step);

    for (size_t i = 0; i < m->fact_count && r == STORE_OK; i++) {
        if (m->fact[i].kind == FACT_REPORT)
            r = take_one(c, row, m, i, &k);
    }
    if (r == STORE_OK && k.patient != 0)
        r = settle(c, k.patient);
    arena_release(&c->step, mark);
    return r;
}

enum store_result
reports_settle(struct core *c, uint64_t patient)
{
    size_t mark = arena_mark(&c->step);
    enum store_result r = settle(c, patient);

    arena_release(&c->step, mark);
    return r;
}

/* --- taken out by a person */

/* Says to every later evaluation that it was read; a group of its own, so that it is no version of
 * the report itself. */
static struct fact
read_fact(struct core *c, const struct report_row *row)
{
    struct fact f = {.kind = FACT_REPORT,
                     .status = FACT_FINAL,
                     .patient = row->ref,
                     .collected = row->collected,
                     .order = row->filler};
    char hex[SHA256_HEX_MAX] = "";
    struct sb b;

    if (row->has_sha)
        f.u.report.sha = str_dup(&c->step, sha256_hex(&row->sha, hex));
    f.u.report.category = row->category;
    f.u.report.read = true;
    sb_init_arena(&b, &c->step, GROUP_MAX);
    sb_addf(&b, "read %.*s", STR_FMT(str_sub(str_from_c(hex), 0, GROUP_HEX)));
    f.group = sb_str(&b);
    return f;
}

static enum store_result
write_done(struct core *c, const struct report_row *row, struct str actor, bool coded,
           struct stamp at)
{
    struct fact f = read_fact(c, row);
    char number[24];
    int n = snprintf(number, sizeof(number), "%llu", (unsigned long long)row->number);
    struct str subject = {number, (size_t)n};
    struct result_message m = {.feed = STR("entry"),
                               .control_id = actor,
                               .sender = actor,
                               .sent = at,
                               .type = coded ? STR("report coded") : STR("report done"),
                               .fact = &f,
                               .fact_count = 1};
    uint64_t journal;
    struct sb words;
    enum store_result r;

    f.status_time = at;
    sb_init_arena(&words, &c->step, WORDS_MAX);
    sb_addf(&words, "report %s %s", number, coded ? "coded" : "done");
    m.raw = sb_str(&words);
    r = ingest_entry(c, &m, at, &journal);
    if (r == STORE_OK)
        r = store_report_mark(c->store, row->number, coded ? REPORT_CODED : REPORT_DONE);
    if (r == STORE_OK)
        r = store_audit_add(c->store, coded ? "report_coded" : "report_done",
                            str_cz(&c->step, actor), subject, at);
    return r;
}

static bool
is_taken_out(const struct report_row *row, bool coded)
{
    return row->state == REPORT_CODED || (row->state == REPORT_DONE && !coded);
}

enum report_result
report_done(struct core *c, uint64_t number, struct str actor, bool coded, struct stamp now)
{
    struct stamp at = core_instant(c, now);
    struct report_row row;
    enum store_result r;

    rfd_assert(!core_has_batch(c));
    if (store_report_get(c->store, number, &c->step, &row) != STORE_OK)
        return REPORT_UNKNOWN;
    if (is_taken_out(&row, coded))
        return REPORT_ALREADY;
    r = store_begin(c->store);
    if (r == STORE_OK)
        r = write_done(c, &row, actor, coded, at);
    if (r == STORE_OK)
        r = store_commit(c->store);
    if (r != STORE_OK && store_in_transaction(c->store))
        store_rollback(c->store);
    mem_arena_trim(&c->step, STEP_ARENA_KEEP);
    return r == STORE_OK ? REPORT_MARKED : REPORT_BUSY;
}

enum report_result
report_coded(struct core *c, uint64_t patient, uint64_t journal, struct str actor, struct stamp now)
{
    struct report_row *row;
    uint64_t *number;
    size_t n;
    size_t found = 0;
    enum report_result result = REPORT_UNKNOWN;

    if (store_reports_of(c->store, patient, &c->step, &row, &n) != STORE_OK)
        return REPORT_BUSY;
    number = xcalloc(n + 1, sizeof(*number)); /* report_done() clears the arena */
    for (size_t i = 0; i < n; i++) {
        if (row[i].journal == journal && row[i].in_force)
            number[found++] = row[i].number;
    }
    for (size_t i = 0; i < found; i++) {
        enum report_result one = report_done(c, number[i], actor, true, now);

        if (one == REPORT_MARKED || result == REPORT_UNKNOWN)
            result = one;
    }
    xfree(number);
    return result;
}
