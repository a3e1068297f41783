#include "normalize/panel.h"

#include "base/sort.h"
#include "normalize/value.h"
#include "normalize/variant.h"

#include <string.h>

/* The panel of LOINC 81247-9, with the terms that public messages send beside it. */

enum part {
    PART_GENE,
    PART_PROTEIN,
    PART_CODING,
    PART_NAME, /* display name or variant id: read when no change is given */
    PART_GENOMIC,
    PART_PRESENCE,
    PART_FRACTION,
    PART_ORIGIN,
    PART_COPIES,
    PART_TYPE,         /* kind of change: wild type, copy number gain … */
    PART_SIGNIFICANCE, /* pathogenic … benign */
    PART_DETAIL,       /* of no use here, but only alterations have it */
    PART_OVERALL,
    PART_TESTED,  /* genes or alterations that the test covered */
    PART_NOTHING, /* of the panel, and of no use here */
};

static const struct {
    const char *loinc;
    enum part part;
} parts[] = {
    {"48018-6", PART_GENE},         {"48005-3", PART_PROTEIN},  {"48004-6", PART_CODING},
    {"81252-9", PART_NAME},         {"47998-0", PART_NAME},     {"81290-9", PART_GENOMIC},
    {"81291-7", PART_GENOMIC},      {"69548-6", PART_PRESENCE}, {"81258-6", PART_FRACTION},
    {"48002-0", PART_ORIGIN},       {"82155-3", PART_COPIES},   {"36908-2", PART_TESTED},
    {"48019-4", PART_TYPE},         {"48006-1", PART_TYPE},     {"51968-6", PART_OVERALL},
    {"53037-8", PART_SIGNIFICANCE}, {"69551-0", PART_DETAIL},   {"81255-2", PART_DETAIL},
    {"81257-8", PART_DETAIL},       {"53034-5", PART_DETAIL},   {"48013-7", PART_NOTHING},
    {"51958-7", PART_NOTHING},      {"51959-5", PART_NOTHING},  {"51967-8", PART_NOTHING},
    {"51963-7", PART_NOTHING},      {"53041-0", PART_NOTHING},  {"62374-4", PART_NOTHING},
    {"69547-8", PART_NOTHING},      {"81254-5", PART_NOTHING},  {"81259-4", PART_NOTHING},
    {"81304-8", PART_NOTHING},      {"82121-5", PART_NOTHING},  {"82120-7", PART_NOTHING},
    {"83005-9", PART_NOTHING},      {"92822-6", PART_NOTHING},  {"48000-4", PART_NOTHING},
    {"48001-2", PART_NOTHING},      {"81250-3", PART_NOTHING},  {"81297-4", PART_NOTHING},
    {"81247-9", PART_NOTHING},      {"82115-7", PART_NOTHING},  {"53577-3", PART_NOTHING},
    {"81293-3", PART_NOTHING},      {"47999-8", PART_NOTHING},  {"81299-0", PART_NOTHING},
    {"81300-6", PART_NOTHING},      {"81301-4", PART_NOTHING},  {"81302-2", PART_NOTHING},
    {"81303-0", PART_NOTHING},      {"82309-6", PART_NOTHING},  {"83006-7", PART_NOTHING},
    {"83007-5", PART_NOTHING},      {"83008-3", PART_NOTHING},
};

enum {
    GENES_MAX = 2000,
    REPS_MAX = 64, /* changes listed in one OBX-5 */
    DOTS_MAX = 8,  /* levels of OBX-4 */
};

/* An OBX of the panel. */
struct row {
    size_t obx;
    enum part part;
    enum fact_status status;
    struct str key;
};

struct rows {
    struct row *item;
    size_t count;
    const struct row **sorted; /* by key, a dot before any other character */
    size_t *genes;             /* how many before each place of sorted name a gene */
    size_t *changes;
    size_t *latest; /* by place: the last group that began there, or panel_none */
};

static bool
part_at(struct str loinc, enum part *out)
{
    for (size_t i = 0; i < RFD_COUNT(parts); i++) {
        if (str_eq_c(loinc, parts[i].loinc)) {
            *out = parts[i].part;
            return true;
        }
    }
    return false;
}

bool
panel_is_code(struct str loinc)
{
    enum part part;
    return !str_is_empty(loinc) && part_at(loinc, &part);
}

bool
panel_has(const struct panel_strs *list, struct str s)
{
    for (size_t i = 0; i < list->count; i++) {
        if (str_eq(list->item[i], s))
            return true;
    }
    return false;
}

