#include "deliver/mailway.h"

#include "deliver/keyfile.h"
#include "sys/clock.h"
#include "sys/fatal.h"
#include "sys/mem.h"
#include "wire/mailaddr.h"

#include <string.h>

enum {
    WHO_MAX = 72,     /* a name of the directory, with its NUL */
    ID_MAX = 64,      /* an alert's id */
    RECENT_MAX = 512, /* more than core has not heard of when a retraction is fetched */
    TEXT_MAX = 64 * 1024,
};

/* In the place of a name: the mail is the route's own. */
static const char nobody[] = "*";

enum letter_state {
    LETTER_TO_SEND,
    LETTER_SENT,
    LETTER_LATER,   /* the mailbox is busy */
    LETTER_REFUSED, /* and nobody stands in */
    LETTER_STATE_COUNT,
};

struct letter {
    char who[WHO_MAX];
    char to[MAILADDR_MAX + 1];
    bool stands_in; /* `to` is the route's, for who has no mailbox that takes it */
    enum letter_state state;
    unsigned busy;
    char *text;
    size_t text_n;
    char *spare; /* for the route's address; NULL: this is for it already */
    size_t spare_n;
};

/* Which letters are under way: another try of the same goes on where the first ended. */
struct errand {
    uint64_t seq;
    uint32_t version;
    enum event_kind kind;
    bool again;
};

struct recent {
    char id[ID_MAX];
    char who[WHO_MAX];
};

struct mailway {
    struct smtpc *smtp;
    struct outroute *route;
    const struct mailway_config *cfg;
    struct keyfile password;
    char helo[MAILADDR_MAX + 1];
    struct errand errand;
    char id[ID_MAX]; /* of the alert; "": a digest */
    struct letter *letter;
    size_t letters;
    size_t room;
    size_t at; /* the one under way */
    struct recent recent[RECENT_MAX];
    size_t recent_next;
};

static void
copy(char *to, size_t room, struct str s)
{
    size_t n = s.n < room - 1 ? s.n : room - 1;

    if (n > 0)
        memcpy(to, s.p, n);
    to[n] = '\0';
}

/* --- the letters of an errand */

static void
free_letters(struct letter *letter, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        xfree(letter[i].text);
        xfree(letter[i].spare);
    }
    xfree(letter);
}

static struct letter *
add_letter(struct mailway *w, struct str who, const char *to)
{
    struct letter *x;

    if (w->letters == w->room) {
        w->room = w->room == 0 ? 8 : 2 * w->room;
        w->letter = xrealloc_array(w->letter, w->room, sizeof *w->letter);
    }
    x = &w->letter[w->letters++];
    *x = (struct letter){.stands_in = false};
    copy(x->who, sizeof x->who, who);
    copy(x->to, sizeof x->to, str_from_c(to));
    return x;
}

static char *
keep(struct sb *b, size_t *n_out)
{
    char *p = xmalloc(b->n + 1);

    memcpy(p, b->buf, b->n);
    *n_out = b->n;
    return p;
}

/* What the mail says: one of the two. */
struct matter {
    const struct alert *alert;
    enum mailtext_what what;
    const struct digest_of *digest;
    day_t day;
};

static char *
compose(struct mailway *w, const struct matter *m, const struct mailtext_to *to, struct arena *a,
        size_t *n_out)
{
    size_t mark = arena_mark(a);
    struct sb b;
    char *text;

    sb_init_arena(&b, a, TEXT_MAX);
    if (m->alert != NULL)
        mailtext_alert(&b, a, &w->cfg->from, to, m->alert, m->what);
    else
        mailtext_digest(&b, a, &w->cfg->from, to, m->day, m->digest);
    rfd_assert(sb_ok(&b));
    text = keep(&b, n_out);
    arena_release(a, mark);
    return text;
}

