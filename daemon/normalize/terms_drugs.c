#include "normalize/terms_build.h"

#include <string.h>

/* [1721560, ...] under "rxnorm" → "rxnorm 1721560". Lower case: ATC codes come in both. */
static void
build_codes(struct terms_build *b, const struct tree *map, const char *system, size_t drug)
{
    const struct tree *codes = tree_get(map, system);
    struct str name = str_from_c(system);
    for (size_t i = 0; i < tree_len(codes); i++) {
        struct str code;
        if (!terms_build_item(b, codes, i, &code))
            continue;
        struct str key = terms_build_join(b, name, " ", str_lower(b->arena, code));
        termindex_add(b->arena, &b->out->by_drug_code, key, drug);
    }
}

static void
build_cover_days(struct terms_build *b, const struct tree *map, struct term_drug *drug)
{
    struct str kind;
    int64_t days;
    if (!terms_build_key(b, map, "cover", &kind))
        return;
    const struct tree *cover = tree_get_str(b->cover, kind);
    if (cover == NULL) {
        tree_error(tree_get(map, "cover"), b->diags, "no such cover in this section");
        return;
    }
    if (tree_i64(tree_need(cover, "days", b->diags), b->diags, 1, 400, &days))
        drug->cover_days = (int32_t)days;
    (void)tree_str(tree_need(cover, "why", b->diags), b->diags, &drug->cover_why);
}

/* The drug's own name is a class of its own. */
static void
build_classes(struct terms_build *b, const struct tree *map, struct term_drug *drug)
{
    const struct tree *list = tree_get(map, "classes");
    size_t n = tree_len(list);
    struct str *classes = ARENA_ARRAY(b->arena, n + 1, struct str);
    size_t used = 0;
    for (size_t i = 0; i < n; i++) {
        if (!terms_build_item(b, list, i, &classes[used]) || str_eq(classes[used], drug->name))
            continue;
        termindex_add(b->arena, &b->out->by_class, classes[used++], 1);
    }
    classes[used++] = drug->name;
    termindex_add(b->arena, &b->out->by_class, drug->name, 1);
    drug->classes = classes;
    drug->class_count = used;
}

static void
build_drug(struct terms_build *b, const struct tree *map)
{
    static const char *const keys[] = {"name",   "seen", "names", "classes",
                                       "rxnorm", "atc",  "hcpcs", "cover"};
    struct term_drug *drug = &b->drugs[b->out->drug_count];
    if (!tree_is(map, TREE_MAP, b->diags) ||
        !tree_check_keys(map, keys, RFD_COUNT(keys), b->diags) ||
        !terms_build_key(b, map, "name", &drug->name))
        return;
    size_t at = b->out->drug_count++;
    drug->name = str_lower(b->arena, drug->name);
    termindex_add(b->arena, &b->out->by_drug, drug->name, at);
    struct term_strs names = terms_build_strs(b, tree_get(map, "names"), true);
    for (size_t i = 0; i < names.count; i++)
        termindex_add(b->arena, &b->out->by_drug, names.item[i], at);
    build_classes(b, map, drug);
    build_cover_days(b, map, drug);
    build_codes(b, map, "rxnorm", at);
    build_codes(b, map, "atc", at);
    build_codes(b, map, "hcpcs", at);
}

void
terms_build_drugs(struct terms_build *b, const struct tree *section)
{
    for (size_t i = 0; i < tree_len(section); i++)
        build_drug(b, tree_at(section, i));
}

static const struct term_drug *
drug_named(const struct terms_build *b, struct str name)
{
    for (size_t i = 0; i < b->out->drug_count; i++) {
        if (str_eq(b->drugs[i].name, name))
            return &b->drugs[i];
    }
    return NULL;
}

