#include "knowledge/likely.h"

#include "knowledge/readers.h"
#include "model/unit.h"
#include "normalize/panel.h"

enum {
    SHORT_WORD = 5,   /* below it a word must end where the text's does: "cea" is not "ceased" */
    DRUG_LETTERS = 8, /* a shorter name that is one letter off is often another drug */
    PHRASE_WORDS = 4, /* of a response: "immune unconfirmed progressive disease" */
    TEXT_WORDS = 24,
};

static bool
is_word_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (unsigned char)c >= 0x80;
}

/* The word stands in text (both lower case) from a word's beginning on; stem: the length from which
 * on it does not matter what follows. */
static bool
begins_word(struct str text, struct str word, size_t stem)
{
    for (size_t i = 0; word.n > 0 && i + word.n <= text.n; i++) {
        size_t end = i + word.n;

        if (i > 0 && is_word_byte(text.p[i - 1]))
            continue;
        if (!str_starts(str_sub(text, i, text.n), word))
            continue;
        if (word.n >= stem || end == text.n || !is_word_byte(text.p[end]))
            return true;
    }
    return false;
}

static bool
speaks(struct str text, struct str word)
{
    return begins_word(text, word, SHORT_WORD);
}

/* --- results */

/* "CA-125" and "CA 125" are ca125. */
static struct str
bare(struct arena *a, struct str s)
{
    struct str low = str_lower(a, s);
    char *out = arena_alloc(a, low.n + 1);
    size_t n = 0;

    for (size_t i = 0; i < low.n; i++) {
        if (is_word_byte(low.p[i]))
            out[n++] = low.p[i];
    }
    return (struct str){out, n};
}

struct best {
    const struct term_analyte *analyte;
    size_t length; /* of the words that fit */
    bool twice;    /* another one fits as well */
};

static void
offer(struct best *b, const struct term_analyte *an, size_t length)
{
    if (length < b->length || (length == b->length && b->analyte == an))
        return;
    b->twice = length == b->length;
    b->analyte = an;
    b->length = length;
}

static const struct term_analyte *
analyte_by_display(const struct terms *t, struct str low)
{
    struct best b = {0};

    for (size_t i = 0; i < t->analyte_count; i++) {
        const struct term_analyte *an = &t->analytes[i];

        for (size_t k = 0; k < an->words.count; k++) {
            if (speaks(low, an->words.item[k]))
                offer(&b, an, an->words.item[k].n);
        }
    }
    return b.twice ? NULL : b.analyte;
}

static const struct term_analyte *
analyte_by_code(const struct terms *t, struct str code, struct arena *a)
{
    struct str want = bare(a, code);

    for (size_t i = 0; want.n > 1 && i < t->analyte_count; i++) {
        const struct term_analyte *an = &t->analytes[i];

        if (str_eq(bare(a, an->name), want) || str_eq(bare(a, an->display), want))
            return an;
    }
    return NULL;
}

static bool
asks_for_response(struct str low)
{
    static const char *const words[] = {"recist",           "irecist",
                                        "tumour response",  "tumor response",
                                        "overall response", "response assessment"};

    for (size_t i = 0; i < RFD_COUNT(words); i++) {
        if (speaks(low, str_from_c(words[i])))
            return true;
    }
    return false;
}

static void
of_analyte(const struct knowledge_set *set, const struct term_analyte *an, struct arena *a,
           struct likely *out)
{
    struct read_query q = {.what = READ_ANALYTE};

    if (an == NULL)
        return;
    q.name = an->name;
    out->name = an->name;
    readers_of(&set->knowledge.rules, &q, a, out);
}

static void
of_response(const struct knowledge_set *set, struct str name, struct arena *a, struct likely *out)
{
    const struct read_query q = {.what = READ_RESPONSE};

    out->name = name;
    readers_of(&set->knowledge.rules, &q, a, out);
}

static void
result_likely(const struct knowledge_set *set, const struct unmapped *u, struct arena *a,
              struct likely *out)
{
    struct str low = str_lower(a, u->code.display);
    const struct term_analyte *an = analyte_by_display(&set->terms, low);

    if (an == NULL)
        an = analyte_by_code(&set->terms, u->code.code, a);
    of_analyte(set, an, a, out);
    if (an == NULL && (asks_for_response(low) || asks_for_response(str_lower(a, u->code.code))))
        of_response(set, STR("response"), a, out);
}

static const struct term_analyte *
analyte_of_code(const struct knowledge_set *set, const struct map *map, const struct code *c,
                struct arena *a)
{
    const struct map_code *mc = map == NULL ? NULL : map_code_find(map, a, c->system, c->code);
    const struct term_loinc *loinc =
        str_eq_c(c->system, "LN") ? terms_loinc(&set->terms, c->code) : NULL;

