#include "ctl/parseexplain.h"

#include "base/sb.h"
#include "intake/refusal.h"
#include "model/finding.h"
#include "wire/charset.h"
#include "wire/hl7_text.h"
#include "wire/jsonout.h"

enum { LINE_MAX = 4096, JSON_MAX = 64 << 20, SHOWN_MAX = 70, NAME_MAX = 16 };

static const char *const charset_names[CHARSET_COUNT] = {
    [CHARSET_UNSAID] = "not said",     [CHARSET_UTF8] = "UTF-8",
    [CHARSET_OTHER] = "unknown",       [CHARSET_LATIN1] = "ISO 8859-1 or Windows-1252",
    [CHARSET_LATIN2] = "ISO 8859-2",   [CHARSET_LATIN3] = "ISO 8859-3",
    [CHARSET_LATIN4] = "ISO 8859-4",   [CHARSET_CYRILLIC] = "ISO 8859-5",
    [CHARSET_ARABIC] = "ISO 8859-6",   [CHARSET_GREEK] = "ISO 8859-7",
    [CHARSET_HEBREW] = "ISO 8859-8",   [CHARSET_LATIN5] = "ISO 8859-9",
    [CHARSET_LATIN9] = "ISO 8859-15",  [CHARSET_CP1250] = "Windows-1250",
    [CHARSET_CP1251] = "Windows-1251",
};

static struct sb
line_new(struct arena *a)
{
    struct sb b;

    sb_init_arena(&b, a, LINE_MAX);
    return b;
}

static void
print(struct sb *b)
{
    call_print(sb_str(b));
}

/* In one line, cut where it is long: a document in base64 is no reading matter. What is no UTF-8,
 * or would steer the terminal, shows as U+FFFD, '?' or a blank. */
static void
add_shown(struct sb *b, struct str s)
{
    size_t n = s.n < SHOWN_MAX ? s.n : SHOWN_MAX;

    while (n > 0 && n < s.n && ((unsigned char)s.p[n] & 0xc0) == 0x80)
        n--;
    for (size_t i = 0; i < n;) {
        size_t len = charset_utf8_len(str_sub(s, i, n - i));
        unsigned char c = (unsigned char)s.p[i];
        bool steers = c < 0x20 || c == 0x7f ||
                      (len == 2 && c == 0xc2 && (unsigned char)s.p[i + 1] < 0xa0); /* C1 */

        if (len == 0 || steers)
            sb_add_char(b, len == 0 ? '?' : ' ');
        else
            sb_add(b, str_sub(s, i, len));
        i += len == 0 ? 1 : len;
    }
    if (n < s.n)
        sb_addf(b, " ... (%zu bytes)", s.n);
}

/* --- the answer */

struct expected {
    const char *code; /* NULL: the sender does not want one */
    const char *error;
    bool enhanced;
};

static struct expected
answer_of(const struct explained *x)
{
    const struct result_message *m = &x->read->message;
    const struct hl7 *hl7 = &x->read->hl7;
    enum hl7ack_mode mode = x->read->indexed                     ? hl7ack_mode(hl7, x->reading->ack)
                            : x->reading->ack == HL7ACK_ENHANCED ? HL7ACK_ENHANCED
                                                                 : HL7ACK_ORIGINAL;
    struct refusal_words words = {HL7ACK_ACCEPTED, HL7ACK_ERR_NONE};
    enum hl7ack_code code;

    if (!str_is_absent(m->quarantine_reason) && x->reading->map.refuse_quarantined)
        words = refusal_words(m->quarantine_reason);
    code = hl7ack_code_for(mode, words.outcome);
    return (struct expected){
        .code = x->read->indexed && !hl7ack_wanted(hl7, x->reading->ack, code)
                    ? NULL
                    : hl7ack_code_name(code),
        .error = words.error == HL7ACK_ERR_NONE ? NULL : hl7ack_error_name(words.error),
        .enhanced = mode == HL7ACK_ENHANCED};
}

/* --- for people */

/* "MSH 1, PID 1, OBX 3", in order of first sight. */
static void
add_segments(struct sb *b, const struct hl7 *m)
{
    for (size_t i = 0; i < m->seg_count; i++) {
        size_t n = 0;

        if (hl7_next(m, 0, i, hl7_seg_name(m, i)) < i)
            continue;
        for (size_t k = i; k < m->seg_count; k++)
            n += hl7_seg_is(m, k, hl7_seg_name(m, i)) ? 1 : 0;
        sb_addf(b, "%s%s %zu", i == 0 ? "" : ", ", hl7_seg_name(m, i), n);
    }
}

