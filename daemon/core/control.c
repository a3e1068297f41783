#include "core/control.h"

#include "alert/compose.h"
#include "alert/life.h"
#include "alert/veil.h"
#include "codec/json.h"
#include "core/ask.h"
#include "core/askaudit.h"
#include "core/askenter.h"
#include "core/askfacts.h"
#include "core/askgate.h"
#include "core/asklife.h"
#include "core/askreports.h"
#include "core/asktold.h"
#include "core/explain.h"
#include "core/feeds.h"
#include "core/internal.h"
#include "core/lines.h"
#include "core/person.h"
#include "core/queues.h"
#include "core/reparse.h"
#include "core/routes.h"
#include "core/take.h"
#include "core/trials.h"
#include "core/tumourboard.h"
#include "core/unmapped.h"

#include <string.h>

enum { TAIL_MAX = 256, LIST_ROWS_MAX = 10000, JSON_MAX = 1 << 20 };

static void
counter_lines(struct ask *k)
{
    struct counter_row *row;
    size_t n;

    if (store_counters(core_store(k->core), k->arena, &row, &n) != STORE_OK)
        return;
    for (size_t i = 0; i < n; i++) {
        lines_addf(&k->lines,
                   k->rq->json ? "{\"counter\":\"%.*s\",\"label\":\"%.*s\",\"value\":%lld}"
                               : "%.*s %.*s %lld",
                   STR_FMT(row[i].counter), STR_FMT(row[i].label), (long long)row[i].value);
    }
}

static int64_t
counter_sum(struct ask *k, const char *counter)
{
    struct counter_row *row;
    size_t n;
    int64_t sum = 0;

    if (store_counters(core_store(k->core), k->arena, &row, &n) != STORE_OK)
        return 0;
    for (size_t i = 0; i < n; i++) {
        if (str_eq_c(row[i].counter, counter))
            sum += row[i].value;
    }
    return sum;
}

/* Promise 5: received = stored + duplicate + ignored + quarantined + refused. */
static void
do_status(struct ask *k)
{
    struct store *s = core_store(k->core);
    int64_t stored = store_count_rows(s, OUTCOME_STORED);
    int64_t ignored = store_count_rows(s, OUTCOME_IGNORED);
    int64_t quarantined = store_count_rows(s, OUTCOME_QUARANTINED);
    int64_t duplicate = counter_sum(k, "duplicates");
    int64_t refused = counter_sum(k, "refused");
    int64_t received = stored + ignored + quarantined + duplicate + refused;
    struct str *open;
    size_t open_count = 0;

    if (store_alerts_list(s, true, k->arena, &open, &open_count) != STORE_OK)
        open_count = 0;
    lines_addf(&k->lines,
               k->rq->json ? "{\"received\":%lld,\"stored\":%lld,\"duplicate\":%lld,\"ignored\":"
                             "%lld,\"quarantined\":%lld,\"refused\":%lld,\"journal_head\":%llu,"
                             "\"outbox_head\":%llu,\"open_alerts\":%zu,"
                             "\"recipients_unresolved\":%lld,\"knowledge\":\"%.*s\","
                             "\"boot\":\"%s\"}"
                           : "received %lld stored %lld duplicate %lld ignored %lld quarantined "
                             "%lld refused %lld\njournal head %llu, outbox head %llu\nopen alerts "
                             "%zu\nrecipients unresolved %lld\nknowledge %.*s\nboot %s",
               (long long)received, (long long)stored, (long long)duplicate, (long long)ignored,
               (long long)quarantined, (long long)refused,
               (unsigned long long)store_journal_head(s), (unsigned long long)store_outbox_head(s),
               open_count, (long long)counter_sum(k, "recipients_unresolved"),
               STR_FMT(core_knowledge(k->core)->sha), core_boot(k->core));
}

static void
alert_line(struct ask *k, const struct alert *al)
{
    struct alert seen = alert_veiled(al);
    struct sb b;

    sb_init_arena(&b, k->arena, JSON_MAX);
    if (k->rq->json)
        codec_alert_json(&b, &seen);
    else
        compose_line(&b, al);
    if (al->silent && !k->rq->json)
        sb_add_c(&b, " (baseline, never sent)");
    lines_add(&k->lines, sb_str(&b));
}

static void
do_alerts(struct ask *k)
{
    struct str *packed;
    size_t n;
    struct str which = k->rq->arg_count > 0 ? k->rq->arg[0] : STR_NONE;
    bool all = str_eq_c(which, "all");

    if (str_eq_c(which, "review") || str_eq_c(which, "shadow")) {
        ask_gate_list(k, str_eq_c(which, "review") ? ALERT_HELD : ALERT_SHADOW);
        return;
    }
    if (store_alerts_list(core_store(k->core), !all, k->arena, &packed, &n) != STORE_OK)
        return;
    for (size_t i = 0; i < n; i++) {
        struct alert al = person_alert(k->arena, packed[i]);

        ask_receipt(k, &al);
        if (al.gate == ALERT_OUT)
            alert_line(k, &al);
    }
}