static void
write_letter(struct mailway *w, struct str who, const struct matter *m, struct arena *a)
{
    bool named = !str_eq_c(who, nobody);
    const char *box = named ? mailbook_find(&w->cfg->book, who) : w->cfg->to;
    struct mailtext_to to = {.address = box, .now_s = clock_wall_s(), .stands_in = STR_NONE};
    struct mailtext_to other = {.address = w->cfg->to, .now_s = to.now_s, .stands_in = who};
    struct letter *x = add_letter(w, who, box == NULL ? w->cfg->to : box);

    x->stands_in = box == NULL;
    x->text = compose(w, m, box == NULL ? &other : &to, a, &x->text_n);
    if (box != NULL && named)
        x->spare = compose(w, m, &other, a, &x->spare_n);
}

/* A person and his pool may share a mailbox: it gets one of each version. */
static bool
has_letter(const struct mailway *w, struct str who)
{
    const char *box = mailbook_find(&w->cfg->book, who);

    for (size_t i = 0; i < w->letters; i++) {
        if (str_eq_c(who, w->letter[i].who) ||
            (box != NULL && !w->letter[i].stands_in && strcmp(box, w->letter[i].to) == 0))
            return true;
    }
    return false;
}

static bool
is_in(struct str who, const struct str *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (str_eq(list[i], who))
            return true;
    }
    return false;
}

static bool
got_lately(const struct mailway *w, struct str id, const char *who)
{
    for (size_t i = 0; i < RECENT_MAX; i++) {
        if (str_eq_c(id, w->recent[i].id) && strcmp(w->recent[i].who, who) == 0)
            return true;
    }
    return false;
}

static bool
is_retraction(const struct outroute_item *item)
{
    return item->kind == EVENT_RETRACTED || item->alert.state == ALERT_RETRACTED;
}

/* Whoever got a version. That is not known only if out and core were both killed between the
 * mail and its entry: then those whom it is for. */
static void
write_retraction(struct mailway *w, const struct outroute_item *item, struct arena *a)
{
    const struct alert *al = &item->alert;
    struct matter m = {.alert = al, .what = MAILTEXT_WITHDRAWN};

    for (size_t i = 0; i < item->reached_count; i++) {
        if (!has_letter(w, item->reached[i]))
            write_letter(w, item->reached[i], &m, a);
    }
    for (size_t i = 0; i < RECENT_MAX; i++) {
        struct str who = str_from_c(w->recent[i].who);

        if (str_eq_c(al->id, w->recent[i].id) && !has_letter(w, who))
            write_letter(w, who, &m, a);
    }
    for (size_t i = 0; i < al->recipient_count && w->letters == 0; i++) {
        if (!has_letter(w, al->recipient[i].id))
            write_letter(w, al->recipient[i].id, &m, a);
    }
    if (w->letters == 0)
        write_letter(w, STR("*"), &m, a);
}

static bool
is_told_now(const struct alert_recipient *r)
{
    return str_eq_c(r->how, "now");
}

static bool
any_told_now(const struct alert *al)
{
    for (size_t i = 0; i < al->recipient_count; i++) {
        if (is_told_now(&al->recipient[i]))
            return true;
    }
    return false;
}

static enum mailtext_what
what_for(const struct mailway *w, const struct outroute_item *item, const struct alert_recipient *r)
{
    char who[WHO_MAX];
    struct str id = r == NULL ? STR("*") : r->id;

    if (r != NULL && str_eq_c(r->role, "escalation"))
        return MAILTEXT_ESCALATED;
    copy(who, sizeof who, id);
    if (is_in(id, item->reached, item->reached_count) || got_lately(w, item->alert.id, who))
        return MAILTEXT_CHANGED;
    return MAILTEXT_NEW;
}

/* Asked for again by an operator, it goes to all of them when nobody is interrupted any more. */
static void
write_alert(struct mailway *w, const struct outroute_item *item, struct arena *a)
{
    const struct alert *al = &item->alert;
    bool all = !any_told_now(al);
    struct matter m = {.alert = al};

    for (size_t i = 0; i < al->recipient_count; i++) {
        const struct alert_recipient *r = &al->recipient[i];

        if ((!all && !is_told_now(r)) || has_letter(w, r->id))
            continue;
        m.what = what_for(w, item, r);
        write_letter(w, r->id, &m, a);
    }
    m.what = what_for(w, item, NULL);
    if (al->recipient_count == 0)
        write_letter(w, STR("*"), &m, a);
}

