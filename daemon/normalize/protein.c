#include "normalize/protein.h"

#include "base/sb.h"

struct scan {
    struct str s;
    size_t at;
};

/* Names of residues, IUPAC-IUB: the letter follows the three. */
static const char residues[][5] = {"ALAA", "ARGR", "ASNN", "ASPD", "CYSC", "GLNQ", "GLUE",
                                   "GLYG", "HISH", "ILEI", "LEUL", "LYSK", "METM", "PHEF",
                                   "PROP", "SERS", "THRT", "TRPW", "TYRY", "VALV", "TER*"};

static char
up(char c)
{
    if (c >= 'a' && c <= 'z')
        return (char)(c - 'a' + 'A');
    return c;
}

static bool
is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool
at_word(const struct scan *z, const char *upper)
{
    for (size_t i = 0; upper[i] != '\0'; i++) {
        if (z->at + i >= z->s.n || up(z->s.p[z->at + i]) != upper[i])
            return false;
    }
    return true;
}

static bool
take_word(struct scan *z, const char *upper)
{
    if (!at_word(z, upper))
        return false;
    for (size_t i = 0; upper[i] != '\0'; i++)
        z->at++;
    return true;
}

static bool
take_long(struct scan *z, char *out)
{
    for (size_t i = 0; i < RFD_COUNT(residues); i++) {
        char three[4] = {residues[i][0], residues[i][1], residues[i][2], '\0'};
        if (take_word(z, three)) {
            *out = residues[i][3];
            return true;
        }
    }
    return false;
}

/* One letter, upper case only: lower-case letters begin words (del, fs). X is kept as X. */
static bool
take_short(struct scan *z, char *out)
{
    static const char letters[] = "ARNDCQEGHILKMFPSTWYV*X";
    if (z->at >= z->s.n)
        return false;
    for (size_t i = 0; letters[i] != '\0'; i++) {
        if (z->s.p[z->at] == letters[i]) {
            *out = letters[i];
            z->at++;
            return true;
        }
    }
    return false;
}

static bool
take_residue(struct scan *z, char *out)
{
    return take_long(z, out) || take_short(z, out);
}

static bool
take_number(struct scan *z, int32_t *out)
{
    int32_t n = 0;
    size_t from = z->at;
    while (z->at < z->s.n && is_digit(z->s.p[z->at])) {
        if (n > 1000000)
            return false;
        n = n * 10 + (z->s.p[z->at++] - '0');
    }
    *out = n;
    return z->at > from && n > 0;
}

static bool
at_end(const struct scan *z)
{
    return z->at >= z->s.n;
}

/* Residues to the end as letters, three-letter or one-letter throughout. */
static bool
take_residues(struct scan *z, struct sb *out)
{
    struct scan saved = *z;
    char c, letters[64];
    size_t n = 0;
    while (!at_end(z) && n < sizeof letters && take_long(z, &c))
        letters[n++] = c;
    if (!at_end(z)) {
        *z = saved;
        for (n = 0; !at_end(z) && n < sizeof letters && take_short(z, &c);)
            letters[n++] = c;
    }
    for (size_t i = 0; i < n && out != NULL; i++)
        sb_add_char(out, letters[i]);
    return at_end(z);
}

static char
known_residue(const struct terms *t, struct arena *a, struct str gene, int32_t codon)
{
    if (str_is_empty(gene))
        return '\0';
    size_t mark = arena_mark(a);
    struct sb key;
    sb_init_arena(&key, a, gene.n + 16);
    sb_add(&key, gene);
    sb_add_char(&key, ' ');
    sb_add_i64(&key, codon);
    struct str residue = terms_name_at(t, termindex_find(&t->by_residue, sb_str(&key)));
    arena_release(a, mark);
    if (residue.n != 1)
        return '\0';
    return residue.p[0];
}

static bool
is_hotspot(const struct terms *t, struct str gene, int32_t codon)
{
    for (size_t i = 0; i < t->hotspot_count; i++) {
        if (!str_eq(t->hotspots[i].gene, gene))
            continue;
        for (size_t k = 0; k < t->hotspots[i].count; k++) {
            if (t->hotspots[i].codons[k] == codon)
                return true;
        }
    }
    return false;
}

/* Residues with a codon one base from a stop codon: only there can X have meant a stop. */
static bool
can_stop(char residue)
{
    static const char list[] = "QWREKYSCLG";
    for (size_t i = 0; list[i] != '\0'; i++) {
        if (list[i] == residue)
            return true;
    }
    return false;
}

struct place {
    char ref;
    int32_t codon;
};

static void
put_place(struct sb *b, const struct place *p)
{
    sb_add_char(b, p->ref);
    sb_add_i64(b, p->codon);
}

/* After "fs": *2, Ter2, X2, or nothing. */
static bool
frameshift_tail(struct scan *z, struct sb *b)
{
    int32_t n;
    sb_add_c(b, "fs");
    if (at_end(z))
        return true;
    if (!take_word(z, "TER") && !take_word(z, "*") && !take_word(z, "X"))
        return false;
    sb_add_char(b, '*');
    if (take_number(z, &n))
        sb_add_i64(b, n);
    else
        (void)take_word(z, "?");
    return at_end(z);
}