    if (mc != NULL && mc->analyte != NULL)
        return mc->analyte;
    if (loinc != NULL)
        return loinc->analyte;
    return terms_analyte(&set->terms, c->code);
}

/* --- words of a text */

struct words {
    struct str item[TEXT_WORDS];
    size_t count;
};

static struct words
words_of(struct str low)
{
    struct words w = {.count = 0};
    size_t i = 0;

    while (i < low.n && w.count < TEXT_WORDS) {
        size_t from = i;

        while (i < low.n && is_word_byte(low.p[i]))
            i++;
        if (i > from)
            w.item[w.count++] = str_sub(low, from, i - from);
        else
            i++;
    }
    return w;
}

/* --- drugs */

/* One letter put in, left out or changed. */
static bool
one_off(struct str x, struct str y)
{
    size_t head = 0;
    size_t tail = 0;
    size_t least = x.n < y.n ? x.n : y.n;
    size_t most = x.n < y.n ? y.n : x.n;

    if (most - least > 1)
        return false;
    while (head < least && x.p[head] == y.p[head])
        head++;
    while (tail < least - head && x.p[x.n - 1 - tail] == y.p[y.n - 1 - tail])
        tail++;
    return most - head - tail <= 1;
}

static const struct term_drug *
drug_near(const struct terms *t, struct str word, bool *twice)
{
    const struct term_drug *found = NULL;

    for (size_t i = 0; word.n >= DRUG_LETTERS && i < t->by_drug.count; i++) {
        const struct term_entry *e = &t->by_drug.entry[i];

        if (e->key.n < DRUG_LETTERS || !one_off(e->key, word))
            continue;
        *twice = *twice || (found != NULL && found != &t->drugs[e->at]);
        found = &t->drugs[e->at];
    }
    return found;
}

static void
drug_likely(const struct knowledge_set *set, const struct unmapped *u, struct arena *a,
            struct likely *out)
{
    struct words w = words_of(str_lower(a, u->code.display));
    const struct term_drug *drug = NULL;
    bool twice = false;

    for (size_t i = 0; i < w.count; i++) {
        const struct term_drug *d = drug_near(&set->terms, w.item[i], &twice);

        twice = twice || (d != NULL && drug != NULL && d != drug);
        drug = d == NULL ? drug : d;
    }
    if (drug == NULL || twice)
        return;
    const struct read_query q = {
        .what = READ_NAMES, .names = drug->classes, .name_count = drug->class_count};
    out->name = drug->name;
    readers_of(&set->knowledge.rules, &q, a, out);
}

/* --- answers */

/* Words from..from+n of the text, as they stand with one blank between them. */
static struct str
phrase(struct arena *a, const struct words *w, size_t from, size_t n)
{
    struct str s = w->item[from];

    for (size_t i = 1; i < n; i++)
        s = str_cat(a, s, str_cat(a, STR(" "), w->item[from + i]));
    return s;
}

static bool
response_within(const struct terms *t, struct str text, struct arena *a, enum response_code *out)
{
    struct words w = words_of(str_lower(a, text));

    for (size_t n = PHRASE_WORDS; n > 0; n--) {
        bool found = false;

        for (size_t i = 0; i + n <= w.count; i++) {
            int32_t at = termindex_find(&t->by_response, phrase(a, &w, i, n));

            if (at < 0)
                continue;
            if (found && *out != (enum response_code)at)
                return false;
            *out = (enum response_code)at;
            found = true;
        }
        if (found)
            return true;
    }
    return false;
}

static void
answer_likely(const struct knowledge_set *set, const struct unmapped *u, struct arena *a,
              struct likely *out)
{
    enum response_code code;

    if (response_within(&set->terms, u->code.display, a, &code) ||
        response_within(&set->terms, u->code.code, a, &code))
        of_response(set, str_from_c(response_code_name(code)), a, out);
}

/* --- diagnoses */

static bool
says_tumour(struct str low)
{
    static const char *const words[] = {
        "carcinom", "karzinom", "cancer",  "krebs",  "malign",  "neoplas", "tumor",    "tumour",
        "sarcom",   "lymphom",  "leukaem", "leukem", "melanom", "myelom",  "blastoma", "metasta"};

    for (size_t i = 0; i < RFD_COUNT(words); i++) {
        if (str_has(low, str_from_c(words[i])))
            return true;
    }
    return false;
}

