#include "ctl/civicvariant.h"

enum { LEAF_TEXT_MAX = 400, NAME_MAX = 120 };

struct words {
    struct arena *arena;
    struct str gene;
    bool germline;
    struct sb *out; /* conditions so far */
};

/* ---- letters and digits ---- */

static bool
is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool
is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

static struct str
upper(struct arena *a, struct str s)
{
    char *p = arena_alloc(a, s.n + 1);

    for (size_t i = 0; i < s.n; i++)
        p[i] = (char)(s.p[i] >= 'a' && s.p[i] <= 'z' ? s.p[i] - 'a' + 'A' : s.p[i]);
    return (struct str){p, s.n};
}

/* Letter and digits: V600; the number of bytes, 0: it does not begin so. */
static size_t
codon_length(struct str s)
{
    size_t n = 1;

    if (s.n < 2 || !is_upper(s.p[0]) || !is_digit(s.p[1]))
        return 0;
    while (n < s.n && is_digit(s.p[n]))
        n++;
    return n;
}

static bool
is_codon(struct str s)
{
    return s.n > 0 && codon_length(s) == s.n;
}

static bool
is_substitution(struct str s)
{
    size_t n = codon_length(s);

    return n > 0 && s.n == n + 1 && (is_upper(s.p[n]) || s.p[n] == '*');
}

static bool
is_symbol(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        if (!is_upper(s.p[i]) && !is_digit(s.p[i]) && s.p[i] != '-' &&
            !(s.p[i] >= 'a' && s.p[i] <= 'z'))
            return false;
    }
    return s.n > 0;
}

/* ---- conditions ---- */

/* {genomic: {hugo_symbol: G, more}}: what stands in an "or", and with its dash in the list. */
static void
add_leaf(const struct words *w, struct sb *out, const char *more)
{
    sb_addf(out, "genomic: {hugo_symbol: %.*s, %s%s}", STR_FMT(w->gene), more,
            w->germline ? ", origin: germline" : "");
}

static bool
say(const struct words *w, const char *more)
{
    sb_add_c(w->out, "      - ");
    add_leaf(w, w->out, more);
    sb_add_char(w->out, '\n');
    return true;
}

static bool
say_text(const struct words *w, const char *key, struct str value)
{
    struct sb b;

    sb_init_arena(&b, w->arena, LEAF_TEXT_MAX);
    sb_addf(&b, "%s: \"%.*s\"", key, STR_FMT(value));
    return say(w, sb_cz(&b));
}

static bool
say_change(const struct words *w, struct str change)
{
    struct sb b;

    if (is_codon(change) || is_substitution(change)) {
        sb_init_arena(&b, w->arena, NAME_MAX);
        sb_addf(&b, "p.%.*s", STR_FMT(change));
        return say_text(w, is_codon(change) ? "wildcard_protein_change" : "protein_change",
                        sb_str(&b));
    }
    return say_text(w, "protein_change", change);
}

static const struct {
    const char *word;
    const char *leaf;
} whole[] = {
    {"MUTATION", "variant_category: Mutation"},
    {"AMPLIFICATION", "variant_category: Copy Number Variation, cnv_call: High Amplification"},
    {"DELETION", "variant_category: Copy Number Variation, cnv_call: Homozygous Deletion"},
    {"COPY NUMBER VARIATION", "variant_category: Copy Number Variation"},
    {"FUSION", "variant_category: Structural Variation"},
    {"FUSIONS", "variant_category: Structural Variation"},
    {"REARRANGEMENT", "variant_category: Structural Variation"},
    {"WILDTYPE", "wildtype: true"},
    {"WILD TYPE", "wildtype: true"},
    {"ITD", "protein_change: ITD"},
    {"TKD MUTATION", "protein_change: TKD"},
    {"VIII", "protein_change: vIII"},
};

static bool
read_whole(const struct words *w, struct str v)
{
    for (size_t i = 0; i < RFD_COUNT(whole); i++) {
        if (str_eq_c(v, whole[i].word))
            return say(w, whole[i].leaf);
    }
    return false;
}

/* EXON 19 DELETION, EXON 14 SKIPPING MUTATION, EXON 2 MUTATION */
static bool
read_exon(const struct words *w, struct str v)
{
    static const struct {
        const char *word;
        const char *name;
    } kind[] = {{"DELETION", "del"}, {"INSERTION", "ins"}, {"SKIPPING MUTATION", "skip"}};
    struct str number;
    struct str rest;
    struct sb b;
    int64_t exon;

    if (!str_starts(v, STR("EXON ")) || !str_cut(str_sub(v, 5, v.n), ' ', &number, &rest) ||
        !str_to_i64(number, &exon) || exon < 1 || exon > 400)
        return false;
    sb_init_arena(&b, w->arena, LEAF_TEXT_MAX);
    if (str_eq_c(rest, "MUTATION")) {
        sb_addf(&b, "variant_category: Mutation, exon: %d", (int)exon);
        return say(w, sb_cz(&b));
    }
    for (size_t i = 0; i < RFD_COUNT(kind); i++) {
        if (str_eq_c(rest, kind[i].word)) {
            sb_addf(&b, "protein_change: ex%d%s", (int)exon, kind[i].name);
            return say(w, sb_cz(&b));
        }
    }
    return false;
}

