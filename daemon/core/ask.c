#include "core/ask.h"

#include "alert/life.h"
#include "core/person.h"

void
ask_fail(struct ask *k, int code, const char *text)
{
    k->out->exit_code = code;
    k->out->error = str_from_c(text);
}

/* A receipt causes nothing: it has no journal number, and no version tells of it. */
void
ask_receipt(struct ask *k, struct alert *al)
{
    if (al->gate == ALERT_OUT && alert_can_move(al->state, ALERT_DELIVERED) &&
        store_delivered_version(core_store(k->core), al->id) >= al->version)
        al->state = ALERT_DELIVERED;
}

bool
ask_alert(struct ask *k, struct alert *out, uint64_t *patient_out)
{
    struct str packed;

    if (store_alert_get(core_store(k->core), k->rq->arg[0], k->arena, patient_out, &packed) !=
        STORE_OK)
        return false;
    *out = person_alert(k->arena, packed);
    ask_receipt(k, out);
    return true;
}

bool
ask_patient(struct ask *k, uint64_t *number_out)
{
    struct alert al;

    return ask_alert(k, &al, number_out) || ask_patient_at(k, 0, number_out);
}

bool
ask_patient_at(struct ask *k, size_t arg, uint64_t *number_out)
{
    struct patient_ref ref = {STR(""), k->rq->arg[arg]};
    struct str head;
    struct str rest;

    if (str_cut(k->rq->arg[arg], ':', &head, &rest))
        ref = (struct patient_ref){head, rest};
    return store_patient_find(core_store(k->core), ref, number_out) == STORE_OK;
}

struct str
ask_words(struct ask *k)
{
    struct sb b;

    sb_init_arena(&b, k->arena, LINE_BYTES_MAX);
    sb_add(&b, k->rq->verb);
    for (size_t i = 0; i < k->rq->arg_count; i++)
        sb_addf(&b, " %.*s", STR_FMT(k->rq->arg[i]));
    return sb_str(&b);
}

struct str
ask_actor(const struct ask *k)
{
    return str_is_empty(k->rq->actor) ? STR("refractctl") : k->rq->actor;
}

enum store_result
ask_note_entry(struct ask *k)
{
    struct journal_row row = {.kind = JOURNAL_ENTRY,
                              .feed = STR("control"),
                              .control_id = k->rq->arg[0],
                              .sender = ask_actor(k),
                              .type = k->rq->verb,
                              .outcome = OUTCOME_STORED,
                              .reason = STR(""),
                              .place = STR(""),
                              .received = k->now};

    row.payload = ask_words(k);
    row.payload_sha = sha256_of(row.payload.p, row.payload.n);
    return store_journal_add(core_store(k->core), &row);
}