static void
say_head(const struct explained *x, struct arena *a)
{
    const struct hl7 *m = &x->read->hl7;
    const struct result_message *msg = &x->read->message;
    struct sb b = line_new(a);

    sb_addf(&b, "%s message %zu: %.*s, control id %.*s, %zu facts", x->text->path, x->text->nth,
            STR_FMT(msg->type), STR_FMT(msg->control_id), msg->fact_count);
    print(&b);
    if (!x->read->indexed || x->read->header_only)
        return;
    b = line_new(a);
    sb_addf(&b, "  delimiters %c%c%c%c%c, version %.*s, character set %s (MSH-18: \"%.*s\")",
            m->delims.field, m->delims.comp, m->delims.rep, m->delims.esc, m->delims.sub,
            STR_FMT(hl7_value(m, 0, 12, 1)), charset_names[m->charset],
            STR_FMT(hl7_value(m, 0, 18, 1)));
    if (m->joined > 0)
        sb_addf(&b, "; %zu lines that are no segment belong to the field before them", m->joined);
    print(&b);
    b = line_new(a);
    sb_addf(&b, "  map %.*s; segments ", STR_FMT(x->reading->map.name));
    add_segments(&b, m);
    print(&b);
}

static void
say_item(const struct explained *x, const struct trace_item *t, struct arena *a)
{
    const struct hl7 *m = &x->read->hl7;
    char place[HL7_PLACE_MAX];
    struct sb b = line_new(a);
    struct str raw = t->field == 0 ? STR_NONE : hl7_field(m, t->from, t->field);

    sb_addf(&b, "    %-10s ", t->what);
    add_shown(&b, str_is_absent(t->to) ? STR("-") : t->to);
    if (t->field > 0) {
        sb_addf(&b, "   <- %s \"", hl7_place(m, t->from, t->field, place));
        add_shown(&b, charset_to_utf8(a, m->charset, raw));
        sb_add_c(&b, "\"");
    }
    if (!str_is_absent(t->why))
        sb_addf(&b, " (%.*s)", STR_FMT(t->why));
    print(&b);
}

static void
say_facts(const struct explained *x, struct str place, struct arena *a)
{
    const struct result_message *msg = &x->read->message;

    for (size_t i = 0; i < msg->fact_count; i++) {
        struct sb b = line_new(a);

        if (!str_eq(msg->fact[i].source.place, place))
            continue;
        sb_addf(&b, "    => fact %zu, %s: ", i + 1, fact_kind_name(msg->fact[i].kind));
        sb_add(&b, evidence_text(a, &msg->fact[i]));
        print(&b);
    }
}

static bool
has_facts(const struct explained *x, struct str place)
{
    const struct result_message *msg = &x->read->message;

    for (size_t i = 0; i < msg->fact_count; i++) {
        if (str_eq(msg->fact[i].source.place, place))
            return true;
    }
    return false;
}

static bool
has_items(const struct explained *x, size_t seg)
{
    for (size_t i = 0; i < x->trace->count; i++) {
        if (x->trace->item[i].seg == seg || x->trace->item[i].from == seg)
            return true;
    }
    return false;
}

static void
say_segment(const struct explained *x, size_t seg, struct arena *a)
{
    const struct hl7 *m = &x->read->hl7;
    char buf[HL7_PLACE_MAX];
    struct str place = str_dup(a, str_from_c(hl7_place(m, seg, 0, buf)));
    bool used = has_items(x, seg) || has_facts(x, place);
    struct sb b = line_new(a);

    sb_addf(&b, "  %.*s%s ", STR_FMT(place), used ? "" : " (not read)");
    add_shown(&b, hl7_text(a, m, hl7_seg_text(m, seg)));
    print(&b);
    for (size_t i = 0; i < x->trace->count; i++) {
        if (x->trace->item[i].seg == seg)
            say_item(x, &x->trace->item[i], a);
    }
    say_facts(x, place, a);
}