static void
do_show(struct ask *k)
{
    struct alert al;
    uint64_t patient;
    struct sb b;

    if (!ask_alert(k, &al, &patient)) {
        ask_fail(k, 1, "no alert of that id");
        return;
    }
    if (k->rq->json) {
        alert_line(k, &al);
        return;
    }
    al = alert_veiled(&al);
    sb_init_arena(&b, k->arena, ALERT_TEXT_MAX);
    compose_alert(&b, &al);
    lines_add_text(&k->lines, sb_str(&b));
    asktold_lines(k, &al);
}

static void
tail_digest(struct ask *k, const struct outbox_row *row)
{
    struct digest d;
    const char *why = "";

    if (codec_digest_unpack(k->arena, row->packed, &d, &why))
        asklife_digest(k, &d);
}

static void
tail_event(struct ask *k, const struct outbox_row *row)
{
    struct alert al;
    struct sb b;

    k->out->seq = row->seq;
    if (row->kind == (int32_t)EVENT_DIGEST) {
        tail_digest(k, row);
        return;
    }
    al = person_alert(k->arena, row->packed);
    al = alert_veiled(&al);
    if (k->rq->json) {
        alert_line(k, &al);
        return;
    }
    lines_addf(&k->lines, "---- event %llu: %s%s", (unsigned long long)row->seq,
               event_kind_name((enum event_kind)row->kind), row->quiet ? " (quiet)" : "");
    sb_init_arena(&b, k->arena, ALERT_TEXT_MAX);
    if (row->quiet && row->kind != (int32_t)EVENT_RAISED)
        compose_line(&b, &al);
    else
        compose_alert(&b, &al);
    lines_add_text(&k->lines, sb_str(&b));
}

/* Events after rq->after_seq; the client asks again from the sequence it was told. */
static void
do_tail(struct ask *k)
{
    struct outbox_row *row;
    size_t n;

    k->out->seq = k->rq->after_seq;
    if (store_outbox_fetch(core_store(k->core), k->rq->after_seq, TAIL_MAX, k->arena, &row, &n) !=
        STORE_OK)
        return;
    for (size_t i = 0; i < n; i++)
        tail_event(k, &row[i]);
}

static void
do_quarantine(struct ask *k)
{
    struct journal_row *row;
    size_t n;
    char at[STAMP_TEXT_MAX];

    if (store_journal_list(core_store(k->core), OUTCOME_QUARANTINED, k->rq->after_seq,
                           LIST_ROWS_MAX, k->arena, &row, &n) != STORE_OK)
        return;
    for (size_t i = 0; i < n; i++) {
        lines_addf(&k->lines,
                   k->rq->json ? "{\"journal\":%llu,\"feed\":\"%.*s\",\"reason\":\"%.*s\","
                                 "\"place\":\"%.*s\",\"received\":\"%.*s\"}"
                               : "%llu %.*s %.*s %.*s %.*s",
                   (unsigned long long)row[i].seq, STR_FMT(row[i].feed), STR_FMT(row[i].reason),
                   STR_FMT(row[i].place), STR_FMT(stamp_format(row[i].received, at)));
    }
}

static void
explain_trial(struct ask *k, uint64_t patient)
{
    switch (core_explain_trial(k->core, patient, k->rq->arg[1], k->now, k->rq->json, &k->lines)) {
    case TRIALS_NO_TRIAL: ask_fail(k, 1, "no trial of that name is known"); break;
    case TRIALS_NO_STORE: ask_fail(k, 1, "the store did not answer"); break;
    case TRIALS_EXPLAINED:
    case TRIALS_RESULT_COUNT: break;
    }
}

static void
do_explain(struct ask *k)
{
    uint64_t number;
    struct effects fx;

    if (!ask_patient(k, &number)) {
        ask_fail(k, 1, "no alert and no patient (AUTHORITY:ID) of that name");
        return;
    }
    if (k->rq->arg_count == 2) {
        explain_trial(k, number);
        return;
    }
    if (!core_look(k->core, number, k->now, k->arena, &fx)) {
        ask_fail(k, 1, "the store did not answer");
        return;
    }
    explain_effects(&k->lines, &fx, k->rq->json);
}

static void
do_verify(struct ask *k)
{
    char error[STORE_ERROR_TEXT_MAX] = "";

    if (store_verify(core_store(k->core), error)) {
        lines_addf(&k->lines, "verified: every row of journal, outbox and audit");
        return;
    }
    ask_fail(k, 1, "the chain does not verify");
    lines_addf(&k->lines, "%s", error);
}