static void
write_digest(struct mailway *w, const struct outroute_item *item, struct arena *a)
{
    for (size_t i = 0; i < item->digest.of_count; i++) {
        struct matter m = {.digest = &item->digest.of[i], .day = item->digest.day};

        if (m.digest->item_count > 0)
            write_letter(w, m.digest->recipient, &m, a);
    }
}

/* --- sending them, one after the other */

static void send_next(struct mailway *w);

static void
note_recent(struct mailway *w, const char *who)
{
    struct recent *r = &w->recent[w->recent_next];

    w->recent_next = (w->recent_next + 1) % RECENT_MAX;
    memcpy(r->id, w->id, sizeof r->id);
    copy(r->who, sizeof r->who, str_from_c(who));
}

/* For sure or not: a retraction goes there. */
static void
reached(struct mailway *w, const struct letter *x)
{
    if (w->id[0] != '\0')
        note_recent(w, x->who);
    outroute_reached(w->route, str_from_c(x->who), x->stands_in);
}

/* The route's address has it from now on: the same letter, in an envelope of its own. */
static void
turn_to_spare(struct mailway *w, struct letter *x)
{
    xfree(x->text);
    x->text = x->spare;
    x->text_n = x->spare_n;
    x->spare = NULL;
    x->stands_in = true;
    x->busy = 0;
    copy(x->to, sizeof x->to, str_from_c(w->cfg->to));
    x->state = LETTER_TO_SEND;
}

static void
give_up(struct mailway *w, struct letter *x)
{
    log_warn("route.mailbox_refused", LOG_NAME("route", outroute_name(w->route)),
             LOG_NAME("recipient", x->who));
    turn_to_spare(w, x);
}

static void
mailbox_refused(struct mailway *w, struct letter *x)
{
    if (x->spare != NULL)
        give_up(w, x);
    else
        x->state = LETTER_REFUSED;
}

/* A mailbox that says "later" for long is as good as none; but where there is no other, it is
 * waited for. */
static void
mailbox_busy(struct mailway *w, struct letter *x)
{
    x->state = LETTER_LATER;
    if (++x->busy >= MAILWAY_BUSY_MAX && x->spare != NULL)
        give_up(w, x);
}

static void
on_end(void *arg, enum smtpc_end end, int code)
{
    struct mailway *w = arg;
    struct letter *x = &w->letter[w->at];

    (void)code;
    switch (end) {
    case SMTPC_ACCEPTED:
        x->state = LETTER_SENT;
        reached(w, x);
        break;
    case SMTPC_MAILBOX: mailbox_refused(w, x); break;
    case SMTPC_MAILBOX_BUSY: mailbox_busy(w, x); break;
    case SMTPC_TEXT: x->state = LETTER_REFUSED; break;
    case SMTPC_AWAY: outroute_finished(w->route, OUTROUTE_UNSENT, "not_reached", 0); return;
    case SMTPC_UNSURE:
        reached(w, x);
        outroute_finished(w->route, OUTROUTE_AWAY, "no_answer", 0);
        return;
    case SMTPC_LOGIN: outroute_finished(w->route, OUTROUTE_UNSENT, "login_refused", 0); return;
    case SMTPC_BUSY: outroute_finished(w->route, OUTROUTE_UNSENT, "busy", 0); return;
    case SMTPC_SENDER: outroute_finished(w->route, OUTROUTE_UNSENT, "sender_refused", 0); return;
    case SMTPC_END_COUNT: return;
    }
    send_next(w);
}

static void
end_errand(struct mailway *w)
{
    bool later = false;
    bool refused = false;

    for (size_t i = 0; i < w->letters; i++) {
        later = later || w->letter[i].state == LETTER_LATER;
        refused = refused || w->letter[i].state == LETTER_REFUSED;
    }
    if (later) {
        outroute_finished(w->route, OUTROUTE_UNSENT, "mailbox_busy", 0);
        return;
    }
    if (refused) {
        outroute_finished(w->route, OUTROUTE_REFUSED, "refused", 0);
        return;
    }
    w->errand = (struct errand){.seq = 0};
    outroute_finished(w->route, OUTROUTE_DONE, NULL, 0);
}

