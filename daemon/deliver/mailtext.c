#include "deliver/mailtext.h"

#include "wire/mailaddr.h"

enum { SUBJECT_MAX = 512, ID_MAX_BYTES = 128, HASH_DIGITS = 12, DAY_SECONDS = 86400, LISTED = 50 };

/* --- the header */

static void
date(struct sb *b, int64_t now_s)
{
    static const char *const weekday[] = {"Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"};
    static const char *const month[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    day_t day = stamp_day(stamp_of_utc(now_s)); /* 1970-01-01 was a Thursday */
    int s = (int)(now_s - (int64_t)day * DAY_SECONDS);
    int y = 0;
    int m = 1;
    int d = 1;

    day_to_ymd(day, &y, &m, &d);
    sb_addf(b, "Date: %s, %d %s %04d %02d:%02d:%02d +0000\r\n", weekday[(day % 7 + 7) % 7], d,
            month[m - 1], y, s / 3600, s / 60 % 60, s % 60);
}

/* Ours are letters, digits, - and inner dots; anything else could end the header. */
static struct str
safe(struct arena *a, struct str id)
{
    struct sb b;

    sb_init_arena(&b, a, ID_MAX_BYTES);
    for (size_t i = 0; i < id.n && i + 1 < ID_MAX_BYTES; i++) {
        char c = id.p[i];
        bool ok = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '-' || (c == '.' && i > 0 && i + 1 < id.n && id.p[i - 1] != '.');

        sb_add(&b, ok ? str_sub(id, i, 1) : STR("_"));
    }
    return sb_str(&b);
}

/* Mails of one version are told apart by whom they are for, who is not named: an id travels further
 * than its mail. */
static struct str
mailbox_word(struct arena *a, const char *address, struct str who)
{
    struct sha256_ctx ctx;
    struct sha256 sha;
    char hex[SHA256_HEX_MAX];

    sha256_init(&ctx);
    sha256_add_str(&ctx, str_from_c(address));
    sha256_add_str(&ctx, who);
    sha = sha256_end(&ctx);
    return str_dup(a, str_sub(sha256_hex(&sha, hex), 0, HASH_DIGITS));
}

static void
subject(struct sb *b, struct arena *a, const struct mailtext_from *from, bool demo, struct str what)
{
    struct sb text;

    sb_init_arena(&text, a, SUBJECT_MAX);
    sb_addf(&text, "%s%s: ", demo ? "DEMO, UNREVIEWED: " : "", from->title);
    sb_add(&text, what);
    sb_add_c(b, "Subject: ");
    mailaddr_text(b, a, sb_str(&text), sizeof "Subject: " - 1);
    sb_add_c(b, "\r\n");
}

static void
head(struct sb *b, struct arena *a, const struct mailtext_from *from, const struct mailtext_to *to)
{
    date(b, to->now_s);
    sb_add_c(b, "From: ");
    if (from->name != NULL) {
        mailaddr_phrase(b, a, str_from_c(from->name), sizeof "From: " - 1);
        sb_add_c(b, "\r\n ");
    }
    sb_addf(b, "<%s>\r\nTo: <%s>\r\n", from->address, to->address);
}

/* RFC 3834: nobody's machine answers, and Exchange sends no note of absence. */
static void
head_end(struct sb *b)
{
    sb_add_c(b, "Auto-Submitted: auto-generated\r\n"
                "X-Auto-Response-Suppress: All\r\n"
                "MIME-Version: 1.0\r\n"
                "Content-Type: text/plain; charset=utf-8\r\n"
                "Content-Transfer-Encoding: 7bit\r\n"
                "\r\n");
}

/* --- the text */

static void
stands_in(struct sb *b, const struct mailtext_to *to)
{
    if (!str_is_absent(to->stands_in)) {
        sb_addf(b,
                "This came to you because %.*s cannot be reached by mail:\r\n"
                "please pass it on.\r\n\r\n",
                STR_FMT(to->stands_in));
    }
}

static void
where(struct sb *b, const struct mailtext_from *from, struct str id)
{
    if (from->base != NULL)
        sb_addf(b, "%s/alerts/%.*s\r\n", from->base, STR_FMT(id));
    else
        sb_addf(b, "alert %.*s\r\n", STR_FMT(id));
}

static void
foot(struct sb *b, bool demo)
{
    if (demo)
        sb_add_c(b, "\r\nDEMO, UNREVIEWED: no clinician has signed these rules.\r\n");
    sb_add_c(b, "\r\n-- \r\n"
                "Sent by refractd, without patient data. Decision support, not a decision;\r\n"
                "not for time-critical use. Nobody reads answers to this mail.\r\n");
}

static const struct {
    const char *subject;
    const char *text;
} words[MAILTEXT_WHAT_COUNT] = {
    [MAILTEXT_NEW] = {"1 new finding to review", "A new finding waits for your review:"},
    [MAILTEXT_CHANGED] = {"1 finding to review again",
                          "A finding that you were told of has changed; please look again:"},
    [MAILTEXT_ESCALATED] = {"1 finding passed on to you",
                            "A finding has been passed on and waits for an answer:"},
    [MAILTEXT_WITHDRAWN] = {"1 finding withdrawn",
                            "A finding that you were told of has been WITHDRAWN:\r\n"
                            "the results in force no longer show it."},
};

void
mailtext_alert(struct sb *b, struct arena *a, const struct mailtext_from *from,
               const struct mailtext_to *to, const struct alert *al, enum mailtext_what what)
{
    struct str id = safe(a, al->id);
    struct str box = mailbox_word(a, to->address, to->stands_in);
    struct str host = mailaddr_host(str_from_c(from->address));

    head(b, a, from, to);
    subject(b, a, from, al->demo, str_from_c(words[what].subject));
    sb_addf(b, "Message-ID: <%.*s.%u.%.*s@%.*s>\r\n", STR_FMT(id), al->version, STR_FMT(box),
            STR_FMT(host));
    /* The thread's root was never sent: nobody remembers for ever which version came first. */
    if (what != MAILTEXT_NEW)
        sb_addf(b, "In-Reply-To: <%.*s.%.*s@%.*s>\r\n", STR_FMT(id), STR_FMT(box), STR_FMT(host));
    sb_addf(b, "References: <%.*s.%.*s@%.*s>\r\n", STR_FMT(id), STR_FMT(box), STR_FMT(host));
    sb_addf(b, "X-Refractd-Alert: %.*s\r\nX-Refractd-Version: %u\r\n", STR_FMT(id), al->version);
    head_end(b);
    stands_in(b, to);
    sb_addf(b, "%s\r\n\r\n", words[what].text);
    where(b, from, id);
    sb_addf(b, "\r\nAlert %.*s, version %u\r\n", STR_FMT(id), al->version);
    foot(b, al->demo);
}

/* --- the digest */

struct count {
    size_t confirmed;
    size_t suspected;
    size_t passed_on;
};

static void
count_item(struct count *c, const struct digest_item *item)
{
    if (item->state == ALERT_ESCALATED)
        c->passed_on++;
    else if (item->certainty == ALERT_CONFIRMED)
        c->confirmed++;
    else
        c->suspected++;
}

static void
count_line(struct sb *b, size_t n, const char *text)
{
    if (n > 0)
        sb_addf(b, "%6zu %s\r\n", n, text);
}

static void
counts(struct sb *b, const struct digest_of *of)
{
    struct count c = {0};

    for (size_t i = 0; i < of->item_count; i++)
        count_item(&c, &of->item[i]);
    count_line(b, c.confirmed, "confirmed");
    count_line(b, c.suspected, "not confirmed so far, or its confirmation is overdue");
    count_line(b, c.passed_on, "passed on, and without an answer");
}

static void
places(struct sb *b, struct arena *a, const struct mailtext_from *from, const struct digest_of *of)
{
    for (size_t i = 0; i < of->item_count && i < LISTED; i++)
        where(b, from, safe(a, of->item[i].alert_id));
    if (of->item_count > LISTED)
        sb_addf(b, "and %zu more, in the worklist\r\n", of->item_count - LISTED);
}

void
mailtext_digest(struct sb *b, struct arena *a, const struct mailtext_from *from,
                const struct mailtext_to *to, day_t day, const struct digest_of *of)
{
    struct str host = mailaddr_host(str_from_c(from->address));
    struct sb what;
    char text[DAY_TEXT_MAX];

    sb_init_arena(&what, a, SUBJECT_MAX);
    sb_addf(&what, "daily digest, %zu finding%s", of->item_count, of->item_count == 1 ? "" : "s");
    head(b, a, from, to);
    subject(b, a, from, from->demo, sb_str(&what));
    sb_addf(b, "Message-ID: <digest.%.*s.%.*s@%.*s>\r\n", STR_FMT(day_format(day, text)),
            STR_FMT(mailbox_word(a, to->address, of->recipient)), STR_FMT(host));
    head_end(b);
    stands_in(b, to);
    sb_addf(b, "What waited until %.*s and interrupted nobody:\r\n\r\n",
            STR_FMT(day_format(day, text)));
    counts(b, of);
    sb_add_c(b, "\r\n");
    places(b, a, from, of);
    foot(b, from->demo);
}