void
panel_add(struct walk *w, struct panel_strs *list, struct str s)
{
    if (str_is_absent(s) || list->count == GENES_MAX || panel_has(list, s))
        return;
    list->item = term_grow(w->arena, list->item, list->count, sizeof *list->item);
    list->item[list->count++] = s;
}

static struct str
join(struct walk *w, struct str x, const char *between, struct str y)
{
    return str_cat(w->arena, x, str_cat(w->arena, str_from_c(between), y));
}

/* ---- which OBX belong together ----------------------------------------------------------- */

/* OG (2.8.2): what it was before, then group, sequence and identifier: 1.3.2 here. */
static struct str
sub_id(struct walk *w, size_t obx)
{
    struct str field = hl7_field(w->m, obx, 4), s = STR_NONE;
    for (int i = 2; i <= 4; i++) {
        struct str part = walk_leaf(w, hl7_comp(w->m, field, i));
        if (!str_is_absent(part))
            s = str_is_absent(s) ? part : join(w, s, ".", part);
    }
    if (str_is_absent(s))
        s = walk_leaf(w, hl7_comp(w->m, field, 1));
    return str_is_absent(s) ? STR("") : s;
}

static int
key_char(struct str s, size_t i)
{
    return i >= s.n ? -1 : s.p[i] == '.' ? 0 : 1 + (unsigned char)s.p[i];
}

/* What lies below a key stands right behind it. */
static int
key_cmp(struct str a, struct str b)
{
    for (size_t i = 0;; i++) {
        int x = key_char(a, i), y = key_char(b, i);
        if (x != y || x < 0)
            return (x > y) - (x < y);
    }
}

static int
row_cmp(const void *a, const void *b)
{
    const struct row *const *x = a, *const *y = b;
    return key_cmp((*x)->key, (*y)->key);
}

static bool
is_below(struct str key, struct str head)
{
    return str_starts(key, head) && (key.n == head.n || key.p[head.n] == '.');
}

