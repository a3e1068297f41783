#include "core/askreports.h"

#include "base/base64.h"
#include "codec/reportjson.h"
#include "core/internal.h"
#include "core/reports.h"

enum { ROWS_MAX = 10000, JSON_MAX = 64 << 20, WHY_MAX = 300, BASE64_STEP = 45 * 1024 };

static bool
has_word(const struct ask *k, const char *word)
{
    for (size_t i = 0; i < k->rq->arg_count; i++) {
        if (str_eq_c(k->rq->arg[i], word))
            return true;
    }
    return false;
}

static struct str
why_of(struct ask *k, const struct report_row *row)
{
    struct sb b;

    sb_init_arena(&b, k->arena, WHY_MAX);
    if (!row->in_force)
        sb_add_c(&b, "replaced or withdrawn by a later message");
    else if (row->state != REPORT_WAITING)
        sb_add_c(&b, row->state == REPORT_HISTORY ? "came with history" : "read by a person");
    else
        sb_add_c(&b, "unread");
    if (!str_is_empty(row->phrase))
        sb_addf(&b, ", says \"%.*s\"", STR_FMT(row->phrase));
    if (!str_is_empty(row->parent))
        sb_addf(&b, ", adds to %.*s", STR_FMT(row->parent));
    if (!str_is_empty(row->problem))
        sb_addf(&b, ", %.*s", STR_FMT(row->problem));
    if (row->erased)
        sb_add_c(&b, ", erased");
    return sb_str(&b);
}

static struct report_line
line_of(struct ask *k, const struct report_row *row)
{
    char hex[SHA256_HEX_MAX];

    return (struct report_line){
        .number = row->number,
        .journal = row->journal,
        .state = report_state_name(row->state),
        .in_force = row->in_force,
        .received = row->received,
        .collected = row->collected,
        .feed = row->feed,
        .patient = row->ref,
        .category = row->category,
        .media = row->media,
        .title = row->title,
        .order = row->filler,
        .parent = row->parent,
        .problem = row->problem,
        .phrase = row->phrase,
        .why = why_of(k, row),
        .sha256 = row->has_sha ? str_dup(k->arena, sha256_hex(&row->sha, hex)) : STR_NONE,
        .bytes = row->bytes,
    };
}

static struct str
time_text(struct ask *k, struct stamp s)
{
    char buf[STAMP_TEXT_MAX];

    return stamp_is_absent(s) ? STR("-") : str_dup(k->arena, stamp_format(s, buf));
}

static struct str
or_dash(struct str s)
{
    return str_is_empty(s) ? STR("-") : s;
}

static void
add_json(struct ask *k, const struct report_line *l)
{
    struct sb b;

    sb_init_arena(&b, k->arena, JSON_MAX);
    codec_report_json(&b, l);
    if (sb_ok(&b))
        lines_add(&k->lines, sb_str(&b));
    else
        ask_fail(k, 1, "too large for a line: use --out FILE");
}

static void
add_row(struct ask *k, const struct report_row *row, bool quote)
{
    struct report_line l = line_of(k, row);

    if (quote)
        l.quote = row->quote;
    if (k->rq->json) {
        add_json(k, &l);
        return;
    }
    lines_addf(&k->lines, "%llu %.*s %.*s %.*s %.*s %.*s:%.*s journal %llu: %.*s",
               (unsigned long long)l.number, STR_FMT(time_text(k, l.received)),
               STR_FMT(time_text(k, l.collected)), STR_FMT(or_dash(l.category)),
               STR_FMT(or_dash(l.feed)), STR_FMT(l.patient.authority), STR_FMT(l.patient.id),
               (unsigned long long)l.journal, STR_FMT(l.why));
    if (!str_is_empty(l.quote))
        lines_addf(&k->lines, "    \"%.*s\"", STR_FMT(l.quote));
}

static bool
words_known(const struct ask *k)
{
    for (size_t i = 0; i < k->rq->arg_count; i++) {
        if (!str_eq_c(k->rq->arg[i], "all") && !str_eq_c(k->rq->arg[i], "quote"))
            return false;
    }
    return true;
}

/* Who reads sentences of reports stands in the audit, as who reads a whole one does. */
static bool
note_view(struct ask *k, const char *event, struct str subject)
{
    struct store *s = core_store(k->core);

    if (store_begin(s) == STORE_OK &&
        store_audit_add(s, event, str_cz(k->arena, ask_actor(k)), subject,
                        core_instant(k->core, k->now)) == STORE_OK &&
        store_commit(s) == STORE_OK)
        return true;
    if (store_in_transaction(s))
        store_rollback(s);
    ask_fail(k, 1, "not shown: the disk is full, and a view must be noted");
    return false;
}

void
ask_reports(struct ask *k)
{
    const struct report_query what = {
        .all = has_word(k, "all"), .after = k->rq->after_seq, .max = ROWS_MAX};
    bool quote = has_word(k, "quote");
    struct report_row *row;
    size_t n;

    if (!words_known(k)) {
        ask_fail(k, 2, "reports takes a number, or --all and --quote");
        return;
    }
    if (quote && !note_view(k, "report_quotes_viewed", STR("")))
        return;
    if (store_reports_list(core_store(k->core), &what, k->arena, &row, &n) != STORE_OK) {
        ask_fail(k, 1, "the store did not answer");
        return;
    }
    for (size_t i = 0; i < n; i++)
        add_row(k, &row[i], quote);
}

