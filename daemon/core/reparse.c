#include "core/reparse.h"

#include "core/internal.h"
#include "core/reapply.h"
#include "core/rejob.h"

#include <string.h>

enum {
    TRIES_MAX = 6, /* a message that kills edge twice is on the poison page by then */
    AGAIN_MS = 15000,
};

bool
reparse_is_active(const struct core *c)
{
    return c->reparse->active;
}

/* --- which messages */

static bool
fits(const struct core *c, const struct rejob_wanted *w, const struct reading_row *row)
{
    struct str now = STR_NONE;

    if (w->feed[0] != '\0' && !str_eq_c(row->feed, w->feed))
        return false;
    if (w->reason[0] != '\0' && !str_eq_c(row->reason, w->reason))
        return false;
    if (w->quarantined && row->outcome != OUTCOME_QUARANTINED)
        return false;
    if (row->received_s < w->since_s)
        return false;
    if (!w->changed)
        return true;
    if (c->sites != NULL)
        now = c->sites->map_hash(c->sites->arg, row->feed);
    return !str_is_absent(now) && !str_eq(now, row->map_hash);
}

/* One slice of the journal: its bounds keep the time that it takes. */
static void
look_on(struct core *c, struct arena *a)
{
    struct rejob *r = c->reparse;
    size_t mark = arena_mark(a);
    uint64_t to = r->cursor + REJOB_SLICE_ROWS < r->last ? r->cursor + REJOB_SLICE_ROWS : r->last;
    struct reading_row *row;
    size_t n;

    r->candidates = 0;
    r->next = 0;
    if (store_readings(c->store, r->cursor, to, a, &row, &n) != STORE_OK)
        return; /* again, later */
    for (size_t i = 0; i < n; i++) {
        if (fits(c, &r->want, &row[i]))
            r->candidate[r->candidates++] = row[i].seq;
    }
    r->cursor = to;
    arena_release(a, mark);
}

static bool
next_candidate(struct core *c, struct arena *a, uint64_t *journal_out)
{
    struct rejob *r = c->reparse;

    if (r->want.listed_count > 0) {
        if (r->cursor == r->want.listed_count)
            return false;
        *journal_out = r->want.listed[r->cursor++];
        return true;
    }
    if (r->next == r->candidates && r->cursor < r->last)
        look_on(c, a);
    if (r->next == r->candidates)
        return false;
    *journal_out = r->candidate[r->next++];
    return true;
}

/* --- to edge and back */

static const char *
why_not(const struct core *c, const struct journal_row *row)
{
    if (row->kind != JOURNAL_MESSAGE)
        return "not_a_message";
    if (str_is_absent(row->payload))
        return "erased";
    if (c->sites == NULL || str_is_absent(c->sites->map_hash(c->sites->arg, row->feed)))
        return "feed_not_configured";
    return NULL;
}

/* False: this one cannot be read again, and its result says so. */
static bool
fill_request(struct core *c, uint64_t journal, struct arena *a, struct reparse_request *out)
{
    struct journal_row row;
    const char *why;

    if (store_journal_get(c->store, journal, a, &row) != STORE_OK) {
        rejob_fail(c->reparse, journal, STR(""), "no_such_message");
        return false;
    }
    why = why_not(c, &row);
    if (why != NULL) {
        rejob_fail(c->reparse, journal, row.feed, why);
        return false;
    }
    *out = (struct reparse_request){
        .journal = row.seq, .feed = row.feed, .received = row.received, .raw = row.payload};
    return true;
}

static bool
send(struct core *c, struct rejob_message *p, uint64_t journal, int64_t now_ms, struct arena *a,
     struct reparse_request *out)
{
    if (!fill_request(c, journal, a, out)) {
        p->state = REJOB_FREE;
        return false;
    }
    p->state = REJOB_SENT;
    p->journal = journal;
    p->sent_ms = now_ms;
    p->tries++;
    return true;
}

