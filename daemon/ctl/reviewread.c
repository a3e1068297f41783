/* The answers of a chart review, as shares with intervals. */
#include "ctl/review.h"
#include "ctl/wilson.h"
#include "wire/jsonout.h"

#include <string.h>

enum { CELLS_MAX = 16, ANSWER_CELL = 6, RULES_MAX = 1000, TEXT_MAX = 4096 };

enum answer {
    ANSWER_YES,
    ANSWER_NO,
    ANSWER_OPEN, /* unclear, or not answered */
    ANSWER_COUNT,
};

struct judged {
    struct str rule;
    int64_t answer[2][ANSWER_COUNT]; /* of non-findings, of findings */
    uint64_t all[2];
};

struct answers {
    struct str *of; /* by number */
    size_t count;
};

struct reviewed {
    const struct call *call;
    struct answers answers;
    struct judged *rule;
    size_t rule_count;
};

/* What is left of a CSV text; cells are written over it as they lose their quotes. */
struct csv {
    char *p;
    size_t n;
    size_t at;
    char between; /* a comma; a semicolon where spreadsheets of that country write one */
};

static struct csv
csv_open(struct arena *a, struct str text)
{
    struct csv c = {ARENA_ARRAY(a, text.n + 1, char), text.n, 0, ','};
    size_t i = 0;

    if (text.n > 0)
        memcpy(c.p, text.p, text.n);
    while (i < text.n && text.p[i] != ',' && text.p[i] != ';')
        i++;
    if (i < text.n)
        c.between = text.p[i];
    return c;
}

/* A cell in quotes may hold separators and line ends, and "" for a quote. */
static struct str
csv_cell(struct csv *c)
{
    char *out = c->p + c->at;
    size_t n = 0;
    bool quoted = c->at < c->n && c->p[c->at] == '"';

    for (c->at += quoted; c->at < c->n; c->at++) {
        char ch = c->p[c->at];

        if (!quoted && (ch == c->between || ch == '\n'))
            break;
        if (quoted && ch == '"') {
            if (c->at + 1 >= c->n || c->p[c->at + 1] != '"') {
                quoted = false;
                continue;
            }
            c->at++;
        }
        out[n++] = ch;
    }
    return str_trim((struct str){out, n});
}

/* False: no more. */
static bool
csv_row(struct csv *c, struct str *cell, size_t *count_out)
{
    size_t n = 0;
    bool end = c->at >= c->n;

    if (end)
        return false;
    while (!end) {
        struct str s = csv_cell(c);

        if (n < CELLS_MAX)
            cell[n++] = s;
        end = c->at >= c->n || c->p[c->at] == '\n';
        c->at++;
    }
    *count_out = n;
    return true;
}

static enum answer
answer_of(struct str s)
{
    static const char *const yes[] = {"yes", "y", "1", "ja", "true"};
    static const char *const no[] = {"no", "n", "0", "nein", "false"};

    for (size_t i = 0; i < RFD_COUNT(yes); i++) {
        if (str_eq_nocase(str_from_c(yes[i]), s))
            return ANSWER_YES;
        if (str_eq_nocase(str_from_c(no[i]), s))
            return ANSWER_NO;
    }
    return ANSWER_OPEN;
}

static void
read_answers(struct reviewed *r, struct str text)
{
    struct csv csv = csv_open(r->call->arena, text);
    struct str cell[CELLS_MAX];
    size_t n;
    uint64_t number;

    r->answers.count = text.n + 1;
    r->answers.of = ARENA_ARRAY(r->call->arena, r->answers.count, struct str);
    while (csv_row(&csv, cell, &n)) {
        if (n > ANSWER_CELL && str_to_u64(cell[0], &number) && number < r->answers.count)
            r->answers.of[number] = cell[ANSWER_CELL];
    }
}

static struct judged *
judged_of(struct reviewed *r, struct str rule)
{
    for (size_t i = 0; i < r->rule_count; i++)
        if (str_eq(r->rule[i].rule, rule))
            return &r->rule[i];
    if (r->rule_count == RULES_MAX)
        return NULL;
    r->rule[r->rule_count] = (struct judged){.rule = rule};
    return &r->rule[r->rule_count++];
}

