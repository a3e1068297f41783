#include "core/askaudit.h"

/* No other words: the audit is read by their names. */
static const char *const events[] = {
    "login",       "logout",        "view_worklist", "view_alert", "view_patient",
    "view_report", "view_audit",    "view_feeds",    "view_card",  "break_glass",
    "print_case",  "login_refused", "view_refused",
};

static const char *
event_named(struct str name)
{
    for (size_t i = 0; i < RFD_COUNT(events); i++) {
        if (str_eq_c(name, events[i]))
            return events[i];
    }
    return NULL;
}

void
askaudit_run(struct ask *k)
{
    struct store *s = core_store(k->core);
    const char *event = event_named(k->rq->arg[0]);

    if (event == NULL) {
        ask_fail(k, 2, "no such event");
        return;
    }
    if (store_begin(s) == STORE_OK &&
        store_audit_add(s, event, str_cz(k->arena, ask_actor(k)), k->rq->arg[1], k->now) ==
            STORE_OK &&
        store_commit(s) == STORE_OK)
        return;
    if (store_in_transaction(s))
        store_rollback(s);
    ask_fail(k, 1, "not written down: the disk is full");
}
