#include "console/cardview.h"

#include "console/asking.h"
#include "console/http.h"
#include "sys/log.h"
#include "sys/mem.h"

#include <stdio.h>

enum { ASK_MS = 1500, TEXT_MAX = 256, ID_MAX = 64, SCRATCH = 32 * 1024 };

struct note {
    const char *control; /* the reader's, which outlives the worker */
    char actor[TEXT_MAX];
    char subject[TEXT_MAX];
    char alert[ID_MAX];
    bool lost; /* core has not got it */
};

static void
write_down(void *arg)
{
    struct note *n = arg;
    struct arena a;
    void *mem = xmalloc(SCRATCH);
    struct str args[2] = {STR("view_card"), str_from_c(n->subject)};
    struct control_request rq = {
        .verb = STR("audit"), .arg = args, .arg_count = 2, .actor = str_from_c(n->actor)};
    struct control_reply reply = {.exit_code = 0};
    jmp_buf trap;
    const char *why;

    arena_init(&a, mem, SCRATCH);
    (void)arena_trap_set(&a, &trap);
    n->lost = setjmp(trap) != 0 || !asking_core(n->control, &rq, ASK_MS, &a, &reply, &why) ||
              reply.exit_code != 0;
    xfree(mem);
}

static void
forget(void *arg)
{
    struct note *n = arg;

    if (n->lost)
        log_warn("cds.view_not_audited", LOG_NAME("alert", n->alert));
    xfree(n);
}

void
cardview_note(struct worker *w, const char *control, struct str issuer, struct str alert,
              struct str user)
{
    struct note *n;

    if (w == NULL)
        return;
    n = xcalloc(1, sizeof *n);
    n->control = control;
    n->lost = true;
    (void)snprintf(n->actor, sizeof n->actor, "cds:%.*s", STR_FMT(issuer));
    (void)snprintf(n->subject, sizeof n->subject, "%.*s for %.*s", STR_FMT(alert), STR_FMT(user));
    (void)snprintf(n->alert, sizeof n->alert, "%.*s", STR_FMT(alert));
    if (!worker_give(w, HTTP_LANE_NOTES, write_down, forget, n))
        forget(n);
}
