/* refractctl knowledge import civic: evidence items of CIViC (CC0, civicdb.org) as drafts of
 * therapy
 * options, in both layouts that its nightly files have had. Drafts are unsigned, so they run in
 * shadow; level and direction stand in them, and their level ranks below label and guideline. */
#include "base/sort.h"
#include "ctl/civicvariant.h"
#include "ctl/draft.h"
#include "ctl/folders.h"
#include "ctl/tsv.h"
#include "ctl/verbs.h"

#include <stdio.h>

enum { DRAFT_BYTES_MAX = 1 << 28, DRUGS_MAX = 12, CITATION_MAX = 300, TEXT_MAX = 800 };

/* Columns by what they hold; the names changed between the layouts of 2021 and 2026. */
enum column {
    COL_GENE,
    COL_VARIANT,
    COL_PROFILE,
    COL_DISEASE,
    COL_DOID,
    COL_DRUGS,
    COL_INTERACTION,
    COL_TYPE,
    COL_DIRECTION,
    COL_LEVEL,
    COL_SIGNIFICANCE,
    COL_CITATION_ID,
    COL_SOURCE,
    COL_CITATION,
    COL_RATING,
    COL_STATUS,
    COL_ID,
    COL_ORIGIN,
    COL_REVIEWED,
    COL_URL,
    COL_FLAGGED,
    COL_COUNT,
};

static const struct {
    const char *name;
    const char *other; /* NULL: never had another */
    bool needed;
} columns[COL_COUNT] = {
    [COL_GENE] = {"gene", NULL, false},
    [COL_VARIANT] = {"variant", NULL, false},
    [COL_PROFILE] = {"molecular_profile", NULL, false},
    [COL_DISEASE] = {"disease", NULL, true},
    [COL_DOID] = {"doid", NULL, false},
    [COL_DRUGS] = {"drugs", "therapies", true},
    [COL_INTERACTION] = {"drug_interaction_type", "therapy_interaction_type", true},
    [COL_TYPE] = {"evidence_type", NULL, true},
    [COL_DIRECTION] = {"evidence_direction", NULL, true},
    [COL_LEVEL] = {"evidence_level", NULL, true},
    [COL_SIGNIFICANCE] = {"clinical_significance", "significance", true},
    [COL_CITATION_ID] = {"citation_id", NULL, true},
    [COL_SOURCE] = {"source_type", NULL, false},
    [COL_CITATION] = {"citation", NULL, false},
    [COL_RATING] = {"rating", NULL, false},
    [COL_STATUS] = {"evidence_status", NULL, true},
    [COL_ID] = {"evidence_id", NULL, true},
    [COL_ORIGIN] = {"variant_origin", NULL, false},
    [COL_REVIEWED] = {"last_review_date", NULL, false},
    [COL_URL] = {"evidence_civic_url", NULL, false},
    [COL_FLAGGED] = {"is_flagged", NULL, false},
};

/* Why a row gave no draft: the first that applies. */
enum skip {
    SKIP_NOTHING, /* it gave one */
    SKIP_FIELDS,
    SKIP_TYPE,
    SKIP_STATUS,
    SKIP_FLAGGED,
    SKIP_LEVEL,
    SKIP_DISEASE,
    SKIP_VARIANT,
    SKIP_NO_DRUG,
    SKIP_SEQUENCE,
    SKIP_DRUG,
    SKIP_TWICE,
    SKIP_COUNT,
};

static const char *const skip_text[SKIP_COUNT] = {
    [SKIP_FIELDS] = "fields do not match the header",
    [SKIP_TYPE] = "not predictive (diagnostic, prognostic, predisposing, functional)",
    [SKIP_STATUS] = "not accepted",
    [SKIP_FLAGGED] = "flagged by CIViC",
    [SKIP_LEVEL] = "no level, direction, number or review date",
    [SKIP_DISEASE] = "disease without an OncoTree code",
    [SKIP_VARIANT] = "variant that no condition expresses",
    [SKIP_NO_DRUG] = "no drug",
    [SKIP_SEQUENCE] = "drugs in sequence, or without saying how they go together",
    [SKIP_DRUG] = "drug that is not known",
    [SKIP_TWICE] = "evidence item that was there before",
};

struct import {
    const struct call *call;
    const struct terms *terms;
    struct arena *arena;
    struct tsv file;
    int at[COL_COUNT];
    struct sb out;
    size_t rows;
    size_t drafts;
    size_t unsupported; /* predictive rows that do not support, imported or not */
    size_t unsupported_imported;
    size_t against; /* imported rows that do not support, or speak of resistance */
    size_t skipped[SKIP_COUNT];
    struct tally seen;
    struct tally diseases;
    struct tally variants;
    struct tally drugs;
};

