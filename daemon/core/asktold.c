#include "core/asktold.h"

#include "base/sort.h"
#include "core/internal.h"
#include "core/person.h"

void
asktold_lines(struct ask *k, const struct alert *al)
{
    struct receipt_row *row;
    size_t n;

    if (store_receipts(core_store(k->core), al->id, k->arena, &row, &n) != STORE_OK)
        return;
    for (size_t i = 0; i < n; i++) {
        struct receipt_row *r = &row[i];

        if (r->version > 0) {
            lines_addf(&k->lines, "Route %.*s: version %u %s", STR_FMT(r->route), r->version,
                       receipt_state_text(r->state));
        } else {
            lines_addf(&k->lines, "Route %.*s: %s%s%.*s", STR_FMT(r->route),
                       receipt_state_text(r->state), str_is_empty(r->reason) ? "" : ": ",
                       STR_FMT(r->reason));
        }
    }
}

static bool
is_at_fallback(const struct alert *al)
{
    for (size_t i = 0; i < al->recipient_count; i++) {
        if (str_eq_c(al->recipient[i].role, "fallback"))
            return true;
    }
    return false;
}

/* Somebody whom open alerts name, or the fallback. */
struct stranger {
    struct str who; /* "attending HOSP:9999" */
    size_t alerts;
    struct str example; /* the newest alert of these */
};

struct strangers {
    struct stranger *item;
    size_t count;
    size_t fallback; /* alerts that nobody else could be found for */
};

static void
note(struct strangers *s, struct str who, struct str alert, struct arena *a)
{
    size_t i = 0;

    while (i < s->count && !str_eq(s->item[i].who, who))
        i++;
    if (i == s->count)
        s->item[s->count++] = (struct stranger){str_dup(a, who), 0, STR_NONE};
    s->item[i].alerts++;
    s->item[i].example = str_dup(a, alert);
}

static int
stranger_cmp(const void *pa, const void *pb)
{
    const struct stranger *a = pa;
    const struct stranger *b = pb;

    if (a->alerts != b->alerts)
        return a->alerts > b->alerts ? -1 : 1;
    return str_cmp(a->who, b->who);
}

static bool
strangers_of(struct ask *k, struct strangers *out)
{
    struct str *packed;
    size_t n;
    size_t room = 0;

    *out = (struct strangers){.count = 0};
    if (store_alerts_list(core_store(k->core), true, k->arena, &packed, &n) != STORE_OK)
        return false;
    for (size_t pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < n; i++) {
            struct alert al = person_alert(k->arena, packed[i]);

            if (al.gate != ALERT_OUT || al.silent)
                continue;
            room += pass == 0 ? al.unknown_count : 0;
            out->fallback += pass == 0 && is_at_fallback(&al);
            for (size_t u = 0; pass == 1 && u < al.unknown_count; u++)
                note(out, al.unknown[u], al.id, k->arena);
        }
        if (pass == 0)
            out->item = ARENA_ARRAY(k->arena, room, struct stranger);
    }
    sort_stable(k->arena, out->item, out->count, sizeof(*out->item), stranger_cmp);
    return true;
}

/* So that a site can mend its directory: who is named most often, first. */
void
ask_unresolved(struct ask *k)
{
    struct strangers s;

    if (!strangers_of(k, &s)) {
        ask_fail(k, 1, "the store did not answer");
        return;
    }
    for (size_t i = 0; i < s.count; i++) {
        lines_addf(&k->lines,
                   k->rq->json ? "{\"named\":\"%.*s\",\"open_alerts\":%zu,\"alert\":\"%.*s\"}"
                               : "%.*s: named for %zu open alerts, last %.*s",
                   STR_FMT(s.item[i].who), s.item[i].alerts, STR_FMT(s.item[i].example));
    }
    lines_addf(&k->lines,
               k->rq->json ? "{\"open_alerts_at_fallback\":%zu}"
                           : "open alerts that only the fallback hears of: %zu",
               s.fallback);
}
