#include "deliver/hl7out.h"

#include "alert/build.h"

#include <stdio.h>

enum { TIME_MAX = 24 };

struct out {
    struct sb *b;
    const struct alert *al;
    const struct hl7out_config *cfg;
    enum hl7out_what what;
    char status; /* of OBX-11 */
    int obx;
};

struct str
hl7out_control(const struct alert *al, char buf[HL7OUT_CONTROL_MAX])
{
    (void)snprintf(buf, HL7OUT_CONTROL_MAX, "%.*s.%u", STR_FMT(al->id), al->version);
    return str_from_c(buf);
}

/* HL7 2.5.1, 2.7: the delimiters as escapes; a line break as \.br\; nothing else is markup. */
static void
text(struct sb *b, struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        switch (s.p[i]) {
        case '|': sb_add_c(b, "\\F\\"); break;
        case '^': sb_add_c(b, "\\S\\"); break;
        case '~': sb_add_c(b, "\\R\\"); break;
        case '\\': sb_add_c(b, "\\E\\"); break;
        case '&': sb_add_c(b, "\\T\\"); break;
        case '\n': sb_add_c(b, "\\.br\\"); break;
        default: sb_add(b, (unsigned char)s.p[i] < ' ' ? STR(" ") : str_sub(s, i, 1)); break;
        }
    }
}

static const char *
time_of(struct stamp at, char buf[TIME_MAX])
{
    day_t day = stamp_day(stamp_of_utc(at.utc_s));
    int64_t s = at.utc_s - (int64_t)day * 86400;
    int y = 0;
    int m = 0;
    int d = 0;

    day_to_ymd(day, &y, &m, &d);
    (void)snprintf(buf, TIME_MAX, "%04d%02d%02d%02d%02d%02d+0000", y, m, d, (int)(s / 3600),
                   (int)(s / 60 % 60), (int)(s % 60));
    return buf;
}

static void
msh(struct out *o, const char *type)
{
    char control[HL7OUT_CONTROL_MAX];
    char at[TIME_MAX];

    sb_addf(o->b, "MSH|^~\\&|REFRACTD||%s|%s|%s||%s|", o->cfg->receiver, o->cfg->facility,
            time_of(o->al->changed, at), type);
    text(o->b, hl7out_control(o->al, control));
    sb_addf(o->b, "|%s|2.5.1|||AL|NE||UNICODE UTF-8\r", o->al->demo ? "T" : "P");
}

static void
pid(struct out *o)
{
    sb_add_c(o->b, "PID|1||");
    text(o->b, o->al->patient.id);
    sb_add_c(o->b, "^^^");
    text(o->b, o->al->patient.authority);
    sb_add_c(o->b, "^MR\rPV1|1|N\r");
}

/* The first of them is whom the result is for; the others get copies. */
static void
recipients(struct out *o, size_t from, size_t to)
{
    for (size_t i = from; i < to && i < o->al->recipient_count; i++) {
        sb_add_c(o->b, i == from ? "" : "~");
        text(o->b, o->al->recipient[i].id);
    }
}

static void
obr(struct out *o)
{
    char raised[TIME_MAX];
    char changed[TIME_MAX];

    (void)time_of(o->al->raised, raised);
    (void)time_of(o->al->changed, changed);
    sb_add_c(o->b, "ORC|RE||");
    text(o->b, o->al->id);
    sb_add_c(o->b, "^REFRACTD\rOBR|1||");
    text(o->b, o->al->id);
    sb_addf(o->b, "^REFRACTD|%s|||%s|||||||||", o->cfg->result_type, raised);
    recipients(o, 0, 1);
    sb_addf(o->b, "||||||%s||OTH|%c|||", changed, o->what == HL7OUT_NEW ? 'F' : 'C');
    recipients(o, 1, o->al->recipient_count);
    sb_add_char(o->b, '\r');
}

static void
obx_open(struct out *o, const char *type, const char *code, size_t sub)
{
    sb_addf(o->b, "OBX|%d|%s|%s^99RFX|", ++o->obx, type, code);
    if (sub > 0)
        sb_addf(o->b, "%zu", sub);
    sb_add_char(o->b, '|');
}

static void
obx_close(struct out *o, const char *flag)
{
    char at[TIME_MAX];

    sb_addf(o->b, "|||%s|||%c|||%s\r", flag, o->status, time_of(o->al->changed, at));
}

static void
obx(struct out *o, const char *code, size_t sub, struct str s)
{
    if (str_is_empty(s))
        return;
    obx_open(o, "TX", code, sub);
    text(o->b, s);
    obx_close(o, "");
}

static void
list(struct out *o, const char *code, const struct str *item, size_t n)
{
    for (size_t i = 0; i < n; i++)
        obx(o, code, i + 1, item[i]);
}

static void
section(struct out *o, const struct alert_section *s, size_t number)
{
    obx_open(o, "TX", "RFX-WHY^Criterion and evidence", number);
    text(o->b, s->title);
    sb_addf(o->b, ": %s. ", s->status == FINDING_MET ? "met" : "needs confirmation");
    text(o->b, s->why);
    for (size_t i = 0; i < s->evidence_count; i++) {
        sb_add_c(o->b, " ");
        text(o->b, s->evidence[i].part);
        sb_add_c(o->b, ": ");
        text(o->b, s->evidence[i].text);
        sb_add_char(o->b, ';');
    }
    sb_add_c(o->b, " Rule ");
    text(o->b, s->rule_id);
    sb_add_char(o->b, ' ');
    text(o->b, s->rule_version);
    sb_add_c(o->b, ": ");
    text(o->b, s->citation);
    obx_close(o, "");
}

