#include "sys/smtpc.h"

#include "sys/curlloop.h"
#include "sys/fatal.h"
#include "sys/mem.h"

#include <stdio.h>
#include <string.h>

/* RFC 5321, 4.2; RFC 4954. */
enum {
    CODE_BUSY = 400,
    CODE_CLOSING = 421, /* whatever was asked: the server closes the connection */
    CODE_BAD = 500,
    CODE_LOGIN_WANTED = 530,
    CODE_LOGIN_BAD = 535,
    CODE_END = 600,
    NAME_MAX_BYTES = 512,
};

/* How far the talk came: libcurl's code alone does not say whom the server refused. */
enum phase {
    PHASE_GREETING, /* and EHLO, STARTTLS, AUTH */
    PHASE_SENDER,   /* MAIL FROM */
    PHASE_MAILBOX,  /* RCPT TO */
    PHASE_TEXT,     /* DATA and what follows */
    PHASE_COUNT,
};

struct mail {
    struct smtpc *owner;
    struct mail *next;
    CURL *easy;
    struct curl_slist *to;
    struct curl_slist *connect; /* where the host that the certificate names is found */
    char *text;
    size_t text_n;
    size_t text_at;
    enum phase phase;
    smtpc_done *done;
    void *arg;
};

struct smtpc {
    struct curlloop *curl;
    struct mail *first;
};

static void
mail_free(struct mail *m)
{
    struct mail **at = &m->owner->first;

    while (*at != m)
        at = &(*at)->next;
    *at = m->next;
    curlloop_remove(m->owner->curl, m->easy);
    curl_easy_cleanup(m->easy);
    curl_slist_free_all(m->to);
    curl_slist_free_all(m->connect);
    xfree(m->text);
    xfree(m);
}

static enum smtpc_end
end_of(enum phase phase, CURLcode curl, long code)
{
    static const enum smtpc_end bad[PHASE_COUNT] = {SMTPC_AWAY, SMTPC_SENDER, SMTPC_MAILBOX,
                                                    SMTPC_TEXT};
    enum smtpc_end lost = phase == PHASE_TEXT ? SMTPC_UNSURE : SMTPC_AWAY;

    if (curl == CURLE_OK)
        return SMTPC_ACCEPTED;
    if (curl == CURLE_LOGIN_DENIED || code == CODE_LOGIN_WANTED || code == CODE_LOGIN_BAD)
        return SMTPC_LOGIN;
    /* Cut or late, it is the code of the answer before. */
    if (curl != CURLE_SEND_ERROR && curl != CURLE_RECV_ERROR && curl != CURLE_WEIRD_SERVER_REPLY)
        return lost;
    if (code == CODE_CLOSING)
        return SMTPC_AWAY;
    if (code >= CODE_BUSY && code < CODE_BAD)
        return phase == PHASE_MAILBOX ? SMTPC_MAILBOX_BUSY : SMTPC_BUSY;
    return code >= CODE_BAD && code < CODE_END ? bad[phase] : lost;
}

static void
finish(void *arg, CURLcode curl)
{
    struct mail *m = arg;
    long code = 0;

    (void)curl_easy_getinfo(m->easy, CURLINFO_RESPONSE_CODE, &code);
    m->done(m->arg, end_of(m->phase, curl, code), (int)code);
    mail_free(m);
}

static size_t
on_read(char *p, size_t size, size_t n, void *arg)
{
    struct mail *m = arg;
    size_t left = m->text_n - m->text_at;
    size_t bytes = size * n < left ? size * n : left;

    memcpy(p, m->text + m->text_at, bytes);
    m->text_at += bytes;
    return bytes;
}

/* The commands as they go out, and nothing else. */
static int
on_talk(CURL *easy, curl_infotype type, char *p, size_t n, void *arg)
{
    struct mail *m = arg;
    struct str line = {p, n};

    (void)easy;
    if (type != CURLINFO_HEADER_OUT)
        return 0;
    if (str_starts(line, STR("MAIL ")))
        m->phase = PHASE_SENDER;
    else if (str_starts(line, STR("RCPT ")))
        m->phase = PHASE_MAILBOX;
    else if (str_starts(line, STR("DATA")))
        m->phase = PHASE_TEXT;
    return 0;
}