/* One row, as far as it is understood. */
struct item {
    const struct term_disease *disease;
    struct str condition; /* lines of the match list */
    const struct term_drug *drug[DRUGS_MAX];
    size_t drug_count;
    bool together; /* one option with all of them, else one option each */
};

static struct str
field(const struct import *m, enum column c)
{
    return tsv_field(&m->file, m->at[c]);
}

static bool
find_columns(struct import *m, const char *path)
{
    for (int c = 0; c < COL_COUNT; c++) {
        m->at[c] = tsv_column(&m->file, columns[c].name);
        if (m->at[c] < 0 && columns[c].other != NULL)
            m->at[c] = tsv_column(&m->file, columns[c].other);
        if (m->at[c] < 0 && columns[c].needed) {
            (void)call_fail(CALL_FAILED, "%s: no column \"%s\": no evidence file of CIViC", path,
                            columns[c].name);
            return false;
        }
    }
    if (m->at[COL_PROFILE] < 0 && (m->at[COL_GENE] < 0 || m->at[COL_VARIANT] < 0)) {
        (void)call_fail(CALL_FAILED, "%s: neither molecular_profile nor gene and variant", path);
        return false;
    }
    return true;
}

/* ---- reading a row ---- */

static struct str
variant_name(const struct import *m)
{
    struct sb b;

    if (m->at[COL_PROFILE] >= 0)
        return field(m, COL_PROFILE);
    sb_init_arena(&b, m->arena, CITATION_MAX);
    sb_addf(&b, "%.*s %.*s", STR_FMT(field(m, COL_GENE)), STR_FMT(field(m, COL_VARIANT)));
    return sb_str(&b);
}

static bool
read_variant(struct import *m, struct item *x)
{
    bool germline = str_has(field(m, COL_ORIGIN), STR("Germline"));
    struct sb b;
    bool ok;

    sb_init_arena(&b, m->arena, DRAFT_BYTES_MAX);
    if (m->at[COL_PROFILE] >= 0)
        ok = civicvariant_profile(m->arena, field(m, COL_PROFILE), germline, &b);
    else
        ok = civicvariant_lines(m->arena, field(m, COL_GENE), field(m, COL_VARIANT), germline, &b);
    x->condition = sb_str(&b);
    return ok;
}

/* Drugs that are known. Of a combination all must be; of substitutes those that are remain. */
static enum skip
read_drugs(struct import *m, struct item *x)
{
    struct str list = field(m, COL_DRUGS);
    struct str how = field(m, COL_INTERACTION);
    struct str name;
    size_t named = 0;

    if (str_is_empty(list))
        return SKIP_NO_DRUG;
    for (bool more = true; more && named < DRUGS_MAX; named++) {
        const struct term_drug *d;

        more = str_cut(list, ',', &name, &list);
        d = terms_drug(m->terms, m->arena, str_trim(name));
        if (d == NULL)
            tally_add(m->arena, &m->drugs, str_trim(name));
        else
            x->drug[x->drug_count++] = d;
    }
    x->together = named > 1 && str_eq_c(how, "Combination");
    if (named > 1 && !x->together && !str_eq_c(how, "Substitutes"))
        return SKIP_SEQUENCE;
    return x->drug_count == 0 || (x->together && x->drug_count < named) ? SKIP_DRUG : SKIP_NOTHING;
}

static bool
has_level(const struct import *m)
{
    struct str level = field(m, COL_LEVEL);
    struct str direction = field(m, COL_DIRECTION);
    int64_t id;
    day_t day;

    return level.n == 1 && level.p[0] >= 'A' && level.p[0] <= 'E' &&
           (str_eq_c(direction, "Supports") || str_eq_c(direction, "Does Not Support")) &&
           str_to_i64(field(m, COL_ID), &id) &&
           day_parse(str_sub(field(m, COL_REVIEWED), 0, 10), &day);
}

static bool
seen_before(struct import *m)
{
    for (size_t i = 0; i < m->seen.count; i++) {
        if (str_eq(m->seen.row[i].name, field(m, COL_ID)))
            return true;
    }
    tally_add(m->arena, &m->seen, field(m, COL_ID));
    return false;
}

static enum skip
read_item(struct import *m, struct item *x)
{
    if (!m->file.whole)
        return SKIP_FIELDS;
    if (!str_eq_c(field(m, COL_TYPE), "Predictive"))
        return SKIP_TYPE;
    if (!str_eq_c(field(m, COL_STATUS), "accepted"))
        return SKIP_STATUS;
    if (str_eq_nocase(field(m, COL_FLAGGED), STR("true")))
        return SKIP_FLAGGED;
    if (!has_level(m))
        return SKIP_LEVEL;
    if (seen_before(m))
        return SKIP_TWICE;
    x->disease = terms_disease(m->terms, m->arena, field(m, COL_DISEASE), field(m, COL_DOID));
    if (x->disease == NULL) {
        tally_add(m->arena, &m->diseases, field(m, COL_DISEASE));
        return SKIP_DISEASE;
    }
    if (!read_variant(m, x)) {
        tally_add(m->arena, &m->variants, variant_name(m));
        return SKIP_VARIANT;
    }
    return read_drugs(m, x);
}

