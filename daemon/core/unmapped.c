#include "core/unmapped.h"

#include "base/sort.h"
#include "codec/unmappedjson.h"
#include "core/internal.h"

enum { RULES_SHOWN = 4, JSON_MAX = 64 * 1024 };

/* Whom the message is about: so it says, else its first fact. 0: nobody. */
static enum store_result
patient_of(struct core *c, const struct result_message *m, uint64_t *number_out)
{
    struct patient_ref ref = m->identity.patient;

    *number_out = 0;
    if (str_is_empty(ref.id) && m->fact_count > 0)
        ref = m->fact[0].patient;
    return str_is_empty(ref.id) ? STORE_OK : store_patient_require(c->store, ref, number_out);
}

enum store_result
unmapped_count(struct core *c, const struct result_message *m, struct str feed, struct stamp at)
{
    int64_t lost = m->unmapped_more;
    uint64_t patient = 0;
    enum store_result r = STORE_OK;

    if (m->unmapped_count > 0)
        r = patient_of(c, m, &patient);
    for (size_t i = 0; i < m->unmapped_count && r == STORE_OK; i++) {
        r = store_unmapped_add(c->store, feed, &m->unmapped[i], patient, at.utc_s);
        if (r == STORE_NONE) {
            lost += m->unmapped[i].count;
            r = STORE_OK;
        }
    }
    return r == STORE_OK && lost > 0 ? store_count(c->store, "unmapped_not_listed", feed, lost) : r;
}

enum store_result
unmapped_note(struct core *c, const struct result_message *m, const struct journal_row *row,
              bool count)
{
    enum store_result r = STORE_OK;

    if (!str_is_empty(m->map_hash))
        r = store_reading_add(c->store, row->seq, m->map_hash, count);
    return r == STORE_OK && count ? unmapped_count(c, m, row->feed, row->received) : r;
}

/* --- the verb */

struct asked {
    struct str feed; /* absent: all */
    bool all;
    bool csv;
};

static bool
read_words(struct ask *k, struct asked *out)
{
    for (size_t i = 0; i < k->rq->arg_count; i++) {
        struct str word = k->rq->arg[i];

        if (str_starts(word, STR("feed=")))
            out->feed = str_sub(word, 5, word.n);
        else if (str_eq_c(word, "all"))
            out->all = true;
        else if (str_eq_c(word, "csv"))
            out->csv = true;
        else
            return false;
    }
    return true;
}

static struct str
day_text(struct ask *k, int64_t s)
{
    char text[STAMP_TEXT_MAX];

    return str_sub(str_dup(k->arena, stamp_format(stamp_of_utc(s), text)), 0, 10);
}

static struct unmapped_line
line_of(struct ask *k, const struct unmapped_row *row)
{
    const struct sites *s = k->core->sites;
    struct unmapped_line l = {.feed = row->feed,
                              .what = row->what,
                              .patients = row->patients,
                              .first = day_text(k, row->first_s),
                              .last = day_text(k, row->last_s)};

    if (s != NULL) {
        l.mapped = s->known(s->arg, row->feed, &row->what, k->arena);
        l.likely = s->likely(s->arg, row->feed, &row->what, k->arena);
    }
    return l;
}

/* What a rule waits for, then what has a name, then the most frequent. */
static int
line_cmp(const void *pa, const void *pb)
{
    const struct unmapped_line *a = pa;
    const struct unmapped_line *b = pb;
    int wa = a->likely.rule_count > 0 ? 0 : a->likely.name.n > 0 ? 1 : 2;
    int wb = b->likely.rule_count > 0 ? 0 : b->likely.name.n > 0 ? 1 : 2;

    if (wa != wb)
        return wa - wb;
    return a->what.count > b->what.count ? -1 : a->what.count < b->what.count;
}

static void
add_likely(struct sb *b, const struct likely *l)
{
    if (str_is_empty(l->name))
        return;
    sb_addf(b, "looks like %.*s", STR_FMT(l->name));
    for (size_t i = 0; i < l->rule_count && i < RULES_SHOWN; i++)
        sb_addf(b, "%s%.*s", i == 0 ? "; needed by " : ", ", STR_FMT(l->rule[i]));
    if (l->rule_count > RULES_SHOWN)
        sb_addf(b, " and %zu more", l->rule_count - RULES_SHOWN);
}

static void
add_times(struct sb *b, const struct unmapped_line *l)
{
    sb_addf(b, "%u time%s, %lld patient%s, %.*s to %.*s", l->what.count,
            l->what.count == 1 ? "" : "s", (long long)l->patients, l->patients == 1 ? "" : "s",
            STR_FMT(l->first), STR_FMT(l->last));
}