static void
read_key(struct reviewed *r, struct str text)
{
    struct csv csv = csv_open(r->call->arena, text);
    struct str cell[CELLS_MAX];
    size_t n;
    uint64_t number;

    while (csv_row(&csv, cell, &n)) {
        struct judged *j = n < 3 || str_eq_c(cell[0], "number") ? NULL : judged_of(r, cell[1]);

        if (j == NULL)
            continue;
        if (n > 3 && str_eq_c(cell[0], "all")) {
            if (!str_to_u64(cell[2], &j->all[1]) || !str_to_u64(cell[3], &j->all[0]))
                j->all[0] = j->all[1] = 0;
        } else if (str_to_u64(cell[0], &number) && number < r->answers.count) {
            bool finding = str_eq_c(cell[2], "finding");

            j->answer[finding][answer_of(r->answers.of[number])]++;
        }
    }
}

static void
add_share(struct sb *b, const char *what, struct share s)
{
    if (!s.known) {
        sb_addf(b, ", %s not known", what);
        return;
    }
    sb_addf(b, ", %s %lld.%lld %% (%lld.%lld to %lld.%lld)", what, (long long)s.mid / 10,
            (long long)s.mid % 10, (long long)s.low / 10, (long long)s.low % 10,
            (long long)s.high / 10, (long long)s.high % 10);
}

static void
json_share(struct jsonout *j, const char *key, struct share s)
{
    if (!s.known)
        return;
    jsonout_key(j, key);
    jsonout_map(j);
    jsonout_key(j, "permille");
    jsonout_i64(j, s.mid);
    jsonout_key(j, "low");
    jsonout_i64(j, s.low);
    jsonout_key(j, "high");
    jsonout_i64(j, s.high);
    jsonout_map_end(j);
}

static void
print_judged(const struct call *c, const struct judged *r)
{
    const int64_t *f = r->answer[1];
    const int64_t *n = r->answer[0];
    struct share right = wilson(f[ANSWER_YES], f[ANSWER_YES] + f[ANSWER_NO]);
    struct share missed = wilson(n[ANSWER_YES], n[ANSWER_YES] + n[ANSWER_NO]);
    struct share finds = wilson_sensitivity(right, (int64_t)r->all[1], missed, (int64_t)r->all[0]);
    long long findings = f[ANSWER_YES] + f[ANSWER_NO];
    long long others = n[ANSWER_YES] + n[ANSWER_NO];
    long long open = f[ANSWER_OPEN] + n[ANSWER_OPEN];
    struct jsonout j;
    struct sb b;

    sb_init_arena(&b, c->arena, TEXT_MAX);
    if (!call_has(c, OPT_JSON)) {
        sb_addf(&b, "%.*s: %lld findings judged, %lld non-findings judged, %lld left open",
                STR_FMT(r->rule), findings, others, open);
        add_share(&b, "predictive value", right);
        add_share(&b, "sensitivity", finds);
        call_print(sb_str(&b));
        return;
    }
    jsonout_init(&j, &b);
    jsonout_map(&j);
    jsonout_key(&j, "rule");
    jsonout_str(&j, r->rule);
    jsonout_key(&j, "findings");
    jsonout_i64(&j, f[ANSWER_YES] + f[ANSWER_NO]);
    jsonout_key(&j, "non_findings");
    jsonout_i64(&j, n[ANSWER_YES] + n[ANSWER_NO]);
    jsonout_key(&j, "open");
    jsonout_i64(&j, f[ANSWER_OPEN] + n[ANSWER_OPEN]);
    json_share(&j, "predictive_value", right);
    json_share(&j, "sensitivity", finds);
    jsonout_map_end(&j);
    rfd_assert(jsonout_ok(&j));
    call_print(sb_str(&b));
}

static bool
was_asked(const struct judged *r)
{
    int64_t n = 0;

    for (unsigned f = 0; f < 2; f++)
        for (unsigned a = 0; a < ANSWER_COUNT; a++)
            n += r->answer[f][a];
    return n > 0;
}

int
review_read(const struct call *c)
{
    const char *path = c->option[OPT_REVIEW_READ];
    struct reviewed r = {.call = c, .rule = ARENA_ARRAY(c->arena, RULES_MAX, struct judged)};
    struct str sheet;
    struct str key;
    struct sb b;

    sb_init_arena(&b, c->arena, TEXT_MAX);
    sb_addf(&b, "%s.key", path);
    if (!sb_ok(&b) || !call_read_file(c, path, &sheet) || !call_read_file(c, sb_cz(&b), &key))
        return CALL_FAILED;
    read_answers(&r, sheet);
    read_key(&r, key);
    for (size_t i = 0; i < r.rule_count; i++)
        if (was_asked(&r.rule[i]))
            print_judged(c, &r.rule[i]);
    return CALL_OK;
}