static bool
report_get(struct ask *k, struct report_row *out)
{
    uint64_t number;

    if (str_to_u64(k->rq->arg[0], &number) && number <= INT64_MAX &&
        store_report_get(core_store(k->core), number, k->arena, out) == STORE_OK)
        return true;
    ask_fail(k, 1, "no report of that number");
    return false;
}

static bool
is_text(const struct report_row *row)
{
    return str_starts(or_dash(row->media), STR("text/"));
}

static void
add_head(struct ask *k, const struct report_row *row)
{
    struct report_line l = line_of(k, row);

    lines_addf(&k->lines, "report %llu: %.*s, %s", (unsigned long long)l.number, STR_FMT(l.why),
               l.state);
    lines_addf(&k->lines, "patient %.*s:%.*s, %.*s%s%.*s, order %.*s", STR_FMT(l.patient.authority),
               STR_FMT(l.patient.id), STR_FMT(or_dash(l.category)),
               str_is_empty(l.title) ? "" : ": ", STR_FMT(l.title), STR_FMT(or_dash(l.order)));
    lines_addf(&k->lines, "collected %.*s, received %.*s by %.*s as journal %llu",
               STR_FMT(time_text(k, l.collected)), STR_FMT(time_text(k, l.received)),
               STR_FMT(or_dash(l.feed)), (unsigned long long)l.journal);
    lines_addf(&k->lines, "%.*s, %llu bytes, SHA-256 %.*s", STR_FMT(or_dash(l.media)),
               (unsigned long long)l.bytes, STR_FMT(or_dash(l.sha256)));
}

/* Addenda to it, and what it adds to itself. */
static void
add_relatives(struct ask *k, const struct report_row *row)
{
    struct report_row *other;
    size_t n;

    if (store_reports_of(core_store(k->core), row->patient, k->arena, &other, &n) != STORE_OK)
        return;
    for (size_t i = 0; i < n; i++) {
        bool child = !str_is_empty(row->filler) && str_eq(other[i].parent, row->filler);
        bool parent = !str_is_empty(row->parent) && str_eq(other[i].filler, row->parent);

        if (other[i].number != row->number && other[i].in_force && (child || parent))
            lines_addf(&k->lines, "%s report %llu", child ? "see its addendum," : "it adds to",
                       (unsigned long long)other[i].number);
    }
}

static void
add_content(struct ask *k, const struct report_row *row)
{
    if (!str_is_empty(row->answers)) {
        lines_addf(&k->lines, "coded answers that no table knows:");
        lines_add_text(&k->lines, row->answers);
    }
    lines_addf(&k->lines, "%s", "");
    if (str_is_absent(row->content)) {
        lines_addf(&k->lines, "(what it says is not kept here; its message is journal %llu)",
                   (unsigned long long)row->journal);
    } else if (is_text(row)) {
        lines_add_text(&k->lines, row->content);
    } else {
        lines_addf(&k->lines, "(no text: --out FILE writes its bytes)");
    }
}

/* Base64 in lines: text is what the control socket carries. */
static void
add_bytes(struct ask *k, const struct report_row *row)
{
    struct str left = row->content;

    if (str_is_absent(left)) {
        ask_fail(k, 1, "its bytes are not kept here: only its message has them");
        return;
    }
    while (left.n > 0) {
        lines_add(&k->lines, base64_encode(k->arena, str_sub(left, 0, BASE64_STEP)));
        left = left.n > BASE64_STEP ? str_sub(left, BASE64_STEP, left.n) : STR("");
    }
}

void
ask_report(struct ask *k)
{
    struct report_row row;
    struct report_line l;

    if (k->rq->arg_count > 1 && !str_eq_c(k->rq->arg[1], "bytes")) {
        ask_fail(k, 2, "report NUMBER takes \"done\" or \"coded\"");
        return;
    }
    if (!report_get(k, &row) || !note_view(k, "report_viewed", k->rq->arg[0]))
        return;
    if (k->rq->arg_count > 1) {
        add_bytes(k, &row);
    } else if (k->rq->json) {
        l = line_of(k, &row);
        l.quote = row.quote;
        l.answers = row.answers;
        l.text = is_text(&row) ? row.content : STR_NONE;
        add_json(k, &l);
    } else {
        add_head(k, &row);
        add_relatives(k, &row);
        add_content(k, &row);
    }
}

void
ask_report_done(struct ask *k)
{
    bool coded = k->rq->arg_count > 1 && str_eq_c(k->rq->arg[1], "coded");
    struct report_row row;

    if (k->rq->arg_count > 1 && !coded) {
        ask_fail(k, 2, "a report is done, or coded");
        return;
    }
    if (!report_get(k, &row))
        return;
    switch (report_done(k->core, row.number, ask_actor(k), coded, k->now)) {
    case REPORT_MARKED:
        lines_addf(&k->lines,
                   k->rq->json ? "{\"report\":%llu,\"state\":\"%s\"}" : "report %llu: %s",
                   (unsigned long long)row.number, coded ? "coded" : "done");
        break;
    case REPORT_UNKNOWN: ask_fail(k, 1, "no report of that number"); break;
    case REPORT_ALREADY: ask_fail(k, 1, "it was taken out of the queue before"); break;
    case REPORT_BUSY: ask_fail(k, 1, "not stored: the disk is full"); break;
    case REPORT_RESULT_COUNT: break;
    }
}
