#include "normalize/terms.h"

#include "base/sb.h"

struct str
terms_name_at(const struct terms *t, int32_t at)
{
    return at < 0 ? STR_NONE : t->names[at];
}

const struct term_analyte *
terms_analyte(const struct terms *t, struct str name)
{
    int32_t at = termindex_find(&t->by_analyte, name);
    return at < 0 ? NULL : &t->analytes[at];
}

const struct term_loinc *
terms_loinc(const struct terms *t, struct str loinc)
{
    int32_t at = termindex_find(&t->by_loinc, loinc);
    return at < 0 ? NULL : &t->loincs[at];
}

bool
terms_class_known(const struct terms *t, struct str name)
{
    return str_eq_c(name, "any") || termindex_find(&t->by_class, name) >= 0;
}

static const struct oncotree_node *
node_at(const struct terms *t, int32_t at)
{
    return at < 0 ? NULL : oncotree_code(&t->oncotree, t->names[at]);
}

/* Letters upper, dots and spaces out: "c34.1" is "C341". */
static struct str
bare_code(struct arena *a, struct str code)
{
    struct sb b;
    sb_init_arena(&b, a, code.n + 1);
    for (size_t i = 0; i < code.n; i++) {
        char c = code.p[i];
        if (c >= 'a' && c <= 'z')
            c = (char)(c - 'a' + 'A');
        if (c != '.' && c != ' ')
            sb_add_char(&b, c);
    }
    return sb_str(&b);
}

const struct oncotree_node *
terms_icd10(const struct terms *t, struct arena *scratch, struct str code)
{
    size_t mark = arena_mark(scratch);
    struct str bare = bare_code(scratch, str_sub(code, 0, 16));
    const struct oncotree_node *node = NULL;
    for (size_t n = bare.n; n >= 3 && node == NULL; n--)
        node = node_at(t, termindex_find(&t->by_icd10, str_sub(bare, 0, n)));
    arena_release(scratch, mark);
    return node;
}

static const struct oncotree_node *
common(const struct terms *t, const struct oncotree_node *a, const struct oncotree_node *b)
{
    while (a != NULL && !oncotree_is_below(b, a))
        a = a->parent < 0 ? NULL : &t->oncotree.node[a->parent];
    return a;
}

/* What every topography of that morphology has in common. */
static const struct oncotree_node *
icdo_any(const struct terms *t, struct str prefix)
{
    const struct oncotree_node *node = NULL;
    bool first = true;
    for (size_t i = 0; i < t->by_icdo.count; i++) {
        const struct term_entry *e = &t->by_icdo.entry[i];
        if (!str_starts(e->key, prefix))
            continue;
        const struct oncotree_node *n = node_at(t, e->at);
        node = first ? n : node == NULL || n == NULL ? NULL : common(t, node, n);
        first = false;
    }
    return node;
}

const struct oncotree_node *
terms_icdo(const struct terms *t, struct arena *scratch, struct str morphology,
           struct str topography)
{
    size_t mark = arena_mark(scratch);
    struct str site = str_sub(bare_code(scratch, topography), 0, 3);
    struct str prefix = str_cat(scratch, str_trim(morphology), STR(" "));
    const struct oncotree_node *node;
    if (site.n == 3)
        node = node_at(t, termindex_find(&t->by_icdo, str_cat(scratch, prefix, site)));
    else
        node = icdo_any(t, prefix);
    if (node == NULL && site.n == 3) /* C22 is the liver; C22.0 is HCC in ICD-10 but not in ICD-O */
        node = terms_icd10(t, scratch, site);
    arena_release(scratch, mark);
    return node;
}

const struct oncotree_node *
terms_snomed(const struct terms *t, struct str code)
{
    return node_at(t, termindex_find(&t->by_snomed, str_trim(code)));
}

const struct term_disease *
terms_disease(const struct terms *t, struct arena *scratch, struct str name, struct str doid)
{
    int32_t at = termindex_find_nocase(&t->by_disease, scratch, str_trim(name));
    if (at < 0 && !str_is_empty(doid))
        at = termindex_find(&t->by_disease, str_cat(scratch, STR("doid "), str_trim(doid)));
    return at < 0 ? NULL : &t->diseases[at];
}