/* ---- writing a draft ---- */

/* What a receptor in the disease's name asks for. */
static void
add_receptor(struct sb *b, struct str disease)
{
    static const struct {
        const char *words;
        const char *clinical;
    } known[] = {
        {"Her2-receptor Positive", "her2_status: Positive"},
        {"Her2-receptor Negative", "her2_status: Negative"},
        {"Estrogen-receptor Positive", "er_status: Positive"},
        {"Estrogen-receptor Negative", "er_status: Negative"},
        {"Progesterone-receptor Positive", "pr_status: Positive"},
        {"Triple-receptor Negative",
         "er_status: Negative, pr_status: Negative, her2_status: Negative"},
    };

    for (size_t i = 0; i < RFD_COUNT(known); i++) {
        if (str_has(disease, str_from_c(known[i].words)))
            sb_addf(b, "      - clinical: {%s}\n", known[i].clinical);
    }
}

static void
add_names(struct sb *b, const struct item *x, size_t from, size_t to, const char *between)
{
    for (size_t i = from; i < to; i++) {
        sb_add_c(b, i == from ? "" : between);
        sb_add(b, x->drug[i]->name);
    }
}

static void
add_disease(struct sb *b, const struct term_disease *d)
{
    sb_add_c(b, "    disease: [");
    for (size_t i = 0; i < d->codes.count; i++)
        sb_addf(b, "%s%.*s", i == 0 ? "" : ", ", STR_FMT(d->codes.item[i]));
    sb_add_c(b, "]\n    lines: {ge: 1}\n    match:\n");
}

/* The statement of the item is left out: it is long, and it may name doses. */
static void
add_basis(const struct import *m, struct sb *b)
{
    struct str rating = field(m, COL_RATING);
    struct sb text;

    sb_init_arena(&text, m->arena, TEXT_MAX);
    sb_addf(&text, "CIViC evidence: %.*s with %.*s, %.*s", STR_FMT(field(m, COL_SIGNIFICANCE)),
            STR_FMT(variant_name(m)), STR_FMT(str_lower(m->arena, field(m, COL_DIRECTION))));
    if (!str_is_empty(rating))
        sb_addf(&text, ", rated %.*s of 5", STR_FMT(rating));
    sb_add_c(b, "    basis: ");
    draft_quoted(b, sb_str(&text));
    sb_add_char(b, '\n');
}

static void
add_citation(const struct import *m, struct sb *b)
{
    struct str source = field(m, COL_SOURCE);
    struct sb text;

    sb_init_arena(&text, m->arena, TEXT_MAX);
    sb_addf(&text, "%.*s %.*s", STR_FMT(str_is_empty(source) ? STR("PubMed") : source),
            STR_FMT(field(m, COL_CITATION_ID)));
    if (!str_is_empty(field(m, COL_CITATION)))
        sb_addf(&text, ", %.*s", STR_FMT(str_sub(field(m, COL_CITATION), 0, CITATION_MAX)));
    sb_addf(&text, "; CIViC EID%.*s", STR_FMT(field(m, COL_ID)));
    sb_add_c(b, "    citation: [");
    draft_quoted(b, sb_str(&text));
    sb_add_c(b, "]\n");
}

static void
add_standing(const struct import *m, struct sb *b)
{
    sb_addf(b,
            "    verified: imported\n    jurisdiction: none\n    status: evidence\n"
            "    status_date: %.*s\n    contraindications: []\n"
            "    unchecked: [\"imported evidence that nobody here has read\"]\n",
            STR_FMT(str_sub(field(m, COL_REVIEWED), 0, 10)));
    sb_addf(b, "    evidence: {source: CIViC, id: EID%.*s, direction: %s, significance: ",
            STR_FMT(field(m, COL_ID)),
            str_eq_c(field(m, COL_DIRECTION), "Supports") ? "supports" : "does_not_support");
    draft_quoted(b, field(m, COL_SIGNIFICANCE));
    if (!str_is_empty(field(m, COL_URL))) {
        sb_add_c(b, ", url: ");
        draft_quoted(b, field(m, COL_URL));
    }
    sb_add_c(b, "}\n");
}

