#include "core/askgate.h"

#include "alert/compose.h"
#include "alert/life.h"
#include "base/sb.h"
#include "codec/json.h"
#include "core/internal.h"
#include "core/person.h"

enum { ALERT_JSON_MAX = 1 << 20, SHADOW_LINE_MAX = 2000 };

/* Held alerts read as alerts do; of shadow findings, what counts is which rules. */
static void
gate_line(struct ask *k, const struct alert *al)
{
    struct sb b;

    sb_init_arena(&b, k->arena, ALERT_JSON_MAX);
    if (k->rq->json) {
        codec_alert_json(&b, al);
    } else {
        compose_line(&b, al);
        sb_add_c(&b, " [");
        for (size_t i = 0; i < al->section_count; i++)
            sb_addf(&b, "%s%.*s", i == 0 ? "" : ", ", STR_FMT(al->section[i].rule_id));
        sb_add_char(&b, ']');
    }
    lines_add(&k->lines, sb_str(&b));
}

void
ask_gate_list(struct ask *k, enum alert_gate gate)
{
    struct str *packed;
    size_t n;

    if (store_alerts_list(core_store(k->core), false, k->arena, &packed, &n) != STORE_OK)
        return;
    for (size_t i = 0; i < n; i++) {
        struct alert al = person_alert(k->arena, packed[i]);
        bool waits = gate == ALERT_SHADOW || al.state != ALERT_OVERRIDDEN;

        if (al.gate == gate && alert_is_live(&al) && waits)
            gate_line(k, &al);
    }
}

static bool
find_held(struct ask *k, struct alert *al, uint64_t *patient)
{
    if (!ask_alert(k, al, patient)) {
        ask_fail(k, 1, "no alert of that id");
        return false;
    }
    if (al->gate == ALERT_HELD && alert_is_live(al))
        return true;
    ask_fail(k, 1,
             al->gate == ALERT_SHADOW
                 ? "that is a finding of unsigned rules: it cannot go out"
                 : "that alert is not held for review (see: refractctl alerts review)");
    return false;
}

static void
undo(struct ask *k)
{
    struct store *s = core_store(k->core);

    if (store_in_transaction(s))
        store_rollback(s);
    ask_fail(k, 1, "not stored: the disk is full");
}

/* The whole person is evaluated as of this entry, which lets the alert out. */
static enum store_result
let_out(struct ask *k, uint64_t patient, struct str id)
{
    struct core *c = k->core;
    struct engine_event ev = core_event(c, store_journal_head(c->store), k->now, false);

    ev.release = id;
    return core_evaluate(c, patient, &ev);
}

void
ask_approve(struct ask *k)
{
    struct store *s = core_store(k->core);
    struct alert al;
    uint64_t patient;

    if (!find_held(k, &al, &patient))
        return;
    k->now = core_instant(k->core, k->now);
    if (store_begin(s) != STORE_OK || ask_note_entry(k) != STORE_OK ||
        let_out(k, patient, al.id) != STORE_OK ||
        store_audit_add(s, "approved", str_cz(k->arena, ask_actor(k)), al.id, k->now) != STORE_OK ||
        store_commit(s) != STORE_OK) {
        undo(k);
        return;
    }
    lines_addf(&k->lines, "approved by %.*s: %.*s", STR_FMT(ask_actor(k)), STR_FMT(al.headline));
}

void
ask_refuse(struct ask *k)
{
    struct store *s = core_store(k->core);
    struct alert al;
    uint64_t patient;
    struct effect one = {.kind = EFFECT_HELD, .quiet = true};
    struct effects fx = {.item = &one, .count = 1};

    if (!find_held(k, &al, &patient))
        return;
    k->now = core_instant(k->core, k->now);
    if (!alert_move(&al, ALERT_OVERRIDDEN, k->now, k->rq->arg[1])) {
        ask_fail(k, 1, "it was refused already");
        return;
    }
    al.version++;
    al.change = STR("refused");
    one.alert = al;
    if (store_begin(s) != STORE_OK || ask_note_entry(k) != STORE_OK ||
        person_store(s, patient, &fx, k->now, k->arena) != STORE_OK ||
        store_audit_add(s, "refused", str_cz(k->arena, ask_actor(k)), al.id, k->now) != STORE_OK ||
        store_commit(s) != STORE_OK) {
        undo(k);
        return;
    }
    lines_addf(&k->lines, "refused by %.*s: %.*s", STR_FMT(ask_actor(k)), STR_FMT(al.headline));
}