static void
do_backup(struct ask *k)
{
    const char *path = str_cz(k->arena, k->rq->arg[0]);

    if (store_backup(core_store(k->core), path) != STORE_OK)
        ask_fail(k, 1, "no backup was written");
    else
        lines_addf(&k->lines, "written");
}

struct verb {
    const char *name;
    size_t args_min;
    size_t args_max;
    enum control_right right;
    void (*run)(struct ask *k);
};

static const struct verb verbs[] = {
    {"ack", 1, 1, CONTROL_ACT, ask_ack},
    {"alerts", 0, 1, CONTROL_READ, do_alerts},
    {"audit", 2, 2, CONTROL_ACT, askaudit_run},
    {"approve", 1, 1, CONTROL_ACT, ask_approve},
    {"backup", 1, 1, CONTROL_ACT, do_backup},
    {"board", 1, 1, CONTROL_READ, ask_board},
    {"counters", 0, 0, CONTROL_READ, counter_lines},
    {"enter", 2, 12, CONTROL_ACT, ask_enter},
    {"escalate", 1, 2, CONTROL_ACT, ask_escalate},
    {"explain", 1, 2, CONTROL_READ, do_explain},
    {"feeds", 0, 0, CONTROL_READ, feeds_run},
    {"facts", 1, 2, CONTROL_READ, ask_facts},
    {"override", 2, 2, CONTROL_ACT, ask_override},
    {"quarantine", 0, 0, CONTROL_READ, do_quarantine},
    {"queues", 0, 0, CONTROL_READ, queues_run},
    {"refuse", 2, 2, CONTROL_ACT, ask_refuse},
    {"report", 1, 2, CONTROL_READ, ask_report},
    {"report_done", 1, 2, CONTROL_ACT, ask_report_done},
    {"reports", 0, 2, CONTROL_READ, ask_reports},
    {"reparse", 0, 1000, CONTROL_ACT, reparse_run},
    {"resolve", 1, 2, CONTROL_ACT, ask_resolve},
    {"rules", 0, 0, CONTROL_READ, ask_rules},
    {"unresolved", 0, 0, CONTROL_READ, ask_unresolved},
    {"show", 1, 1, CONTROL_READ, do_show},
    {"snooze", 2, 2, CONTROL_ACT, ask_snooze},
    {"status", 0, 0, CONTROL_READ, do_status},
    {"tail", 0, 0, CONTROL_READ, do_tail},
    {"take", 0, 0, CONTROL_ACT, take_run},
    {"trials", 0, 0, CONTROL_READ, ask_trials},
    {"unmapped", 0, 3, CONTROL_READ, unmapped_run},
    {"dead", 0, 1, CONTROL_READ, routes_dead},
    {"drop", 2, 2, CONTROL_ACT, routes_drop},
    {"hold", 1, 1, CONTROL_ACT, routes_hold},
    {"release", 1, 1, CONTROL_ACT, routes_release},
    {"retry", 1, 2, CONTROL_ACT, routes_retry},
    {"skip", 1, 1, CONTROL_ACT, routes_skip},
    {"verify", 0, 0, CONTROL_READ, do_verify},
};

static const struct verb *
verb_find(struct str name)
{
    for (size_t i = 0; i < RFD_COUNT(verbs); i++) {
        if (str_eq_c(name, verbs[i].name))
            return &verbs[i];
    }
    return NULL;
}

static void
answer(struct ask *k, enum control_right has)
{
    const struct verb *v = verb_find(k->rq->verb);

    lines_init(&k->lines, k->arena);
    if (v == NULL)
        ask_fail(k, 2, "no such verb");
    else if (k->rq->arg_count < v->args_min || k->rq->arg_count > v->args_max)
        ask_fail(k, 2, "wrong number of arguments");
    else if (v->right > has)
        ask_fail(k, 1, "not permitted: this verb acts, and you may only read");
    else
        v->run(k);
    k->out->line = k->lines.line;
    k->out->line_count = k->lines.count;
}

/* A full arena jumps back here; what was written by then is undone. */
void
control_answer(struct core *c, const struct control_request *rq, enum control_right has,
               struct stamp now, struct arena *a, struct control_reply *out)
{
    struct ask k = {.core = c, .rq = rq, .now = now, .arena = a, .out = out};
    size_t mark = arena_mark(a);
    jmp_buf trap;
    jmp_buf *before = arena_trap_set(a, &trap);

    *out = (struct control_reply){.last = true};
    if (setjmp(trap) == 0) {
        answer(&k, has);
    } else {
        arena_release(a, mark);
        if (store_in_transaction(core_store(c)))
            store_rollback(core_store(c));
        *out = (struct control_reply){
            .last = true, .exit_code = 1, .error = STR("more than can be shown at once")};
    }
    (void)arena_trap_set(a, before);
}