static void
add_code(struct sb *b, const struct unmapped *u)
{
    if (u->code.code.n > 0)
        sb_addf(b, " %.*s%s%.*s", STR_FMT(u->code.system), u->code.system.n > 0 ? ":" : "",
                STR_FMT(u->code.code));
    if (u->code.display.n > 0)
        sb_addf(b, " \"%.*s\"", STR_FMT(u->code.display));
    if (u->code.code.n == 0 && u->code.display.n == 0)
        sb_add_c(b, u->kind == UNMAPPED_ANSWER ? " (free text, not kept)" : " (no code)");
    if (u->kind == UNMAPPED_UNIT && u->unit.n == 0)
        sb_add_c(b, " (no unit sent)");
    else if (u->unit.n > 0)
        sb_addf(b, " in %.*s", STR_FMT(u->unit));
}

static void
print_text(struct ask *k, const struct unmapped_line *l)
{
    struct sb b;

    sb_init_arena(&b, k->arena, LINE_BYTES_MAX);
    sb_addf(&b, "%.*s %s", STR_FMT(l->feed), unmapped_kind_name(l->what.kind));
    add_code(&b, &l->what);
    sb_add_c(&b, ": ");
    add_times(&b, l);
    if (l->mapped)
        sb_add_c(&b, "; mapped by now (refractctl reparse --changed)");
    if (l->likely.name.n > 0)
        sb_add_c(&b, "; ");
    add_likely(&b, &l->likely);
    lines_add(&k->lines, sb_str(&b));
}

static void
print_json(struct ask *k, const struct unmapped_line *l)
{
    struct sb b;

    sb_init_arena(&b, k->arena, JSON_MAX);
    codec_unmapped_json(&b, l);
    lines_add(&k->lines, sb_str(&b));
}

/* --- RELMA's columns (loinc.org, knowledge base, "Import Local Terms") */

static const char relma_header[] =
    "Battery Code,Battery Description,Battery Code System,Test Code,Test Description,"
    "Test Code System,Units,Lab Section,Tag With,LOINC Code,Comments";

/* RFC 4180. A spreadsheet takes what begins with = + - @ for a formula: a blank in front. */
static void
add_cell(struct sb *b, struct str s, bool last)
{
    bool formula = s.n > 0 && str_find_any(str_sub(s, 0, 1), "=+-@") == 0;

    sb_add_c(b, formula ? "\" " : "\"");
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];

        if (c == '"')
            sb_add_char(b, '"');
        if (c < 0x20)
            c = ' ';
        sb_add_char(b, (char)c);
    }
    sb_add_c(b, last ? "\"" : "\",");
}

static void
print_csv(struct ask *k, const struct unmapped_line *l)
{
    struct sb b;
    struct sb note;

    sb_init_arena(&b, k->arena, LINE_BYTES_MAX);
    sb_init_arena(&note, k->arena, LINE_BYTES_MAX);
    add_times(&note, l);
    if (l->likely.name.n > 0)
        sb_add_c(&note, "; ");
    add_likely(&note, &l->likely);
    sb_add_c(&b, ",,,");
    add_cell(&b, l->what.code.code, false);
    add_cell(&b, l->what.code.display, false);
    add_cell(&b, l->what.code.system, false);
    add_cell(&b, l->what.unit, false);
    sb_add_c(&b, ",");
    add_cell(&b, l->feed, false);
    sb_add_c(&b, ",");
    add_cell(&b, sb_str(&note), true);
    lines_add(&k->lines, sb_str(&b));
}

static void
print_one(struct ask *k, const struct asked *q, const struct unmapped_line *l)
{
    if (q->csv && l->what.kind == UNMAPPED_RESULT && l->what.code.code.n > 0)
        print_csv(k, l);
    else if (!q->csv && k->rq->json)
        print_json(k, l);
    else if (!q->csv)
        print_text(k, l);
}

static void
print_all(struct ask *k, const struct asked *q, const struct unmapped_row *row, size_t n)
{
    struct unmapped_line *l = ARENA_ARRAY(k->arena, n, struct unmapped_line);
    size_t mapped = 0;

    for (size_t i = 0; i < n; i++)
        l[i] = line_of(k, &row[i]);
    sort_stable(k->arena, l, n, sizeof(*l), line_cmp);
    if (q->csv)
        lines_addf(&k->lines, "%s", relma_header);
    for (size_t i = 0; i < n; i++) {
        mapped += l[i].mapped ? 1 : 0;
        if (q->all || !l[i].mapped)
            print_one(k, q, &l[i]);
    }
    if (mapped > 0 && !q->all && !q->csv && !k->rq->json)
        lines_addf(&k->lines, "%zu more are mapped by now: --all shows them", mapped);
}

void
unmapped_run(struct ask *k)
{
    struct asked q = {.feed = STR_NONE};
    struct unmapped_row *row;
    size_t n;

    if (!read_words(k, &q)) {
        ask_fail(k, 2, "unmapped takes --feed, --all and --csv");
        return;
    }
    if (store_unmapped_list(core_store(k->core), q.feed, k->arena, &row, &n) != STORE_OK) {
        ask_fail(k, 1, "the store did not answer");
        return;
    }
    print_all(k, &q, row, n);
}