static void
send_next(struct mailway *w)
{
    struct smtpc_mail mail = {.url = w->cfg->url,
                              .starttls = w->cfg->starttls,
                              .tls = w->cfg->tls,
                              .user = w->cfg->login,
                              .password = w->cfg->login == NULL ? NULL : w->password.text,
                              .helo = w->helo,
                              .from = w->cfg->from.address,
                              .timeout_ms = w->cfg->timeout_ms};

    for (w->at = 0; w->at < w->letters; w->at++) {
        struct letter *x = &w->letter[w->at];

        if (x->state != LETTER_TO_SEND)
            continue;
        mail.to = x->to;
        mail.text = (struct str){x->text, x->text_n};
        smtpc_send(w->smtp, &mail, on_end, w);
        return;
    }
    end_errand(w);
}

static bool
same_errand(const struct errand *x, const struct errand *y)
{
    return x->seq == y->seq && x->version == y->version && x->kind == y->kind &&
           x->again == y->again;
}

static void
write_letters(struct mailway *w, const struct outroute_item *item, struct arena *a)
{
    if (item->kind == EVENT_DIGEST)
        write_digest(w, item, a);
    else if (is_retraction(item))
        write_retraction(w, item, a);
    else
        write_alert(w, item, a);
}

/* Written anew, for a mail bears the hour at which it is sent; who has his keeps it. */
static void
go_on(struct mailway *w, const struct letter *old, size_t n)
{
    for (size_t i = 0; i < w->letters; i++) {
        struct letter *x = &w->letter[i];

        for (size_t k = 0; k < n; k++) {
            if (strcmp(x->who, old[k].who) != 0)
                continue;
            if (old[k].stands_in && x->spare != NULL)
                turn_to_spare(w, x);
            x->busy = old[k].busy;
            x->state = old[k].state == LETTER_SENT ? LETTER_SENT : LETTER_TO_SEND;
        }
    }
}

static void
send_item(void *way, const struct outroute_item *item, struct arena *a)
{
    struct mailway *w = way;
    bool digest = item->kind == EVENT_DIGEST;
    struct errand e = {item->seq, digest ? 0 : item->alert.version, item->kind, item->again};
    struct letter *old = w->letter;
    size_t n = w->letters;

    w->letter = NULL;
    w->letters = w->room = 0;
    copy(w->id, sizeof w->id, digest ? STR("") : item->alert.id);
    write_letters(w, item, a);
    if (same_errand(&e, &w->errand))
        go_on(w, old, n);
    w->errand = e;
    free_letters(old, n);
    send_next(w);
}

/* Of what has ended nobody is written but to take it back; nor to people whose budget is spent. */
static bool
wants(void *way, const struct outroute_item *item)
{
    const struct alert *al = &item->alert;

    (void)way;
    if (item->kind == EVENT_CLOSED || !alert_is_open(al))
        return false;
    return item->again || al->recipient_count == 0 || any_told_now(al);
}

const struct outroute_way mailway_how = {
    .kind = "mail", .send = send_item, .wants = wants, .digests = true};
const struct outroute_way mailway_without_digest = {
    .kind = "mail", .send = send_item, .wants = wants};

struct mailway *
mailway_new(struct smtpc *smtp, struct outroute *route, const struct mailway_config *cfg)
{
    struct mailway *w = xcalloc(1, sizeof *w);

    w->smtp = smtp;
    w->route = route;
    w->cfg = cfg;
    copy(w->helo, sizeof w->helo, mailaddr_host(str_from_c(cfg->from.address)));
    if (cfg->login != NULL && !keyfile_read(cfg->secret, &w->password))
        fatal(FATAL_CONFIG, "route.no_secret", LOG_NAME("route", outroute_name(route)),
              LOG_NAME("file", cfg->secret));
    w->password.text[w->password.n] = '\0'; /* the line's end was there */
    return w;
}

void
mailway_free(struct mailway **wp)
{
    struct mailway *w = *wp;

    if (w == NULL)
        return;
    free_letters(w->letter, w->letters);
    keyfile_forget(&w->password);
    xfree(w);
    *wp = NULL;
}