bool
reparse_next(struct core *c, int64_t now_ms, struct arena *a, struct reparse_request *out)
{
    struct rejob *r = c->reparse;
    struct rejob_message *p = rejob_overdue(r, now_ms, AGAIN_MS);
    uint64_t journal;

    if (!r->active)
        return false;
    if (p != NULL && p->tries >= TRIES_MAX) {
        rejob_fail(r, p->journal, STR(""), "no_answer_of_edge");
        p->state = REJOB_FREE;
        return false;
    }
    if (p != NULL)
        return send(c, p, p->journal, now_ms, a, out);
    p = rejob_find(r, 0, REJOB_FREE);
    if (p != NULL && next_candidate(c, a, &journal)) {
        p->tries = 0;
        return send(c, p, journal, now_ms, a, out);
    }
    rejob_settle(r);
    return false;
}

void
reparse_again(struct core *c)
{
    for (size_t i = 0; i < REJOB_WINDOW; i++)
        c->reparse->pending[i].sent_ms = INT64_MIN / 2;
}

static void
fail_pending(struct rejob_message *p, struct str feed, struct str why)
{
    p->result = (struct rejob_result){.journal = p->journal, .failed = true};
    rejob_text(p->result.feed, REJOB_FEED_MAX, feed);
    rejob_text(p->result.reason, REJOB_WORD_MAX, why);
    p->state = REJOB_DONE;
}

/* An answer that nobody waits for any more (of a core before this one, or given twice) is not
 * applied: the message stays as it is. */
enum outcome
reparse_take(struct core *c, const struct ingest_request *rq, struct stamp now)
{
    struct rejob_message *p = rejob_find(c->reparse, rq->reparse, REJOB_SENT);
    struct reapplied x;
    enum store_result r;

    if (p == NULL)
        return OUTCOME_DUPLICATE;
    if (!str_is_empty(rq->refused)) {
        fail_pending(p, rq->message.feed, rq->refused);
        return OUTCOME_REFUSED;
    }
    r = reapply_message(c, rq->reparse, &rq->message, now, str_from_c(c->reparse->actor), &x);
    if (r == STORE_NONE) {
        fail_pending(p, rq->message.feed, STR("too_large_to_evaluate"));
        return OUTCOME_REFUSED;
    }
    if (r != STORE_OK)
        return OUTCOME_BUSY; /* asked for again when it is overdue */
    p->result =
        (struct rejob_result){.journal = rq->reparse, .was = x.was, .is = x.is, .facts = x.facts};
    rejob_text(p->result.feed, REJOB_FEED_MAX, rq->message.feed);
    rejob_text(p->result.reason, REJOB_WORD_MAX, x.reason);
    rejob_text(p->result.place, REJOB_WORD_MAX, x.place);
    p->state = REJOB_DONE;
    return x.is;
}

/* --- the verb */

static bool
read_number(struct rejob_wanted *w, struct str word)
{
    uint64_t n;

    if (!str_to_u64(word, &n) || n == 0 || n > INT64_MAX || w->listed_count == REJOB_LISTED_MAX)
        return false;
    w->listed[w->listed_count++] = n;
    return true;
}

static bool
read_word(struct rejob_wanted *w, struct str word)
{
    struct stamp day;

    if (str_eq_c(word, "quarantined"))
        w->quarantined = true;
    else if (str_eq_c(word, "changed"))
        w->changed = true;
    else if (str_starts(word, STR("feed=")))
        rejob_text(w->feed, REJOB_FEED_MAX, str_sub(word, 5, word.n));
    else if (str_starts(word, STR("reason=")))
        rejob_text(w->reason, REJOB_WORD_MAX, str_sub(word, 7, word.n));
    else if (str_starts(word, STR("since=")) && stamp_parse(str_sub(word, 6, word.n), &day))
        w->since_s = day.utc_s;
    else
        return read_number(w, word);
    return true;
}

static bool
read_wanted(const struct ask *k, struct rejob_wanted *w)
{
    w->since_s = INT64_MIN;
    for (size_t i = 0; i < k->rq->arg_count; i++) {
        if (!read_word(w, k->rq->arg[i]))
            return false;
    }
    /* numbers name the messages; nothing else goes with them */
    return w->listed_count == 0 || w->listed_count == k->rq->arg_count;
}