/* G12/G13, S310F/Y, V600E/K: any of them. */
static bool
read_alternatives(const struct words *w, struct str v)
{
    struct str first;
    struct str second;
    struct str name[2];
    struct sb b;

    if (!str_cut(v, '/', &first, &second) || str_find_any(second, "/") != second.n)
        return false;
    if (second.n == 1 && is_substitution(first))
        second = str_cat(w->arena, str_sub(first, 0, first.n - 1), second);
    if (!(is_codon(first) && is_codon(second)) &&
        !(is_substitution(first) && is_substitution(second)))
        return false;
    name[0] = first;
    name[1] = second;
    sb_add_c(w->out, "      - or: [");
    for (size_t i = 0; i < 2; i++) {
        sb_init_arena(&b, w->arena, LEAF_TEXT_MAX);
        sb_addf(&b, "%s: \"p.%.*s\"",
                is_codon(first) ? "wildcard_protein_change" : "protein_change", STR_FMT(name[i]));
        sb_add_c(w->out, i == 0 ? "{" : ", {");
        add_leaf(w, w->out, sb_cz(&b));
        sb_add_char(w->out, '}');
    }
    sb_add_c(w->out, "]\n");
    return true;
}

static bool
are_upper(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        if (!is_upper(s.p[i]))
            return false;
    }
    return true;
}

/* E746_A750del, W557_K558DELWK, A775_G776insYVMA, Y772_A775DUP: the residues that went are not part
 * of the normal form, those that came are. */
static bool
read_indel(const struct words *w, struct str v)
{
    static const struct {
        const char *word;
        const char *name;
        bool inserts;
    } kind[] = {{"DELINS", "delins", true},
                {"DEL", "del", false},
                {"INS", "ins", true},
                {"DUP", "dup", false}};
    size_t n = codon_length(v);
    struct sb b;

    if (n > 0 && n < v.n && v.p[n] == '_') {
        size_t second = codon_length(str_sub(v, n + 1, v.n));

        n = second == 0 ? 0 : n + 1 + second;
    }
    for (size_t i = 0; n > 0 && i < RFD_COUNT(kind); i++) {
        struct str rest = str_sub(v, n, v.n);
        struct str word = str_from_c(kind[i].word);

        if (!str_starts(rest, word) || !are_upper(rest))
            continue;
        sb_init_arena(&b, w->arena, NAME_MAX);
        sb_addf(&b, "%.*s%s", (int)n, v.p, kind[i].name);
        if (kind[i].inserts)
            sb_add(&b, str_sub(rest, word.n, rest.n));
        return say_text(w, "protein_change", sb_str(&b));
    }
    return false;
}

static bool
read_change(const struct words *w, struct str v)
{
    if (is_codon(v) || is_substitution(v))
        return say_change(w, v);
    return read_alternatives(w, v) || read_indel(w, v);
}

/* ---- fusions ---- */

/* CIViC's short names in "BCR-ABL" and "NPM-ALK". */
static struct str
full_symbol(struct str s)
{
    if (str_eq_c(s, "ABL"))
        return STR("ABL1");
    return str_eq_c(s, "NPM") ? STR("NPM1") : s;
}

/* "X-Y": the other gene than ours; absent: neither of them is ours. */
static struct str
partner_of(const struct words *w, struct str pair)
{
    struct str gene = upper(w->arena, w->gene);

    for (size_t at = 1; at + 1 < pair.n; at++) {
        struct str left = full_symbol(str_sub(pair, 0, at));
        struct str right = full_symbol(str_sub(pair, at + 1, pair.n));

        if (pair.p[at] != '-')
            continue;
        if (str_eq(left, gene) && is_symbol(right))
            return right;
        if (str_eq(right, gene) && is_symbol(left))
            return left;
    }
    return STR_NONE;
}

/* e6-e20, E20;A20: where the genes were joined: no result of ours says it. */
static bool
is_breakpoint(struct str s)
{
    return str_starts(s, STR("E")) && s.n > 1 && is_digit(s.p[1]) &&
           (str_find_any(s, ";") < s.n || str_find_any(s, "-") < s.n);
}

static bool
say_partner(const struct words *w, struct str partner)
{
    struct sb b;

    sb_init_arena(&b, w->arena, LEAF_TEXT_MAX);
    sb_addf(&b, "variant_category: Structural Variation, fusion_partner_hugo_symbol: %.*s",
            STR_FMT(partner));
    return say(w, sb_cz(&b));
}

