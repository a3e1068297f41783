#include "core/rejob.h"

#include "sys/mem.h"

#include <string.h>

struct rejob *
rejob_new(void)
{
    return xcalloc(1, sizeof(struct rejob));
}

void
rejob_free(struct rejob **r)
{
    xfree(*r);
    *r = NULL;
}

void
rejob_text(char *to, size_t size, struct str s)
{
    size_t n = s.n < size - 1 ? s.n : size - 1;

    if (n > 0)
        memcpy(to, s.p, n);
    to[n] = '\0';
}

void
rejob_publish(struct rejob *r, const struct rejob_result *x)
{
    r->result[r->results++ % REJOB_RESULTS_MAX] = *x;
    if (x->failed) {
        r->failed++;
        return;
    }
    r->outcomes[x->is]++;
    if (x->was == OUTCOME_QUARANTINED && x->is != OUTCOME_QUARANTINED)
        r->freed++;
}

void
rejob_fail(struct rejob *r, uint64_t journal, struct str feed, const char *why)
{
    struct rejob_result x = {.journal = journal, .failed = true};

    rejob_text(x.feed, sizeof(x.feed), feed);
    rejob_text(x.reason, sizeof(x.reason), str_from_c(why));
    rejob_publish(r, &x);
}

struct rejob_message *
rejob_overdue(struct rejob *r, int64_t now_ms, int64_t patience_ms)
{
    for (size_t i = 0; i < REJOB_WINDOW; i++) {
        struct rejob_message *p = &r->pending[i];

        if (p->state == REJOB_SENT && now_ms - p->sent_ms >= patience_ms)
            return p;
    }
    return NULL;
}

struct rejob_message *
rejob_find(struct rejob *r, uint64_t journal, enum rejob_state state)
{
    for (size_t i = 0; i < REJOB_WINDOW; i++) {
        if (r->pending[i].state == state &&
            (state == REJOB_FREE || r->pending[i].journal == journal))
            return &r->pending[i];
    }
    return NULL;
}

static bool
is_exhausted(const struct rejob *r)
{
    uint64_t end = r->want.listed_count > 0 ? r->want.listed_count : r->last;

    return r->next == r->candidates && r->cursor >= end;
}

void
rejob_settle(struct rejob *r)
{
    for (size_t i = 0; i < REJOB_WINDOW; i++) {
        if (r->pending[i].state != REJOB_FREE)
            return;
    }
    if (is_exhausted(r))
        r->active = false;
}

void
rejob_batch_end(struct rejob *r, bool kept)
{
    for (size_t i = 0; i < REJOB_WINDOW; i++) {
        struct rejob_message *p = &r->pending[i];

        if (p->state != REJOB_DONE)
            continue;
        p->state = kept ? REJOB_FREE : REJOB_SENT;
        if (kept)
            rejob_publish(r, &p->result);
    }
    if (r->active)
        rejob_settle(r);
}