/* "smtp://10.1.2.3:587" and a certificate of mail.example: curl is to talk to mail.example, and to
 * find it there. */
static void
set_place(struct mail *m, const struct smtpc_mail *mail)
{
    struct str rest = str_from_c(mail->url);
    struct str scheme = STR("");
    struct str place;
    char text[NAME_MAX_BYTES];

    (void)str_cut(rest, ':', &scheme, &rest);
    place = str_sub(rest, 2, rest.n);
    if (mail->tls.name == NULL) {
        (void)snprintf(text, sizeof text, "%s/%s", mail->url, mail->helo);
    } else {
        size_t colon = place.n;

        while (colon > 0 && place.p[colon - 1] != ':')
            colon--;
        (void)snprintf(text, sizeof text, "::%.*s", STR_FMT(place));
        m->connect = curl_slist_append(NULL, text);
        (void)curl_easy_setopt(m->easy, CURLOPT_CONNECT_TO, m->connect);
        (void)snprintf(text, sizeof text, "%.*s://%s:%.*s/%s", STR_FMT(scheme), mail->tls.name,
                       STR_FMT(str_sub(place, colon, place.n)), mail->helo);
    }
    (void)curl_easy_setopt(m->easy, CURLOPT_URL, text);
}

static void
set_up(struct mail *m, const struct smtpc_mail *mail)
{
    CURL *e = m->easy;

    curlloop_preset(e, m, mail->tls.ca, mail->tls.cert, mail->tls.key, mail->timeout_ms);
    set_place(m, mail);
    (void)curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    (void)curl_easy_setopt(e, CURLOPT_USE_SSL,
                           (long)(mail->starttls ? CURLUSESSL_ALL : CURLUSESSL_NONE));
    if (mail->user != NULL) {
        (void)curl_easy_setopt(e, CURLOPT_USERNAME, mail->user);
        (void)curl_easy_setopt(e, CURLOPT_PASSWORD, mail->password);
    }
    (void)curl_easy_setopt(e, CURLOPT_MAIL_FROM, mail->from);
    m->to = curl_slist_append(NULL, mail->to);
    (void)curl_easy_setopt(e, CURLOPT_MAIL_RCPT, m->to);
    (void)curl_easy_setopt(e, CURLOPT_UPLOAD, 1L);
    (void)curl_easy_setopt(e, CURLOPT_READFUNCTION, on_read);
    (void)curl_easy_setopt(e, CURLOPT_READDATA, m);
    (void)curl_easy_setopt(e, CURLOPT_INFILESIZE_LARGE, (curl_off_t)m->text_n);
    (void)curl_easy_setopt(e, CURLOPT_DEBUGFUNCTION, on_talk);
    (void)curl_easy_setopt(e, CURLOPT_DEBUGDATA, m);
    (void)curl_easy_setopt(e, CURLOPT_VERBOSE, 1L);
}

void
smtpc_send(struct smtpc *c, const struct smtpc_mail *mail, smtpc_done *done, void *arg)
{
    struct mail *m = xcalloc(1, sizeof *m);

    m->owner = c;
    m->next = c->first;
    c->first = m;
    m->done = done;
    m->arg = arg;
    m->text = xmalloc(mail->text.n + 1);
    memcpy(m->text, mail->text.p, mail->text.n);
    m->text_n = mail->text.n;
    m->easy = curl_easy_init();
    if (m->easy == NULL)
        fatal(FATAL_MACHINE, "smtpc.curl", LOG_NAME("call", "easy_init"));
    set_up(m, mail);
    curlloop_add(c->curl, m->easy);
}

struct smtpc *
smtpc_new(struct loop *l)
{
    struct smtpc *c = xcalloc(1, sizeof *c);

    c->curl = curlloop_new(l, finish);
    return c;
}

void
smtpc_free(struct smtpc **cp)
{
    struct smtpc *c = *cp;

    if (c == NULL)
        return;
    while (c->first != NULL)
        mail_free(c->first);
    curlloop_free(&c->curl);
    xfree(c);
    *cp = NULL;
}
