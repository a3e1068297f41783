#include "base/sb.h"
#include "normalize/terms_build.h"

/* Digits at the start of s. */
static size_t
digits(struct str s)
{
    size_t n = 0;
    while (n < s.n && s.p[n] >= '0' && s.p[n] <= '9')
        n++;
    return n;
}

/* L858R says that residue 858 is L. */
static void
learn_residue(struct terms_build *b, struct str gene, struct str change)
{
    size_t n = digits(str_sub(change, 1, change.n));
    if (n == 0)
        return;
    struct str key = terms_build_join(b, gene, " ", str_sub(change, 1, n));
    termindex_add(b->arena, &b->out->by_residue, key, terms_build_name(b, str_sub(change, 0, 1)));
}

struct str
terms_alias_key(struct arena *a, struct str text)
{
    struct str head, rest, accession, version;
    struct sb out;
    sb_init_arena(&out, a, text.n + 1);
    if (!str_cut(text, ':', &head, &rest)) {
        head = STR_NONE;
        rest = text;
    } else {
        (void)str_cut(head, '.', &accession, &version);
        sb_add(&out, accession);
        sb_add_char(&out, ':');
    }
    for (size_t i = 0; i < rest.n;) {
        struct str at = str_sub(rest, i, rest.n);
        bool del = str_starts(at, STR("del"));
        sb_add(&out, del ? STR("del") : str_sub(at, 0, 1));
        i += del ? 3 : 1;
        while (del && i < rest.n && rest.p[i] >= 'A' && rest.p[i] <= 'Z')
            i++;
    }
    return sb_str(&out);
}

void
terms_build_variants(struct terms_build *b, const struct tree *section)
{
    for (size_t i = 0; i < tree_len(section); i++) {
        const struct tree *row = tree_at(section, i);
        struct str gene, change, alias;
        if (!terms_build_item(b, row, 0, &gene) || !terms_build_item(b, row, 1, &change))
            continue;
        size_t at = terms_build_change(b, gene, change);
        learn_residue(b, gene, change);
        const struct tree *aliases = tree_len(row) == 3 ? tree_at(row, 2) : NULL;
        for (size_t k = 0; k < tree_len(aliases); k++) {
            if (terms_build_item(b, aliases, k, &alias))
                termindex_add(b->arena, &b->out->by_alias, terms_alias_key(b->arena, alias), at);
        }
    }
}

void
terms_build_symbols(struct terms_build *b, const struct tree *section)
{
    for (size_t i = 0; i < tree_len(section); i++) {
        struct str symbol;
        const struct tree *key = tree_key_at(section, i);
        if (tree_str(tree_at(section, i), b->diags, &symbol))
            termindex_add(b->arena, &b->out->by_symbol, key->text, terms_build_name(b, symbol));
        else
            tree_error(key, b->diags, "a gene symbol is missing");
    }
}

void
terms_build_same(struct terms_build *b, const struct tree *section)
{
    for (size_t i = 0; i < tree_len(section); i++) {
        const struct tree *row = tree_at(section, i);
        struct str gene, other, change;
        if (terms_build_item(b, row, 0, &gene) && terms_build_item(b, row, 1, &other) &&
            terms_build_item(b, row, 2, &change))
            termindex_add(b->arena, &b->out->by_same, terms_build_join(b, gene, " ", other),
                          terms_build_change(b, gene, change));
    }
}

void
terms_build_residues(struct terms_build *b, const struct tree *section)
{
    for (size_t i = 0; i < tree_len(section); i++) {
        const struct tree *row = tree_at(section, i);
        struct str gene, codon, residue;
        if (terms_build_item(b, row, 0, &gene) && terms_build_item(b, row, 1, &codon) &&
            terms_build_item(b, row, 2, &residue))
            termindex_add(b->arena, &b->out->by_residue, terms_build_join(b, gene, " ", codon),
                          terms_build_name(b, residue));
    }
}

void
terms_build_hotspots(struct terms_build *b, const struct tree *section)
{
    struct terms *t = b->out;
    for (size_t i = 0; i < tree_len(section); i++) {
        const struct tree *row = tree_at(section, i);
        struct term_hotspot h = {0};
        if (!terms_build_item(b, row, 0, &h.gene) || tree_len(row) != 2)
            continue;
        const struct tree *list = tree_at(row, 1);
        int32_t *codons = ARENA_ARRAY(b->arena, tree_len(list), int32_t);
        for (size_t k = 0; k < tree_len(list); k++) {
            int64_t codon;
            if (tree_i64(tree_at(list, k), b->diags, 1, 100000, &codon))
                codons[h.count++] = (int32_t)codon;
        }
        h.codons = codons;
        b->hotspots = term_grow(b->arena, b->hotspots, t->hotspot_count, sizeof *b->hotspots);
        b->hotspots[t->hotspot_count++] = h;
    }
}

void
terms_build_translocations(struct terms_build *b, const struct tree *section)
{
    for (size_t i = 0; i < tree_len(section); i++) {
        const struct tree *row = tree_at(section, i);
        struct str iscn, five, three;
        if (terms_build_item(b, row, 0, &iscn) && terms_build_item(b, row, 1, &five) &&
            terms_build_item(b, row, 2, &three))
            termindex_add(b->arena, &b->out->by_translocation, iscn,
                          terms_build_change(b, five, three));
    }
}
