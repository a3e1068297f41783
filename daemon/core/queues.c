#include "core/queues.h"

#include "core/board.h"
#include "core/internal.h"

/* What out last said of that route; all empty: nothing. */
static struct route_status
status_of(const struct status_report *r, struct str route)
{
    for (size_t i = 0; i < r->route_count; i++) {
        if (str_eq(r->route[i].name, route))
            return r->route[i];
    }
    return (struct route_status){.name = STR("")};
}

struct figures {
    struct str route;
    unsigned long long cursor;
    unsigned long long behind;
    unsigned long long oldest_s;
    unsigned long long dead;
    unsigned long long next_s; /* until it tries again */
    struct str state;
};

static void
json_line(struct ask *k, const struct figures *f, const struct route_status *s)
{
    lines_addf(&k->lines,
               "{\"route\":\"%.*s\",\"kind\":\"%.*s\",\"address\":\"%.*s\",\"cursor\":%llu,"
               "\"behind\":%llu,\"oldest_s\":%llu,\"state\":\"%.*s\",\"problem\":\"%.*s\","
               "\"sent\":%llu,\"retries\":%llu,\"dead\":%llu,\"last_s\":%llu,\"next_s\":%llu}",
               STR_FMT(f->route), STR_FMT(s->kind), STR_FMT(s->address), f->cursor, f->behind,
               f->oldest_s, STR_FMT(f->state), STR_FMT(s->problem), (unsigned long long)s->sent,
               (unsigned long long)s->retries, f->dead, (unsigned long long)s->last_s, f->next_s);
}

static void
text_line(struct ask *k, const struct figures *f, const struct route_status *s)
{
    struct sb b;

    sb_init_arena(&b, k->arena, LINE_BYTES_MAX);
    sb_add(&b, f->route);
    sb_addf(&b, " cursor %llu behind %llu", f->cursor, f->behind);
    if (f->behind > 0)
        sb_addf(&b, " oldest %llus", f->oldest_s);
    if (!str_is_empty(f->state))
        sb_addf(&b, " %.*s", STR_FMT(f->state));
    if (!str_is_empty(s->problem))
        sb_addf(&b, ": %.*s", STR_FMT(s->problem));
    if (f->next_s > 0)
        sb_addf(&b, ", again in %llus", f->next_s);
    if (f->dead > 0)
        sb_addf(&b, ", %llu put aside", f->dead);
    lines_add(&k->lines, sb_str(&b));
}

static void
queue_line(struct ask *k, const struct cursor_row *row, const struct route_status *s)
{
    struct store *st = core_store(k->core);
    uint64_t head = store_outbox_head(st);
    uint64_t now = (uint64_t)k->now.utc_s;
    int64_t since = head > row->seq ? store_waiting_since(st, row->seq, k->arena) : 0;
    struct figures f = {.route = row->route,
                        .cursor = row->seq,
                        .behind = head > row->seq ? head - row->seq : 0,
                        .dead = store_dead_count(st, row->route),
                        .next_s = s->next_s > now ? s->next_s - now : 0,
                        .state = store_route_held(st, row->route) ? STR("held") : s->state};

    if (since > 0 && k->now.utc_s > since)
        f.oldest_s = (unsigned long long)(k->now.utc_s - since);
    if (k->rq->json)
        json_line(k, &f, s);
    else
        text_line(k, &f, s);
}

void
queues_run(struct ask *k)
{
    struct status_report r = {.route_count = 0};
    struct cursor_row *row;
    int64_t age_ms = 0;
    size_t n;

    if (store_cursors(core_store(k->core), k->arena, &row, &n) != STORE_OK)
        return;
    if (!board_get(k->core->board, BOARD_OUT, k->arena, &r, &age_ms) || age_ms > BOARD_STALE_MS)
        r.route_count = 0;
    for (size_t i = 0; i < n; i++) {
        struct route_status s = status_of(&r, row[i].route);

        queue_line(k, &row[i], &s);
    }
}