static void
say_outcome(const struct explained *x, struct arena *a)
{
    const struct result_message *msg = &x->read->message;
    struct expected e = answer_of(x);
    struct sb b = line_new(a);

    for (size_t i = 0; i < msg->warning_count; i++) {
        sb_addf(&b, "  warning %.*s", STR_FMT(msg->warning[i]));
        print(&b);
        b = line_new(a);
    }
    if (!str_is_absent(msg->quarantine_reason)) {
        sb_addf(&b, "  quarantined: %.*s%s%.*s; ", STR_FMT(msg->quarantine_reason),
                str_is_empty(msg->quarantine_place) ? "" : " at ", STR_FMT(msg->quarantine_place));
    } else if (!str_is_absent(msg->ignore_reason)) {
        sb_addf(&b, "  ignored: %.*s; ", STR_FMT(msg->ignore_reason));
    } else {
        sb_add_c(&b, "  stored; ");
    }
    if (e.code == NULL)
        sb_add_c(&b, "no answer: the sender asks for none (MSH-15)");
    else
        sb_addf(&b, "answer %s, %s mode%s%s", e.code, e.enhanced ? "enhanced" : "original",
                e.error == NULL ? "" : ", ERR ", e.error == NULL ? "" : e.error);
    print(&b);
}

void
parse_explain(const struct explained *x, struct arena *a)
{
    const struct hl7 *m = &x->read->hl7;
    struct sb b;

    say_head(x, a);
    for (size_t i = 0; x->read->indexed && i < m->seg_count; i++)
        say_segment(x, i, a);
    if (x->trace->dropped > 0) {
        b = line_new(a);
        sb_addf(&b, "  (%zu more steps are not shown)", x->trace->dropped);
        print(&b);
    }
    say_outcome(x, a);
}

/* --- JSON */

static void
json_text(struct jsonout *j, const char *key, struct str s)
{
    if (str_is_empty(s))
        return;
    jsonout_key(j, key);
    jsonout_str(j, s);
}

static void
json_item(struct jsonout *j, const struct explained *x, const struct trace_item *t, struct arena *a)
{
    const struct hl7 *m = &x->read->hl7;
    char place[HL7_PLACE_MAX];

    jsonout_map(j);
    json_text(j, "segment", str_from_c(hl7_place(m, t->seg, 0, place)));
    json_text(j, "what", str_from_c(t->what));
    json_text(j, "is", t->to);
    if (t->field > 0) {
        json_text(j, "from", str_from_c(hl7_place(m, t->from, t->field, place)));
        json_text(j, "sent", hl7_text(a, m, hl7_field(m, t->from, t->field)));
    }
    json_text(j, "why", t->why);
    jsonout_map_end(j);
}

static void
json_outcome(struct jsonout *j, const struct explained *x)
{
    const struct result_message *msg = &x->read->message;
    struct expected e = answer_of(x);

    jsonout_key(j, "facts");
    jsonout_u64(j, msg->fact_count);
    json_text(j, "quarantined", msg->quarantine_reason);
    json_text(j, "place", msg->quarantine_place);
    json_text(j, "ignored", msg->ignore_reason);
    jsonout_key(j, "answer");
    jsonout_c(j, e.code);
    if (e.error != NULL)
        json_text(j, "error", str_from_c(e.error));
    jsonout_key(j, "warnings");
    jsonout_list(j);
    for (size_t i = 0; i < msg->warning_count; i++)
        jsonout_str(j, msg->warning[i]);
    jsonout_list_end(j);
}

void
parse_explain_json(const struct explained *x, struct arena *a)
{
    const struct result_message *msg = &x->read->message;
    struct jsonout j;
    struct sb b;

    sb_init_arena(&b, a, JSON_MAX);
    jsonout_init(&j, &b);
    jsonout_map(&j);
    json_text(&j, "file", str_from_c(x->text->path));
    jsonout_key(&j, "message");
    jsonout_u64(&j, x->text->nth);
    json_text(&j, "type", msg->type);
    json_text(&j, "control_id", msg->control_id);
    if (x->read->indexed)
        json_text(&j, "charset", str_from_c(charset_names[x->read->hl7.charset]));
    json_outcome(&j, x);
    jsonout_key(&j, "trace");
    jsonout_list(&j);
    for (size_t i = 0; i < x->trace->count; i++)
        json_item(&j, x, &x->trace->item[i], a);
    jsonout_list_end(&j);
    jsonout_map_end(&j);
    call_print(sb_str(&b));
}