static void
diagnosis_likely(const struct knowledge_set *set, const struct unmapped *u, struct arena *a,
                 struct likely *out)
{
    const struct terms *t = &set->terms;
    struct str low = str_lower(a, u->code.display);
    struct read_query q = {.what = READ_ORGAN};
    bool twice = false;

    for (size_t i = 0; says_tumour(low) && i < t->site_count; i++) {
        const struct oncotree_node *site = oncotree_code(&t->oncotree, t->sites[i].name);

        for (size_t k = 0; site != NULL && k < t->sites[i].words.count; k++) {
            if (!begins_word(low, t->sites[i].words.item[k], 0)) /* they are stems */
                continue;
            twice = twice || (q.organ != NULL && q.organ != site);
            q.organ = site;
        }
    }
    if (q.organ == NULL || twice)
        return;
    out->name = q.organ->code;
    readers_of(&set->knowledge.rules, &q, a, out);
}

struct likely
likely_of(const struct knowledge_set *set, const struct map *map, const struct unmapped *u,
          struct arena *a)
{
    struct likely l = {.name = STR_NONE};
    struct read_query gene = {.what = READ_GENE, .name = u->code.code};

    switch (u->kind) {
    case UNMAPPED_RESULT: result_likely(set, u, a, &l); break;
    case UNMAPPED_UNIT: of_analyte(set, analyte_of_code(set, map, &u->code, a), a, &l); break;
    case UNMAPPED_DRUG: drug_likely(set, u, a, &l); break;
    case UNMAPPED_ANSWER: answer_likely(set, u, a, &l); break;
    case UNMAPPED_DIAGNOSIS: diagnosis_likely(set, u, a, &l); break;
    case UNMAPPED_VARIANT:
        l.name = u->code.code;
        readers_of(&set->knowledge.rules, &gene, a, &l);
        break;
    case UNMAPPED_KIND_COUNT: break;
    }
    return l;
}

/* --- known by now */

static bool
result_known(const struct terms *t, const struct map *m, const struct code *c, struct arena *a)
{
    if (map_code_find(m, a, c->system, c->code) != NULL ||
        map_is_question(m, a, c->system, c->code))
        return true;
    return str_eq_c(c->system, "LN") &&
           (terms_loinc(t, c->code) != NULL || panel_is_code(c->code) ||
            termindex_find(&t->by_biomarker, c->code) >= 0 ||
            termindex_find(&t->by_gene_test, c->code) >= 0 ||
            termindex_find(&t->by_performance, c->code) >= 0 ||
            termindex_find(&t->by_question, c->code) >= 0);
}

static bool
drug_known(const struct terms *t, const struct map *m, const struct code *c, struct arena *a)
{
    const struct term_drug *drug[TERMS_DRUGS_MAX];

    return map_drug_find(m, a, c->system, c->code, drug) > 0 ||
           (c->display.n > 0 &&
            (terms_drug(t, a, c->display) != NULL || terms_regimen(t, a, c->display) != NULL));
}

static bool
diagnosis_known(const struct terms *t, const struct map *m, const struct code *c, struct arena *a)
{
    if (!str_is_absent(map_diagnosis(m, a, c->system, c->code)))
        return true;
    return (str_eq_c(c->system, "I10C") && terms_icd10(t, a, c->code) != NULL) ||
           (str_eq_c(c->system, "SCT") && terms_snomed(t, c->code) != NULL);
}

static bool
unit_known(const struct map *m, const struct unmapped *u, struct arena *a)
{
    const struct map_code *mc = map_code_find(m, a, u->code.system, u->code.code);

    return u->unit.n > 0 ? !str_is_absent(map_unit(m, u->unit))
                         : mc != NULL && !str_is_absent(mc->unit);
}

bool
likely_is_known(const struct knowledge_set *set, const struct map *map, const struct unmapped *u,
                struct arena *a)
{
    struct unmapped now = *u;
    enum response_code code;

    if (map == NULL || (u->code.code.n == 0 && u->code.display.n == 0))
        return false;
    now.code.system = map_system(map, a, u->code.system); /* named otherwise since then? */
    switch (u->kind) {
    case UNMAPPED_RESULT: return result_known(&set->terms, map, &now.code, a);
    case UNMAPPED_DRUG: return drug_known(&set->terms, map, &now.code, a);
    case UNMAPPED_ANSWER:
        return map_response_find(map, a, now.code.system, now.code.code) != NULL ||
               terms_response(&set->terms, a, now.code, &code);
    case UNMAPPED_DIAGNOSIS: return diagnosis_known(&set->terms, map, &now.code, a);
    case UNMAPPED_UNIT: return unit_known(map, &now, a);
    case UNMAPPED_VARIANT:
    case UNMAPPED_KIND_COUNT: break;
    }
    return false;
}