/* After the first residue and number, when one residue is changed. */
static bool
single_tail(struct scan *z, const struct terms *t, struct str gene, const struct place *p,
            struct sb *b, struct protein *out)
{
    char alt;
    out->kind = PROTEIN_SUBSTITUTION;
    if (at_end(z)) {
        out->kind = PROTEIN_CODON;
        return true;
    }
    if (take_word(z, "=")) {
        sb_add_char(b, '=');
        out->kind = PROTEIN_SYNONYMOUS;
        return at_end(z);
    }
    if (at_word(z, "FS") && take_word(z, "FS")) {
        out->kind = PROTEIN_FRAMESHIFT;
        return frameshift_tail(z, b);
    }
    if (!take_residue(z, &alt))
        return false;
    if (take_word(z, "FS")) { /* V611Tfs*4: the first new residue says no more */
        out->kind = PROTEIN_FRAMESHIFT;
        return frameshift_tail(z, b);
    }
    if (alt == 'X' && (is_hotspot(t, gene, p->codon) || !can_stop(p->ref))) {
        out->kind = PROTEIN_CODON;
        return at_end(z);
    }
    if (alt == 'X')
        alt = '*';
    sb_add_char(b, alt);
    return at_end(z) && alt != p->ref;
}

/* del, dup, ins, delins, and ">" as older texts write delins. */
static bool
range_tail(struct scan *z, struct sb *b, struct protein *out)
{
    size_t before;
    if (take_word(z, "DELINS") || take_word(z, ">")) {
        sb_add_c(b, "delins");
        out->kind = PROTEIN_DELINS;
    } else if (take_word(z, "DEL")) {
        size_t from = z->at;
        sb_add_c(b, "del");
        out->kind = PROTEIN_DELETION;
        if (take_residues(z, NULL)) /* the deleted residues say nothing new */
            return true;
        z->at = from;
        return false;
    } else if (take_word(z, "DUP")) {
        sb_add_c(b, "dup");
        out->kind = PROTEIN_DUPLICATION;
        return take_residues(z, NULL);
    } else if (take_word(z, "INS")) {
        sb_add_c(b, "ins");
        out->kind = PROTEIN_INSERTION;
    } else {
        return false;
    }
    before = sb_str(b).n;
    return take_residues(z, b) && (sb_str(b).n > before || out->kind == PROTEIN_INSERTION);
}

/* The residue of a place: as said, and not against what the table knows. */
static bool
settle_place(const struct terms *t, struct arena *a, struct str gene, struct place *p)
{
    char known = known_residue(t, a, gene, p->codon);
    if (p->ref == '\0')
        p->ref = known;
    return p->ref != '\0' && p->ref != '*' && p->ref != 'X' && (known == '\0' || known == p->ref);
}

static bool
take_place(struct scan *z, struct place *p)
{
    p->ref = '\0';
    if (!at_end(z) && !is_digit(z->s.p[z->at]) && !take_residue(z, &p->ref))
        return false;
    return take_number(z, &p->codon);
}

static bool
at_range_word(const struct scan *z)
{
    return at_word(z, "DEL") || at_word(z, "DUP") || at_word(z, "INS") || at_word(z, ">");
}

/* "p.", "P.", "p.(" and its ")" carry nothing here. */
static struct str
bare(struct str text)
{
    struct str s = str_trim(text);
    if (str_starts(s, STR("p.")) || str_starts(s, STR("P.")))
        s = str_sub(s, 2, s.n);
    if (s.n >= 2 && s.p[0] == '(' && s.p[s.n - 1] == ')')
        s = str_sub(s, 1, s.n - 2);
    return s;
}

bool
protein_parse(struct arena *a, const struct terms *t, struct str gene, struct str text,
              struct protein *out)
{
    enum { PROTEIN_TEXT_MAX = 200 };
    struct scan z = {bare(text), 0};
    struct place first, last;
    struct protein p = {0};
    struct sb b;
    if (z.s.n == 0 || z.s.n > PROTEIN_TEXT_MAX || is_digit(z.s.p[0]) || !take_place(&z, &first) ||
        !settle_place(t, a, gene, &first))
        return false;
    last = first;
    sb_init_arena(&b, a, PROTEIN_TEXT_MAX + 16);
    put_place(&b, &first);
    bool range = take_word(&z, "_");
    if (range) {
        if (!take_place(&z, &last) || !settle_place(t, a, gene, &last) || last.codon <= first.codon)
            return false;
        sb_add_char(&b, '_');
        put_place(&b, &last);
    }
    p.first = first.codon;
    p.last = last.codon;
    bool ok = range || at_range_word(&z) ? range_tail(&z, &b, &p)
                                         : single_tail(&z, t, gene, &first, &b, &p);
    if (!ok || !sb_ok(&b))
        return false;
    p.name = sb_str(&b);
    *out = p;
    return true;
}
