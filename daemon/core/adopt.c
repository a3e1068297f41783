#include "core/adopt.h"

#include "base/sb.h"
#include "base/sort.h"
#include "match/digest.h"
#include "sys/log.h"

/* 100,000 arms take about 12 MB. */
static const size_t CLAUSES_TEXT_MAX = (size_t)256 << 20;

/* ---- what the trials of a set are: a line per clause, "DIGEST word word", sorted ---- */

static struct str
clause_line(struct arena *a, const struct expr_table *t, const struct trial_clause *c,
            const struct gate_words *gate)
{
    char hex[SHA256_HEX_MAX];
    struct sha256 digest = digest_of_clause(t, c);
    struct sb b;

    sb_init_arena(&b, a, CLAUSES_TEXT_MAX);
    sb_add(&b, sha256_hex(&digest, hex));
    if (gate->everyone)
        sb_add_c(&b, " *");
    for (size_t i = 0; i < gate->count; i++) {
        sb_add_char(&b, ' ');
        sb_add(&b, gate->word[i]);
    }
    return sb_str(&b);
}

static int
line_cmp(const void *a, const void *b)
{
    const struct str *x = a;
    const struct str *y = b;

    return str_cmp(*x, *y);
}

struct line_list {
    struct str *line;
    size_t count;
};

/* Clauses that cannot be shown are not of interest, nor is when they become so: it is another
 * digest then. */
static struct line_list
lines_of(const struct match_knowledge *k, struct arena *a)
{
    const struct gate_words *gate = gate_of_clauses(k->table, k->trials, a);
    struct line_list l = {ARENA_ARRAY(a, k->trials->count, struct str), 0};

    for (size_t i = 0; i < k->trials->count; i++) {
        if (gate[i].everyone || gate[i].count > 0)
            l.line[l.count++] = clause_line(a, k->table, &k->trials->clause[i], &gate[i]);
    }
    sort_stable(a, l.line, l.count, sizeof *l.line, line_cmp);
    return l;
}

static struct line_list
lines_read(struct str text, struct arena *a)
{
    struct line_list l = {NULL, 0};
    struct str line;
    size_t n = 0;

    for (size_t i = 0; i < text.n; i++)
        n += text.p[i] == '\n' ? 1 : 0;
    l.line = ARENA_ARRAY(a, n, struct str);
    while (str_cut(text, '\n', &line, &text))
        l.line[l.count++] = line;
    return l;
}

static struct str
lines_text(const struct line_list *l, struct arena *a)
{
    struct sb b;

    sb_init_arena(&b, a, CLAUSES_TEXT_MAX);
    for (size_t i = 0; i < l->count; i++) {
        sb_add(&b, l->line[i]);
        sb_add_char(&b, '\n');
    }
    return sb_ok(&b) ? sb_str(&b) : STR_NONE;
}

/* ---- from one set to another ---- */

struct adoption {
    struct store *store;
    const struct knowledge *to;
    struct line_list lines;
    struct arena *arena;
    struct str from;
};

/* Everybody who opens the gate of this line waits. */
static enum store_result
wait_for(const struct adoption *x, struct str line)
{
    enum store_result r = STORE_OK;
    struct str word;
    struct str rest = str_sub(line, SHA256_HEX_MAX, line.n); /* behind the digest and its space */

    while (r == STORE_OK && !str_is_empty(rest)) {
        size_t end = str_find_any(rest, " ");

        word = str_sub(rest, 0, end);
        rest = str_sub(rest, end + 1, rest.n);
        r = store_knowledge_wait(x->store, x->from, str_eq_c(word, "*") ? STR_NONE : word);
    }
    return r;
}

/* Both lists are sorted: what stands in one of them only has changed. */
static enum store_result
wait_for_changes(const struct adoption *x, const struct line_list *old)
{
    enum store_result r = STORE_OK;
    size_t i = 0;
    size_t k = 0;

    while (r == STORE_OK && (i < old->count || k < x->lines.count)) {
        int cmp = i == old->count       ? 1
                  : k == x->lines.count ? -1
                                        : str_cmp(old->line[i], x->lines.line[k]);

        if (cmp < 0)
            r = wait_for(x, old->line[i]);
        else if (cmp > 0)
            r = wait_for(x, x->lines.line[k]);
        i += cmp <= 0 ? 1 : 0;
        k += cmp >= 0 ? 1 : 0;
    }
    return r;
}

/* STORE_NONE: that set is another in more than trials, or nothing is known of it. */
static enum store_result
adopt_from(const struct adoption *x)
{
    struct line_list old;
    struct str base;
    struct str clauses;
    uint64_t count = 0;
    enum store_result r = store_trials_get(x->store, x->from, x->arena, &base, &clauses);

    if (r == STORE_OK && (str_is_empty(base) || !str_eq(base, x->to->base)))
        r = STORE_NONE;
    if (r != STORE_OK)
        return r;
    old = lines_read(clauses, x->arena);
    r = wait_for_changes(x, &old);
    if (r == STORE_OK)
        r = store_knowledge_adopt(x->store, x->from, x->to->sha, &count);
    if (r == STORE_OK)
        log_note("core.knowledge_adopted", LOG_NUM("patients_unconcerned", count));
    return r;
}

static enum store_result
adopt_all(struct adoption *x)
{
    struct str after = STR("");
    enum store_result r =
        store_trials_put(x->store, x->to->sha, x->to->base, lines_text(&x->lines, x->arena));

    while (r == STORE_OK) {
        r = store_knowledge_seen(x->store, after, x->arena, &x->from);
        if (r != STORE_OK)
            return r == STORE_NONE ? STORE_OK : r;
        after = x->from;
        if (!str_eq(x->from, x->to->sha)) {
            r = adopt_from(x);
            r = r == STORE_NONE ? STORE_OK : r;
        }
    }
    return r;
}

void
adopt_knowledge(struct store *s, const struct knowledge *k, struct arena *a)
{
    struct adoption x = {.store = s, .to = k, .arena = a};

    if (str_is_empty(k->base))
        return;
    x.lines = lines_of(&k->match, a);
    if (store_begin(s) == STORE_OK && adopt_all(&x) == STORE_OK && store_commit(s) == STORE_OK)
        return;
    log_warn("core.knowledge_not_adopted");
    if (store_in_transaction(s))
        store_rollback(s);
}