static void
begin(struct ask *k, const struct rejob_wanted *w)
{
    struct rejob *r = k->core->reparse;

    memset(r, 0, sizeof(*r));
    r->want = *w;
    r->active = true;
    r->last = store_journal_head(core_store(k->core));
    rejob_text(r->actor, sizeof(r->actor), ask_actor(k));
    lines_addf(&k->lines,
               k->rq->json ? "{\"event\":\"begun\",\"journal_head\":%llu}"
                           : "reading again what is asked for, up to journal %llu",
               (unsigned long long)r->last);
    k->out->seq = 0;
}

static void
result_line(struct ask *k, const struct rejob_result *x)
{
    const char *is = x->failed ? "not_read" : outcome_name(x->is);
    const char *was = x->failed ? "" : outcome_name(x->was);

    if (k->rq->json) {
        lines_addf(&k->lines,
                   "{\"journal\":%llu,\"feed\":\"%s\",\"was\":\"%s\",\"is\":\"%s\","
                   "\"reason\":\"%s\",\"place\":\"%s\",\"facts\":%zu}",
                   (unsigned long long)x->journal, x->feed, was, is, x->reason, x->place, x->facts);
    } else if (x->failed) {
        lines_addf(&k->lines, "journal %llu %s: not read again: %s", (unsigned long long)x->journal,
                   x->feed, x->reason);
    } else {
        lines_addf(&k->lines, "journal %llu %s: %s -> %s%s%s%s%s, %zu fact%s",
                   (unsigned long long)x->journal, x->feed, was, is,
                   x->reason[0] == '\0' ? "" : " ", x->reason, x->place[0] == '\0' ? "" : " ",
                   x->place, x->facts, x->facts == 1 ? "" : "s");
    }
}

static void
summary(struct ask *k, const struct rejob *r)
{
    lines_addf(&k->lines,
               k->rq->json
                   ? "{\"event\":\"done\",\"messages\":%llu,\"stored\":%llu,\"ignored\":%llu,"
                     "\"quarantined\":%llu,\"not_read\":%llu,\"out_of_quarantine\":%llu}"
                   : "%llu messages: %llu stored, %llu ignored, %llu quarantined, %llu not read "
                     "again; %llu came out of quarantine",
               (unsigned long long)r->results, (unsigned long long)r->outcomes[OUTCOME_STORED],
               (unsigned long long)r->outcomes[OUTCOME_IGNORED],
               (unsigned long long)r->outcomes[OUTCOME_QUARANTINED], (unsigned long long)r->failed,
               (unsigned long long)r->freed);
}

static void
progress(struct ask *k)
{
    const struct rejob *r = k->core->reparse;
    uint64_t from = k->rq->after_seq < r->results ? k->rq->after_seq : r->results;

    if (r->results - from > REJOB_RESULTS_MAX) {
        lines_addf(&k->lines,
                   k->rq->json ? "{\"event\":\"not_listed\",\"messages\":%llu}"
                               : "... %llu messages that are not listed any more",
                   (unsigned long long)(r->results - from - REJOB_RESULTS_MAX));
        from = r->results - REJOB_RESULTS_MAX;
    }
    for (; from < r->results; from++)
        result_line(k, &r->result[from % REJOB_RESULTS_MAX]);
    k->out->seq = r->results;
    if (r->active)
        return;
    summary(k, r);
    k->out->seq = UINT64_MAX;
}

void
reparse_run(struct ask *k)
{
    struct rejob_wanted *w = ARENA_NEW(k->arena, struct rejob_wanted);

    if (k->rq->arg_count == 0) {
        progress(k);
        return;
    }
    if (!read_wanted(k, w)) {
        ask_fail(k, 2,
                 "reparse takes journal numbers, or --reason, --feed, --since DAY, "
                 "--all-quarantined and --changed");
    } else if (k->core->reparse->active) {
        ask_fail(k, 1, "a reparse is running: refractctl reparse shows how far it is");
    } else {
        begin(k, w);
    }
}