static void
option(struct out *o, const char *code, const struct option *x, size_t number)
{
    obx_open(o, "TX", code, number);
    text(o->b, x->title);
    if (!str_is_empty(x->level)) {
        sb_add_c(o->b, ", ");
        text(o->b, x->level);
    }
    for (size_t i = 0; i < x->unchecked_count; i++) {
        sb_add_c(o->b, "; not checked: ");
        text(o->b, x->unchecked[i]);
    }
    obx_close(o, "");
}

static void
options(struct out *o)
{
    bool stand_open = alert_options_stand_open(o->al);
    const char *folded = "RFX-FOLDED^Only if progression is confirmed";
    size_t n = o->al->option_count;

    for (size_t i = 0; i < n; i++)
        option(o, stand_open ? "RFX-OPTION^Option to review" : folded, &o->al->option[i], i + 1);
    for (size_t i = 0; i < o->al->trial_count; i++)
        option(o, stand_open ? "RFX-TRIAL^Trial" : folded, &o->al->trial[i], n + i + 1);
}

static void
page_link(struct out *o)
{
    if (o->cfg->base == NULL)
        return;
    obx_open(o, "RP", "RFX-LINK^Evidence page", 0);
    sb_addf(o->b, "%s/alerts/", o->cfg->base);
    text(o->b, o->al->id);
    sb_add_c(o->b, "^refractd^TEXT^HTML");
    obx_close(o, "");
}

static void
body(struct out *o)
{
    obx_open(o, "CWE", "RFX-KIND^Alert kind", 0);
    sb_add_c(o->b, "acquired-resistance^Acquired resistance^99RFX");
    obx_close(o, "");
    if (o->al->demo)
        obx(o, "RFX-DEMO^Demo", 0, STR("DEMO, UNREVIEWED: no clinician has signed these rules"));
    obx_open(o, "TX", "RFX-SUMMARY^Alert summary", 0);
    text(o->b, o->al->headline);
    obx_close(o, "A");
    obx(o, "RFX-CHANGE^What changed", 0, o->al->change);
    for (size_t i = 0; i < o->al->section_count; i++)
        section(o, &o->al->section[i], i + 1);
    list(o, "RFX-CHECK^Check first: what else could explain it", o->al->consider,
         o->al->consider_count);
    options(o);
    list(o, "RFX-MISSING^Missing", o->al->missing, o->al->missing_count);
    list(o, "RFX-UNCHECKED^Not checked", o->al->unchecked, o->al->unchecked_count);
    page_link(o);
    obx(o, "RFX-WORDS^Read this", 0,
        STR("Decision support, not a decision; not for time-critical use; standard options without "
            "a biomarker are not listed."));
}

static struct out
begin(struct sb *b, const struct alert *al, enum hl7out_what what, const struct hl7out_config *cfg)
{
    const char status[HL7OUT_WHAT_COUNT] = {'F', 'C', cfg->withdrawn};

    return (struct out){.b = b, .al = al, .cfg = cfg, .what = what, .status = status[what]};
}

/* Of the three that take a result back, only one says that the finding was wrong. */
static const char *
ended(const struct out *o)
{
    if (o->what != HL7OUT_WITHDRAWN)
        return "";
    if (o->al->state == ALERT_EXPIRED)
        return "ENDED: ";
    return o->al->state == ALERT_SUPERSEDED ? "REPLACED: " : "RETRACTED: ";
}

static void
reason(struct out *o)
{
    if (str_is_empty(o->al->reason) && !(o->what == HL7OUT_WITHDRAWN))
        return;
    sb_addf(o->b, "NTE|1|L|%s", ended(o));
    text(o->b, str_is_empty(o->al->reason) ? STR("this alert no longer stands") : o->al->reason);
    sb_add_char(o->b, '\r');
}

void
hl7out_oru(struct sb *b, const struct alert *al, enum hl7out_what what,
           const struct hl7out_config *cfg)
{
    struct out o = begin(b, al, what, cfg);

    msh(&o, "ORU^R01^ORU_R01");
    pid(&o);
    obr(&o);
    body(&o);
    reason(&o);
}

/* T02 makes a document, T10 puts another in its place, T11 takes it back (2.5.1, chapter 9). */
void
hl7out_mdm(struct sb *b, const struct alert *al, enum hl7out_what what,
           const struct hl7out_config *cfg)
{
    struct out o = begin(b, al, what, cfg);
    static const char *const events[HL7OUT_WHAT_COUNT] = {"T02", "T10", "T11"};
    bool over = what == HL7OUT_WITHDRAWN;
    const char *event = events[what];
    char type[24];
    char at[TIME_MAX];

    (void)snprintf(type, sizeof type, "MDM^%s^%s", event, over ? "MDM_T01" : "MDM_T02");
    msh(&o, type);
    sb_addf(b, "EVN|%s|%s\r", event, time_of(al->changed, at));
    pid(&o);
    sb_addf(b, "TXA|1|%s|TX|%s|", cfg->result_type, time_of(al->changed, at));
    recipients(&o, 0, 1);
    sb_addf(b, "||%s|||||", at);
    text(b, al->id);
    sb_addf(b, ".%u^REFRACTD|", al->version);
    if (what != HL7OUT_NEW)
        text(b, al->id);
    sb_addf(b, "||||%s||%s\r", over ? "LA" : "AU", over ? "CA" : "AV");
    if (!over)
        body(&o);
    reason(&o);
}