/* The first place whose key is not before head; past: not before it nor below it. */
static size_t
place_of(const struct rows *r, struct str head, bool past)
{
    size_t low = 0, high = r->count;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        struct str key = r->sorted[mid]->key;
        if (key_cmp(key, head) < 0 || (past && is_below(key, head)))
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

static bool
is_change(enum part part)
{
    return part == PART_PROTEIN || part == PART_CODING || part == PART_NAME ||
           part == PART_GENOMIC || part == PART_COPIES;
}

/* Do the OBX at or below that sub-id name both a gene and a change? */
static bool
is_unit(const struct rows *r, struct str key)
{
    size_t from = place_of(r, key, false), to = place_of(r, key, true);
    return r->genes[to] > r->genes[from] && r->changes[to] > r->changes[from];
}

static size_t
last_dot(struct str s)
{
    size_t i = s.n;
    while (i > 0 && s.p[i - 1] != '.')
        i--;
    return i == 0 ? s.n : i - 1;
}

/* "2a.b" belongs to 2a, and 1.2 to 1, unless what stands under 1.2 is whole by itself: then 1.2 and
 * 1.3 are two alterations. */
static struct str
group_key(const struct rows *r, struct str key)
{
    struct str head, rest, at = key;
    for (int i = 0; i < DOTS_MAX; i++) {
        if (is_unit(r, at))
            return at;
        size_t dot = last_dot(at);
        if (dot == at.n)
            return at;
        at = str_sub(at, 0, dot);
    }
    (void)str_cut(key, '.', &head, &rest);
    return head;
}

static void
rows_sort(struct walk *w, struct rows *r)
{
    r->sorted = arena_array(w->arena, r->count + 1, sizeof *r->sorted);
    r->genes = ARENA_ARRAY(w->arena, r->count + 1, size_t);
    r->changes = ARENA_ARRAY(w->arena, r->count + 1, size_t);
    r->latest = ARENA_ARRAY(w->arena, r->count + 1, size_t);
    for (size_t i = 0; i < r->count; i++)
        r->sorted[i] = &r->item[i];
    sort_stable(w->arena, r->sorted, r->count, sizeof *r->sorted, row_cmp);
    for (size_t i = 0; i < r->count; i++) {
        r->genes[i + 1] = r->genes[i] + (r->sorted[i]->part == PART_GENE);
        r->changes[i + 1] = r->changes[i] + is_change(r->sorted[i]->part);
        r->latest[i] = panel_none;
    }
    r->latest[r->count] = panel_none;
}

/* Does the part begin another alteration in a group that has one already? */
static bool
begins_anew(const struct panel_group *g, enum part part)
{
    switch (part) {
    case PART_PROTEIN: return !str_is_absent(g->protein);
    case PART_CODING: return !str_is_absent(g->coding);
    case PART_GENE: /* senders differ in what they put first, the gene or its change */
        return g->genes.count > 0 && ((g->changed && g->key.n == 0) || !str_is_absent(g->protein) ||
                                      !str_is_absent(g->coding));
    case PART_NAME:
    case PART_GENOMIC:
    case PART_PRESENCE:
    case PART_FRACTION:
    case PART_ORIGIN:
    case PART_COPIES:
    case PART_TYPE:
    case PART_SIGNIFICANCE:
    case PART_DETAIL:
    case PART_OVERALL:
    case PART_TESTED:
    case PART_NOTHING: return false;
    }
    return false;
}

static size_t
group_of(const struct rows *r, const struct panel *p, size_t place, struct str key, int rep)
{
    size_t at = r->latest[place];
    while (at != panel_none && (p->group[at].rep != rep || !str_eq(p->group[at].key, key)))
        at = p->group[at].before;
    return at;
}

/* The group of a row's repetition: the one there is, or another. */
static struct panel_group *
group_for(struct walk *w, struct rows *r, struct panel *p, const struct row *row, int rep)
{
    struct str key = group_key(r, row->key);
    size_t place = place_of(r, key, false), last = group_of(r, p, place, key, rep);
    if (last != panel_none && !begins_anew(&p->group[last], row->part))
        return &p->group[last];
    struct panel_group next = {.key = key,
                               .rep = rep,
                               .like = panel_none,
                               .before = r->latest[place],
                               .follows = last != panel_none && row->part == PART_GENE,
                               .obx = row->obx,
                               .status = row->status};
    if (rep > 1)
        next.like = group_of(r, p, place, key, 1);
    else if (last != panel_none && row->part != PART_GENE) /* another change in the same gene */
        next.like = last;
    p->group = term_grow(w->arena, p->group, p->count, sizeof *p->group);
    p->group[p->count] = next;
    r->latest[place] = p->count;
    return &p->group[p->count++];
}

/* ---- what they say ------------------------------------------------------------------------- */

/* HGNC:3236^EGFR^HGNC, EGFR^…, or a plain text. A number that the table lacks gives its display;
 * HGNC:0000 is how one tool writes "no gene". */
static struct str
gene_of(struct walk *w, const struct value *v)
{
    struct str code = v->coded.first.code, display = v->coded.first.display;
    if (!v->is_coded || str_is_empty(code))
        return str_is_empty(v->text) ? STR_NONE : terms_symbol(w->terms, w->arena, v->text);
    struct str known = terms_symbol(w->terms, w->arena, code);
    if (known.n > 0 && (known.p[0] < '0' || known.p[0] > '9'))
        return known;
    if (str_is_empty(display) || str_eq_c(known, "0000"))
        return STR_NONE;
    return terms_symbol(w->terms, w->arena, display);
}

static void
read_genes(struct walk *w, size_t obx, struct panel_strs *list)
{
    int reps = hl7_rep_count(w->m, hl7_field(w->m, obx, 5));
    for (int r = 1; r <= reps; r++) {
        struct value v = value_read(w, obx, r);
        panel_add(w, list, gene_of(w, &v));
    }
}

void
panel_covers(struct walk *w, struct panel *p, size_t obx, enum fact_status status,
             const struct panel_strs *genes)
{
    bool first = p->tested.count == 0;
    if (!first && status == FACT_WITHDRAWN)
        return;
    if (first || p->tested_status == FACT_WITHDRAWN) {
        p->tested.count = 0;
        p->tested_obx = obx;
        p->tested_status = status;
    } else if (status == FACT_PRELIMINARY) {
        p->tested_status = status;
    }
    for (size_t i = 0; i < genes->count; i++)
        panel_add(w, &p->tested, genes->item[i]);
}

/* The part of a coded change that spells it: p.Leu858Arg is code or display. */
static struct str
change_text(const struct value *v)
{
    struct str display = v->coded.first.display, code = v->coded.first.code;
    if (!v->is_coded || (str_is_empty(display) && str_is_empty(code)))
        return v->text;
    return str_is_empty(display) ? code : display;
}

/* Alterations that the test looked for, as "EGFR:T790M"; else genes. */
static void
read_tested(struct walk *w, size_t obx, struct panel_strs *list)
{
    int reps = hl7_rep_count(w->m, hl7_field(w->m, obx, 5));
    for (int r = 1; r <= reps; r++) {
        struct value v = value_read(w, obx, r);
        struct variant_names names = {.count = 0};
        bool named = variant_parse(w->arena, w->terms, STR_NONE, change_text(&v), &names);
        for (size_t i = 0; named && i < names.count; i++) {
            const struct variant_name *n = &names.item[i];
            if (str_is_empty(n->gene))
                walk_warn(w, obx, 5, "an alteration without a gene is tested for: not used");
            else
                panel_add(w, list, n->any ? n->gene : join(w, n->gene, ":", n->name));
        }
        if (!named)
            panel_add(w, list, gene_of(w, &v));
    }
}

/* A fraction comes as 0.066, 57.4 % and 0.2188 {ratio}: per cent when the unit says so, or when it
 * is above 1 without one. More than all of them, or less than none, is no fraction. */
static struct quantity
fraction_of(struct walk *w, size_t obx, const struct value *v)
{
    struct quantity q = v->quantity;
    struct str unit = walk_text(w, obx, 6, 1);
    if (str_is_absent(unit))
        unit = v->inline_unit;
    if (!q.present)
        return q;
    if (dec_sign(q.value) < 0 || dec_cmp(q.value, dec_from_i64(100)) > 0) {
        walk_warn(w, obx, 5, "an allele fraction beyond 0 to 100 per cent: not used");
        q.present = false;
        return q;
    }
    if (str_starts(unit, STR("%")))
        return q;
    if (dec_cmp(q.value, dec_from_i64(1)) > 0) {
        q.present = str_is_empty(unit);
        return q;
    }
    q.value.exp += 2;
    if (q.value.exp > 0) /* 1 or 0: "100" and "0", not 1e2 */
        q.value = (struct dec){q.value.coef * (q.value.exp == 2 ? 100 : 10), 0};
    return q;
}

/* A LOINC answer, or its words: 0 none, else 1 and the row's value. */
struct answer {
    const char *words;
    int means;
};

static bool
answer_of(const struct value *v, const struct answer *table, size_t count, int *out)
{
    const struct str said[] = {v->coded.first.code, v->coded.first.display, v->coded.second.code,
                               v->text};
    for (size_t k = 0; k < RFD_COUNT(said); k++) {
        for (size_t i = 0; i < count && !str_is_empty(said[k]); i++) {
            if (str_eq_nocase(said[k], str_from_c(table[i].words))) {
                *out = table[i].means;
                return true;
            }
        }
    }
    return false;
}

static enum origin
origin_of(const struct value *v)
{
    static const struct answer table[] = {
        {"LA6683-2", ORIGIN_GERMLINE},  {"germline", ORIGIN_GERMLINE},
        {"LA18194-3", ORIGIN_GERMLINE}, {"likely germline", ORIGIN_GERMLINE},
        {"LA6684-0", ORIGIN_SOMATIC},   {"somatic", ORIGIN_SOMATIC},
        {"LA18195-0", ORIGIN_SOMATIC},  {"likely somatic", ORIGIN_SOMATIC},
    };
    int means = ORIGIN_UNKNOWN;
    (void)answer_of(v, table, RFD_COUNT(table), &means);
    return (enum origin)means;
}

/* An answer that nobody knows is no finding: it is neither present nor absent. */
static enum panel_presence
presence_of(struct walk *w, size_t obx, const struct value *v)
{
    static const struct answer table[] = {
        {"LA18198-4", PANEL_NO_CALL},    {"no call", PANEL_NO_CALL},
        {"LA11884-6", PANEL_NO_CALL},    {"indeterminate", PANEL_NO_CALL},
        {"inconclusive", PANEL_NO_CALL},
    };
    const struct str said[] = {v->coded.first.code, v->coded.first.display, v->text};
    int means;
    if (answer_of(v, table, RFD_COUNT(table), &means))
        return (enum panel_presence)means;
    for (size_t i = 0; i < RFD_COUNT(said); i++) {
        struct str norm = STR_NONE;
        if (!str_is_empty(said[i]))
            norm = terms_answer(w->terms, w->arena, said[i]);
        if (str_eq_c(norm, "negative"))
            return PANEL_ABSENT;
        if (str_eq_c(norm, "positive"))
            return PANEL_PRESENT;
    }
    walk_warn(w, obx, 5, "presence of an alteration is not understood");
    return PANEL_NO_CALL;
}

static enum panel_overall
overall_of(struct walk *w, size_t obx, const struct value *v)
{
    static const struct answer table[] = {
        {"LA6576-8", PANEL_OVERALL_POSITIVE}, {"positive", PANEL_OVERALL_POSITIVE},
        {"LA6577-6", PANEL_OVERALL_NEGATIVE}, {"negative", PANEL_OVERALL_NEGATIVE},
        {"LA9663-1", PANEL_OVERALL_FAILED},   {"inconclusive", PANEL_OVERALL_FAILED},
        {"LA9664-9", PANEL_OVERALL_FAILED},   {"failure", PANEL_OVERALL_FAILED},
        {"failed", PANEL_OVERALL_FAILED},
    };
    int means = PANEL_OVERALL_NOT_SAID;
    if (!answer_of(v, table, RFD_COUNT(table), &means))
        walk_warn(w, obx, 5, "overall result of a panel is not understood");
    return (enum panel_overall)means;
}

static void
read_type(struct panel_group *g, const struct value *v)
{
    enum { WILD, GAIN, LOSS };
    static const struct answer table[] = {
        {"LA9658-1", WILD},         {"wild type", WILD}, {"LA14033-7", GAIN},
        {"copy number gain", GAIN}, {"LA14034-5", LOSS}, {"copy number loss", LOSS},
    };
    int means = -1;
    (void)answer_of(v, table, RFD_COUNT(table), &means);
    g->wild = g->wild || means == WILD;
    g->detail = g->detail || means != WILD;
    if (means == GAIN || means == LOSS)
        g->type = means == GAIN ? STR("gain") : STR("loss");
}

/* One public sender has the disease under this code: what is no answer says nothing. */
static void
read_significance(struct panel_group *g, const struct value *v)
{
    enum { FOUND, UNCERTAIN, BENIGN };
    static const struct answer table[] = {
        {"LA6668-3", FOUND},
        {"pathogenic", FOUND},
        {"LA26332-9", FOUND},
        {"likely pathogenic", FOUND},
        {"LA6669-1", FOUND},
        {"LA26333-7", UNCERTAIN},
        {"LA6682-4", UNCERTAIN},
        {"uncertain significance", UNCERTAIN},
        {"variant of uncertain significance", UNCERTAIN},
        {"vus", UNCERTAIN},
        {"LA6675-8", BENIGN},
        {"benign", BENIGN},
        {"LA26334-5", BENIGN},
        {"LA6674-1", BENIGN},
        {"likely benign", BENIGN},
    };
    int means;
    if (!answer_of(v, table, RFD_COUNT(table), &means))
        return;
    g->detail = g->detail || means != BENIGN;
    g->uncertain = means == UNCERTAIN;
    g->benign = means == BENIGN;
}

/* The least sure part of a change is how sure it is; a part taken back takes the change back. */
static void
put_status(struct panel_group *g, const struct row *row)
{
    bool sure = g->status == FACT_FINAL || g->status == FACT_CORRECTED;
    if (row->status == FACT_WITHDRAWN && is_change(row->part))
        g->status = FACT_WITHDRAWN;
    else if (row->status == FACT_PRELIMINARY && sure)
        g->status = FACT_PRELIMINARY;
    else if (row->status == FACT_CORRECTED && g->status == FACT_FINAL)
        g->status = FACT_CORRECTED;
}

static void
put_part(struct walk *w, const struct row *row, const struct value *v, struct panel_group *g)
{
    struct str text = change_text(v);
    g->changed = g->changed || is_change(row->part);
    put_status(g, row);
    switch (row->part) {
    case PART_GENE: read_genes(w, row->obx, &g->genes); break;
    case PART_PROTEIN: g->protein = text; break;
    case PART_CODING: g->coding = text; break;
    case PART_NAME: g->name = text; break;
    case PART_GENOMIC: g->genomic = text; break;
    case PART_PRESENCE: g->presence = presence_of(w, row->obx, v); break;
    case PART_FRACTION: g->fraction = fraction_of(w, row->obx, v); break;
    case PART_ORIGIN: g->origin = origin_of(v); break;
    case PART_COPIES: g->copies = v->quantity; break;
    case PART_TYPE: read_type(g, v); break;
    case PART_SIGNIFICANCE: read_significance(g, v); break;
    case PART_DETAIL: g->detail = true; break;
    case PART_OVERALL:
    case PART_TESTED:
    case PART_NOTHING: break;
    }
}

/* Several changes in one OBX-5 are as many alterations; of what else repeats, the first holds. */
static bool
may_repeat(enum part part)
{
    return is_change(part) || part == PART_FRACTION;
}

static void
read_part(struct walk *w, struct rows *r, const struct row *row, struct panel *p)
{
    int reps = may_repeat(row->part) ? hl7_rep_count(w->m, hl7_field(w->m, row->obx, 5)) : 1;
    if (reps > REPS_MAX) {
        walk_warn(w, row->obx, 5, "more than 64 alterations in one field: the rest is not read");
        reps = REPS_MAX;
    }
    for (int rep = 1; rep <= reps; rep++) {
        struct value v = value_read(w, row->obx, rep);
        if (!str_is_absent(change_text(&v)))
            put_part(w, row, &v, group_for(w, r, p, row, rep));
    }
}

/* One gene has an alteration, two make a fusion; more are what the test looked at. */
static bool
is_gene_list(struct walk *w, const struct row *row)
{
    return row->part == PART_GENE && hl7_rep_count(w->m, hl7_field(w->m, row->obx, 5)) > 2;
}

static void
read_row(struct walk *w, struct rows *r, const struct row *row, struct panel *p)
{
    struct value v = value_read(w, row->obx, 1);
    if (row->part == PART_NOTHING)
        return;
    if (row->part == PART_TESTED || is_gene_list(w, row)) {
        struct panel_strs genes = {.count = 0};
        if (row->part == PART_TESTED)
            read_tested(w, row->obx, &genes);
        else
            read_genes(w, row->obx, &genes);
        panel_covers(w, p, row->obx, row->status, &genes);
    } else if (row->part == PART_OVERALL) {
        enum panel_overall said = overall_of(w, row->obx, &v);
        p->overall = said > p->overall ? said : p->overall;
    } else {
        read_part(w, r, row, p);
    }
}

static void
collect(struct walk *w, const struct order *o, struct rows *r)
{
    for (size_t i = o->first; i < o->end && w->reason == NORMALIZE_NONE; i++) {
        struct row row = {.obx = i, .status = FACT_FINAL};
        if (!hl7_seg_is(w->m, i, "OBX"))
            continue;
        struct walk_coded c = walk_coded(w, hl7_rep(w->m, hl7_field(w->m, i, 3), 1));
        struct str loinc = walk_loinc(w, &c);
        if (str_is_empty(loinc) || !part_at(loinc, &row.part) ||
            !order_status(w, o, i, &row.status))
            continue;
        row.key = sub_id(w, i);
        r->item = term_grow(w->arena, r->item, r->count, sizeof *r->item);
        r->item[r->count++] = row;
    }
}

/* What stands in a group without gene and change is said of all. */
static void
read_general(struct panel *p)
{
    for (size_t i = 0; i < p->count; i++) {
        const struct panel_group *g = &p->group[i];
        if (g->genes.count == 0 && !g->changed && g->origin != ORIGIN_UNKNOWN)
            p->origin = g->origin;
    }
}

/* What came later in a group holds for the alterations that were listed in it, too. */
static void
inherit(struct panel *p)
{
    for (size_t i = 0; i < p->count; i++) {
        struct panel_group *g = &p->group[i];
        if (g->like == panel_none)
            continue;
        const struct panel_group *x = &p->group[g->like]; /* it stands before, and is complete */
        if (g->genes.count == 0)
            g->genes = x->genes;
        if (g->origin == ORIGIN_UNKNOWN)
            g->origin = x->origin;
        if (g->rep > 1 && g->presence == PANEL_NOT_SAID)
            g->presence = x->presence;
    }
}

void
panel_read(struct walk *w, const struct order *o, struct panel *out)
{
    struct rows r = {.count = 0};
    *out = (struct panel){.first_obx = w->m->seg_count};
    collect(w, o, &r);
    if (r.count == 0 || w->reason != NORMALIZE_NONE)
        return;
    rows_sort(w, &r);
    out->first_obx = r.item[0].obx;
    out->status = r.item[0].status;
    for (size_t i = 0; i < r.count; i++)
        read_row(w, &r, &r.item[i], out);
    inherit(out);
    read_general(out);
}