/* C1156Y-L1198F: both. */
static bool
read_changes(const struct words *w, struct str v)
{
    struct str first;
    struct str second;

    if (str_cut(v, '-', &first, &second))
        return is_substitution(first) && is_substitution(second) && say_change(w, first) &&
               say_change(w, second);
    return read_change(w, v);
}

/* EML4-ALK, EML4-ALK C1156Y, ALK FUSION G1202R, ALK FUSIONS: a change within a fusion is asked for
 * as the change. */
static bool
read_fusion(const struct words *w, struct str v)
{
    struct str head;
    struct str rest = STR("");
    struct str partner;

    (void)str_cut(v, ' ', &head, &rest);
    rest = str_trim(rest);
    partner = partner_of(w, head);
    if (!str_is_absent(partner)) {
        if (rest.n == 0 || is_breakpoint(rest))
            return say_partner(w, partner);
        return read_changes(w, rest);
    }
    if (!str_eq(head, upper(w->arena, w->gene)))
        return false;
    if (str_eq_c(rest, "FUSION") || str_eq_c(rest, "FUSIONS"))
        return say(w, "variant_category: Structural Variation");
    return str_starts(rest, STR("FUSION ")) && read_changes(w, str_trim(str_sub(rest, 7, rest.n)));
}

/* ---- the whole ---- */

/* Cuts at the first " AND ". */
static bool
cut_and(struct str s, struct str *head, struct str *rest)
{
    for (size_t i = 0; i + 5 <= s.n; i++) {
        if (str_eq_nocase(str_sub(s, i, 5), STR(" AND "))) {
            *head = str_sub(s, 0, i);
            *rest = str_sub(s, i + 5, s.n);
            return true;
        }
    }
    *head = s;
    *rest = STR("");
    return false;
}

static bool
read_part(const struct words *w, struct str part)
{
    struct str v = str_trim(upper(w->arena, part));

    return read_whole(w, v) || read_exon(w, v) || read_change(w, v) || read_fusion(w, v);
}

bool
civicvariant_lines(struct arena *a, struct str gene, struct str variant, bool germline,
                   struct sb *out)
{
    struct sb text;
    struct words w = {a, gene, germline, &text};
    struct str part;
    bool more = true;

    sb_init_arena(&text, a, (size_t)16 * LEAF_TEXT_MAX);
    if (!is_symbol(gene))
        return false;
    while (more) {
        more = cut_and(variant, &part, &variant);
        if (!read_part(&w, part))
            return false;
    }
    if (!sb_ok(&text))
        return false;
    sb_add(out, sb_str(&text));
    return true;
}

/* "EML4::ALK Fusion": the second gene is the one that the drug acts on; "v" is any partner. */
static bool
read_pair(struct arena *a, struct str part, bool germline, struct sb *out)
{
    struct str pair;
    struct str word;
    struct sb text;
    struct words w = {a, STR_NONE, germline, &text};
    size_t at;

    sb_init_arena(&text, a, LEAF_TEXT_MAX);
    if (!str_cut(part, ' ', &pair, &word) || !str_eq_nocase(str_trim(word), STR("fusion")))
        return false;
    at = str_find_any(pair, ":");
    if (at + 2 >= pair.n || pair.p[at + 1] != ':')
        return false;
    w.gene = str_sub(pair, at + 2, pair.n);
    if (str_eq_c(w.gene, "v")) /* "BRAF::v": any partner behind it */
        w.gene = str_sub(pair, 0, at);
    else if (at != 1 || pair.p[0] != 'v') {
        if (!is_symbol(w.gene) || !is_symbol(str_sub(pair, 0, at)) ||
            !say_partner(&w, str_sub(pair, 0, at)))
            return false;
        sb_add(out, sb_str(&text));
        return true;
    }
    return civicvariant_lines(a, w.gene, STR("FUSION"), germline, out);
}

bool
civicvariant_profile(struct arena *a, struct str profile, bool germline, struct sb *out)
{
    struct sb text;
    struct str part;
    struct str gene;
    struct str variant;
    bool more = true;

    sb_init_arena(&text, a, (size_t)16 * LEAF_TEXT_MAX);
    while (more) {
        more = cut_and(profile, &part, &profile);
        part = str_trim(part);
        if (str_find_any(part, ":") < part.n) {
            if (!read_pair(a, part, germline, &text))
                return false;
            continue;
        }
        if (!str_cut(part, ' ', &gene, &variant) ||
            !civicvariant_lines(a, gene, str_trim(variant), germline, &text))
            return false; /* OR, NOT and brackets end here too */
    }
    if (!sb_ok(&text))
        return false;
    sb_add(out, sb_str(&text));
    return true;
}