/* The drugs from..to as one option; number 0: the row's only one. */
static void
add_draft(struct import *m, const struct item *x, size_t from, size_t to, size_t number)
{
    struct sb *b = &m->out;

    sb_addf(b, "  - id: civic.eid%.*s", STR_FMT(field(m, COL_ID)));
    if (number > 0)
        sb_addf(b, ".%zu", number);
    sb_add_c(b, "\n    title: ");
    add_names(b, x, from, to, " + ");
    sb_add_c(b, "\n    drugs: [");
    add_names(b, x, from, to, ", ");
    sb_add_c(b, "]\n");
    add_disease(b, x->disease);
    sb_add(b, x->condition);
    add_receptor(b, x->disease->name);
    sb_addf(b, "    level: {scale: CIViC, value: %.*s}\n", STR_FMT(field(m, COL_LEVEL)));
    add_basis(m, b);
    add_citation(m, b);
    add_standing(m, b);
    m->drafts++;
}

static int
drug_cmp(const void *a, const void *b)
{
    const struct term_drug *const *x = a;
    const struct term_drug *const *y = b;

    return str_cmp((*x)->name, (*y)->name);
}

/* Substitutes by name: CIViC's own order changes from file to file, and ids must not. */
static void
add_drafts(struct import *m, struct item *x)
{
    if (x->together || x->drug_count == 1) {
        add_draft(m, x, 0, x->drug_count, 0);
        return;
    }
    sort_stable(m->arena, (void *)x->drug, x->drug_count, sizeof(x->drug[0]), drug_cmp);
    for (size_t i = 0; i < x->drug_count; i++)
        add_draft(m, x, i, i + 1, i + 1);
}

/* ---- files ---- */

static void
import_row(struct import *m)
{
    struct item x = {.disease = NULL};
    enum skip why = read_item(m, &x);

    bool supports = str_eq_c(field(m, COL_DIRECTION), "Supports");

    m->rows++;
    m->skipped[why]++;
    if (why != SKIP_FIELDS && why != SKIP_TYPE && !supports) {
        m->unsupported++;
        m->unsupported_imported += why == SKIP_NOTHING ? 1 : 0;
    }
    if (why != SKIP_NOTHING)
        return;
    if (!supports || !str_eq_c(field(m, COL_SIGNIFICANCE), "Sensitivity/Response"))
        m->against++;
    add_drafts(m, &x);
}

static bool
import_file(struct import *m, const char *path)
{
    struct str bytes;

    if (!call_read_file(m->call, path, &bytes))
        return false;
    if (!tsv_open(m->arena, bytes, &m->file)) {
        (void)call_fail(CALL_FAILED, "%s: no header", path);
        return false;
    }
    if (!find_columns(m, path))
        return false;
    while (tsv_next(&m->file))
        import_row(m);
    return true;
}

/* Rows = imported + skipped, each with its reason, and the names behind the reasons. */
static void
report(struct import *m)
{
    size_t skipped = m->rows - m->skipped[SKIP_NOTHING];

    (void)fprintf(stderr, "civic: rows %zu = imported %zu + skipped %zu; drafts %zu\n", m->rows,
                  m->skipped[SKIP_NOTHING], skipped, m->drafts);
    (void)fprintf(stderr, "civic: does not support: %zu predictive rows, %zu imported\n",
                  m->unsupported, m->unsupported_imported);
    (void)fprintf(stderr,
                  "civic: %zu imported rows are no support for an option: kept, not offered\n",
                  m->against);
    for (int s = SKIP_NOTHING + 1; s < SKIP_COUNT; s++) {
        if (m->skipped[s] > 0)
            (void)fprintf(stderr, "skipped %zu: %s\n", m->skipped[s], skip_text[s]);
    }
    tally_print(m->arena, "diseases without a code", &m->diseases);
    tally_print(m->arena, "drugs that are not known", &m->drugs);
    tally_print(m->arena, "variants that no condition expresses", &m->variants);
}

int
civic_import(const struct call *c)
{
    struct import *m = ARENA_NEW(c->arena, struct import);
    struct terms *terms = ARENA_NEW(c->arena, struct terms);
    struct folders f;
    bool ok = true;

    if (!folders_open(c, &f) || !folders_terms(c, &f, terms))
        return CALL_FAILED;
    m->call = c;
    m->terms = terms;
    m->arena = c->arena;
    sb_init_arena(&m->out, c->arena, DRAFT_BYTES_MAX);
    sb_add_c(&m->out,
             "# Drafts from CIViC (civicdb.org, CC0 1.0), made by refractctl knowledge import"
             " civic.\n# Unsigned: shadow only.\nreviewed: no\ntherapies:\n");
    for (size_t i = 0; i < c->arg_count; i++)
        ok = import_file(m, c->arg[i]) && ok;
    if (m->drafts == 0)
        sb_add_c(&m->out, "  []\n");
    rfd_assert(sb_ok(&m->out));
    report(m);
    return draft_write(c->option[OPT_OUT], sb_str(&m->out)) && ok ? CALL_OK : CALL_FAILED;
}
