#include "core/ask.h"

#include "core/person.h"

void
ask_fail(struct ask *k, int code, const char *text)
{
    k->out->exit_code = code;
    k->out->error = str_from_c(text);
}

bool
ask_alert(struct ask *k, struct alert *out, uint64_t *patient_out)
{
    struct str packed;

    if (store_alert_get(core_store(k->core), k->rq->arg[0], k->arena, patient_out, &packed) !=
        STORE_OK)
        return false;
    *out = person_alert(k->arena, packed);
    return true;
}

bool
ask_patient(struct ask *k, uint64_t *number_out)
{
    struct alert al;
    struct patient_ref ref = {STR(""), k->rq->arg[0]};
    struct str head;
    struct str rest;

    if (ask_alert(k, &al, number_out))
        return true;
    if (str_cut(k->rq->arg[0], ':', &head, &rest))
        ref = (struct patient_ref){head, rest};
    return store_patient_find(core_store(k->core), ref, number_out) == STORE_OK;
}

enum store_result
ask_note_entry(struct ask *k)
{
    struct journal_row row = {.kind = JOURNAL_ENTRY,
                              .feed = STR("control"),
                              .control_id = k->rq->arg[0],
                              .sender = STR("refractctl"),
                              .type = k->rq->verb,
                              .outcome = OUTCOME_STORED,
                              .reason = STR(""),
                              .place = STR(""),
                              .received = k->now};
    struct sb b;

    sb_init_arena(&b, k->arena, LINE_BYTES_MAX);
    sb_add(&b, k->rq->verb);
    for (size_t i = 0; i < k->rq->arg_count; i++)
        sb_addf(&b, " %.*s", STR_FMT(k->rq->arg[i]));
    row.payload = sb_str(&b);
    row.payload_sha = sha256_of(row.payload.p, row.payload.n);
    return store_journal_add(core_store(k->core), &row);
}