static bool
is_word_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/* text, in lower case, has a word that begins with part. */
static bool
has_word_start(struct str text, struct str part)
{
    for (size_t i = 0; i + part.n <= text.n; i++) {
        if (i > 0 && is_word_byte(text.p[i - 1]))
            continue;
        if (str_starts(str_sub(text, i, text.n), part))
            return true;
    }
    return false;
}

static bool
speaks_of(struct str text, const struct term_strs *words)
{
    for (size_t i = 0; i < words->count; i++) {
        if (has_word_start(text, words->item[i]))
            return true;
    }
    return false;
}

bool
terms_site_conflict(const struct terms *t, struct arena *scratch, const struct oncotree_node *node,
                    struct str text)
{
    size_t mark = arena_mark(scratch);
    struct str low = str_lower(scratch, text);
    bool own = false, own_words = false, other = false;
    for (size_t i = 0; i < t->site_count && !str_is_empty(text); i++) {
        const struct oncotree_node *site = oncotree_code(&t->oncotree, t->sites[i].name);
        bool mine = site != NULL && oncotree_is_below(node, site);
        bool said = speaks_of(low, &t->sites[i].words);
        own_words = own_words || mine;
        own = own || (mine && said);
        other = other || (!mine && said);
    }
    arena_release(scratch, mark);
    return own_words && other && !own;
}

bool
terms_display_conflict(const struct terms *t, struct arena *scratch,
                       const struct term_analyte *analyte, struct str display)
{
    if (str_is_empty(display) || analyte->words.count == 0)
        return false;
    size_t mark = arena_mark(scratch);
    struct str low = str_lower(scratch, display);
    bool other = false;
    if (!speaks_of(low, &analyte->words)) {
        for (size_t i = 0; i < t->analyte_count && !other; i++)
            other = speaks_of(low, &t->analytes[i].words);
    }
    arena_release(scratch, mark);
    return other;
}

struct str
terms_specimen(const struct terms *t, struct arena *scratch, struct str word)
{
    return terms_name_at(t, termindex_find_nocase(&t->by_specimen, scratch, word));
}

struct str
terms_answer(const struct terms *t, struct arena *scratch, struct str word)
{
    return terms_name_at(t, termindex_find_nocase(&t->by_answer, scratch, word));
}

struct str
terms_procedure(const struct terms *t, struct arena *scratch, struct str word)
{
    return terms_name_at(t, termindex_find_nocase(&t->by_procedure, scratch, word));
}

static char
upper(char c)
{
    if (c >= 'a' && c <= 'z')
        return (char)(c - 'a' + 'A');
    return c;
}

struct str
terms_symbol(const struct terms *t, struct arena *scratch, struct str gene)
{
    struct sb b;
    struct str g = str_trim(gene);
    sb_init_arena(&b, scratch, g.n + 1);
    for (size_t i = 0; i < g.n; i++)
        sb_add_char(&b, upper(g.p[i]));
    struct str up = sb_str(&b);
    if (str_starts(up, STR("HGNC:")))
        up = str_sub(up, 5, up.n);
    struct str symbol = terms_name_at(t, termindex_find(&t->by_symbol, up));
    return str_is_absent(symbol) ? up : symbol;
}

bool
terms_is_chip(const struct terms *t, struct str gene)
{
    return termindex_find(&t->by_chip, gene) >= 0;
}

bool
terms_response(const struct terms *t, struct arena *scratch, struct code answer,
               enum response_code *out)
{
    size_t mark = arena_mark(scratch);
    struct str key = str_cat(scratch, answer.system, str_cat(scratch, STR(" "), answer.code));
    int32_t at = termindex_find(&t->by_response, key);
    if (at < 0 && !str_is_empty(answer.display))
        at = termindex_find_nocase(&t->by_response, scratch, answer.display);
    if (at < 0 && !str_is_empty(answer.code))
        at = termindex_find_nocase(&t->by_response, scratch, answer.code);
    arena_release(scratch, mark);
    if (at < 0)
        return false;
    *out = (enum response_code)at;
    return true;
}