static void
build_regimen(struct terms_build *b, const struct tree *map)
{
    static const char *const keys[] = {"name", "drugs"};
    struct terms *t = b->out;
    struct term_regimen r = {0};
    if (!tree_check_keys(map, keys, RFD_COUNT(keys), b->diags) ||
        !terms_build_key(b, map, "name", &r.name))
        return;
    const struct tree *list = tree_get(map, "drugs");
    r.name = str_lower(b->arena, r.name);
    r.drugs = arena_array(b->arena, tree_len(list), sizeof *r.drugs);
    for (size_t i = 0; i < tree_len(list); i++) {
        struct str name;
        if (!terms_build_item(b, list, i, &name))
            continue;
        r.drugs[r.count] = drug_named(b, name);
        if (r.drugs[r.count] == NULL)
            tree_error(tree_at(list, i), b->diags, "no drug %.*s in the table", STR_FMT(name));
        else
            r.count++;
    }
    b->regimens = term_grow(b->arena, b->regimens, t->regimen_count, sizeof *b->regimens);
    b->regimens[t->regimen_count++] = r;
}

void
terms_build_regimens(struct terms_build *b, const struct tree *section)
{
    for (size_t i = 0; i < tree_len(section); i++)
        build_regimen(b, tree_at(section, i));
}

/* "trastuzumab-dkst": the suffix of four letters that the FDA gives biosimilars. */
static struct str
without_suffix(struct str word)
{
    if (word.n <= 5 || word.p[word.n - 5] != '-')
        return word;
    for (size_t i = word.n - 4; i < word.n; i++) {
        if (word.p[i] < 'a' || word.p[i] > 'z')
            return word;
    }
    return str_sub(word, 0, word.n - 5);
}

static const struct term_drug *
drug_at_key(const struct terms *t, struct str key)
{
    int32_t at = termindex_find(&t->by_drug, key);
    if (at < 0)
        at = termindex_find(&t->by_drug, without_suffix(key));
    return at < 0 ? NULL : &t->drugs[at];
}

/* The longest name that text begins with, cut at spaces: "gefitinib 250 mg oral tablet". */
static const struct term_drug *
drug_at_start(const struct terms *t, struct str text)
{
    while (text.n > 0) {
        const struct term_drug *drug = drug_at_key(t, text);
        if (drug != NULL)
            return drug;
        size_t n = text.n;
        while (n > 0 && text.p[n - 1] != ' ' && text.p[n - 1] != ',')
            n--;
        text = str_trim(str_sub(text, 0, n > 0 ? n - 1 : 0));
    }
    return NULL;
}

const struct term_drug *
terms_drug(const struct terms *t, struct arena *scratch, struct str text)
{
    enum { WORDS_TRIED = 8 }; /* "10 ML doxorubicin hydrochloride 2 MG/ML Injection" */
    size_t mark = arena_mark(scratch);
    struct str rest = str_trim(str_sub(str_lower(scratch, text), 0, 200)), head;
    const struct term_drug *drug = NULL;
    for (int i = 0; i < WORDS_TRIED && drug == NULL && rest.n > 0; i++) {
        drug = drug_at_start(t, rest);
        if (!str_cut(rest, ' ', &head, &rest))
            break;
        rest = str_trim(rest);
    }
    arena_release(scratch, mark);
    return drug;
}

size_t
terms_drug_code(const struct terms *t, struct arena *scratch, const char *system, struct str code,
                const struct term_drug *out[TERMS_DRUGS_MAX])
{
    size_t mark = arena_mark(scratch), first;
    struct str tail = str_cat(scratch, STR(" "), str_lower(scratch, str_trim(code)));
    struct str key = str_cat(scratch, str_from_c(system), tail);
    size_t n = termindex_range(&t->by_drug_code, key, &first);
    if (n > TERMS_DRUGS_MAX)
        n = TERMS_DRUGS_MAX;
    for (size_t i = 0; i < n; i++)
        out[i] = &t->drugs[t->by_drug_code.entry[first + i].at];
    arena_release(scratch, mark);
    return n;
}

static bool
is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

const struct term_regimen *
terms_regimen(const struct terms *t, struct arena *scratch, struct str text)
{
    size_t mark = arena_mark(scratch);
    struct str low = str_lower(scratch, str_trim(text));
    const struct term_regimen *best = NULL;
    for (size_t i = 0; i < t->regimen_count; i++) {
        const struct term_regimen *r = &t->regimens[i];
        if (!str_starts(low, r->name) || (low.n > r->name.n && is_letter(low.p[r->name.n])))
            continue;
        if (best == NULL || r->name.n > best->name.n)
            best = r;
    }
    arena_release(scratch, mark);
    return best;
}
