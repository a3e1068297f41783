/* What a person can do with an alert: forms and what becomes of them. */
#include "console/case.h"
#include "console/patient.h"

/* Words of interfaces 2.2: why clinicians set such an alert aside. */
static const char *const reasons[] = {
    "Already known to the team",
    "Criteria not met on review",
    "Wrong line of therapy",
    "Patient's choice",
    "Not my patient",
    "Duplicate",
    "Underlying results are wrong",
};

static const struct {
    const char *span;
    const char *name;
} snoozes[] = {
    {"7d", "one week"}, {"14d", "two weeks"}, {"28d", "four weeks"}, {"84d", "twelve weeks"}};

static void
button(struct page *p, struct str path, const char *act, const char *name)
{
    page_form(p, path);
    sb_addf(&p->html, "<button name=\"act\" value=\"%s\" type=\"submit\">%s</button></form>", act,
            name);
}

static void
override_form(struct page *p, struct str path)
{
    page_form(p, path);
    sb_add_c(&p->html, "<p><label for=\"reason\">Set aside, because</label><select id=\"reason\" "
                       "name=\"reason\">");
    for (size_t i = 0; i < RFD_COUNT(reasons); i++)
        html_tag_c(&p->html, "option", reasons[i]);
    sb_add_c(&p->html, "</select></p><button name=\"act\" value=\"override\" type=\"submit\">Set "
                       "aside</button></form>");
}

static void
snooze_form(struct page *p, struct str path)
{
    page_form(p, path);
    sb_add_c(&p->html, "<p><label for=\"until\">Remind me after</label><select id=\"until\" "
                       "name=\"until\">");
    for (size_t i = 0; i < RFD_COUNT(snoozes); i++)
        sb_addf(&p->html, "<option value=\"%s\">%s</option>", snoozes[i].span, snoozes[i].name);
    sb_add_c(&p->html, "</select></p><button name=\"act\" value=\"snooze\" type=\"submit\">Snooze"
                       "</button></form>");
}

void
case_actions(struct page *p, const struct alert *al)
{
    struct str path = str_cat(p->r->arena, STR("/alerts/"), al->id);

    if (!alert_is_open(al) || al->silent || !user_may(p->session->user, RIGHT_ACT))
        return;
    sb_add_c(&p->html, "<h2 class=\"noprint\">What to do with this alert</h2><div "
                       "class=\"actions\">");
    if (al->state != ALERT_ACKNOWLEDGED)
        button(p, path, "ack", "Acknowledge");
    override_form(p, path);
    if (al->state != ALERT_SNOOZED)
        snooze_form(p, path);
    button(p, path, "board", "Refer to tumour board");
    if (al->state != ALERT_ESCALATED)
        button(p, path, "escalate", "Ask the pool on duty");
    sb_add_c(&p->html, "</div>\n");
}

/* --- what becomes of them */

static bool
ask_alone(struct page *p, const char *verb, struct str id)
{
    return page_ask(p, verb, &id, 1, NULL);
}

static bool
do_ack(struct page *p, const struct alert *al)
{
    return ask_alone(p, "ack", al->id);
}

static bool
do_override(struct page *p, const struct alert *al)
{
    struct str args[2] = {al->id, http_form(p->r, "reason")};

    if (!str_is_empty(args[1]))
        return page_ask(p, "override", args, 2, NULL);
    page_refuse(p, HTTP_BAD_REQUEST, "A reason is needed.");
    return false;
}

static bool
do_snooze(struct page *p, const struct alert *al)
{
    struct str args[2] = {al->id, http_form(p->r, "until")};

    if (!str_is_empty(args[1]))
        return page_ask(p, "snooze", args, 2, NULL);
    page_refuse(p, HTTP_BAD_REQUEST, "Until when?");
    return false;
}

/* A fact of today, like one that an order would have brought; and with it the alert is answered. */
static bool
do_board(struct page *p, const struct alert *al)
{
    struct arena *a = p->r->arena;
    struct str who = str_cat(a, str_cat(a, al->patient.authority, STR(":")), al->patient.id);
    struct str args[2] = {STR("board"), who};

    return page_ask(p, "enter", args, 2, NULL) &&
           (al->state == ALERT_ACKNOWLEDGED || ask_alone(p, "ack", al->id));
}

static bool
do_escalate(struct page *p, const struct alert *al)
{
    return ask_alone(p, "escalate", al->id);
}

static const struct {
    const char *name;
    bool (*run)(struct page *p, const struct alert *al);
} acts[] = {
    {"ack", do_ack},     {"override", do_override}, {"snooze", do_snooze},
    {"board", do_board}, {"escalate", do_escalate},
};

void
case_act(struct page *p)
{
    struct str act = http_form(p->r, "act");
    struct alert al;
    uint64_t patient;

    if (!case_find(p, &al, &patient))
        return;
    if (!patient_visible(p, patient)) {
        page_refuse(p, HTTP_FORBIDDEN, "This patient is confidential.");
        return;
    }
    if (!str_is_empty(al.only_for) && !p->session->user->germline) {
        page_refuse(p, HTTP_FORBIDDEN, "This alert is for one role alone.");
        return;
    }
    for (size_t i = 0; i < RFD_COUNT(acts); i++) {
        if (!str_eq_c(act, acts[i].name))
            continue;
        if (acts[i].run(p, &al))
            page_redirect(p, "/");
        return;
    }
    page_refuse(p, HTTP_BAD_REQUEST, "That is nothing that can be done with an alert.");
}
