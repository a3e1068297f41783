#include "normalize/unmapped.h"

enum {
    CODE_BYTES_MAX = 64,
    BARE_CODE_MAX = 20, /* of an answer without a coding system */
    SYSTEM_BYTES_MAX = 40,
    DISPLAY_BYTES_MAX = 120,
    NAME_BYTES_MAX = 60, /* of a drug without a code */
    NAME_DIGITS_MAX = 6, /* "80 mg/100 ml"; a date or a number of a patient has more */
    UNIT_BYTES_MAX = 24,
    SPELLING_BYTES_MAX = 40, /* of a variant */
};

static bool
is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool
is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (unsigned char)c >= 0x80;
}

static size_t
count_of(struct str s, bool (*is)(char))
{
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++)
        n += is(s.p[i]) ? 1 : 0;
    return n;
}

/* Cut between characters of UTF-8; absent becomes empty. */
static struct str
at_most(struct str s, size_t max)
{
    size_t n = s.n;
    if (n == 0)
        return STR("");
    if (n > max) {
        n = max;
        while (n > 0 && ((unsigned char)s.p[n] & 0xc0) == 0x80)
            n--;
    }
    return str_sub(s, 0, n);
}

/* What is longer is no code: rather nothing than a part of a sentence. */
static struct str
whole_or_none(struct str s, size_t max)
{
    return s.n == 0 || s.n > max ? STR("") : s;
}

static bool
is_name_byte(char c)
{
    static const char usual[] = " -+.,%/()";
    if (is_letter(c) || is_digit(c))
        return true;
    for (size_t i = 0; i + 1 < sizeof usual; i++) {
        if (c == usual[i])
            return true;
    }
    return false;
}

/* A text where a drug's name stands, and that looks like one. */
static bool
is_drug_name(struct str s)
{
    return s.n > 0 && s.n <= NAME_BYTES_MAX && count_of(s, is_name_byte) == s.n &&
           count_of(s, is_letter) >= 4 && count_of(s, is_digit) <= NAME_DIGITS_MAX;
}

/* IS, and CWE without its third component: "PRG" is a code, a sentence or a number is none. */
static bool
is_bare_code(struct str s)
{
    return s.n > 0 && s.n <= BARE_CODE_MAX && str_find_any(s, " \t") == s.n &&
           count_of(s, is_letter) > 0 && count_of(s, is_digit) <= 3;
}

/* "p.L858R", "c.2573T>G": a term of HGVS (its grammar: a letter and a dot), not prose. */
static bool
is_spelling(struct str s)
{
    return s.n > 2 && s.n <= SPELLING_BYTES_MAX && s.p[1] == '.' &&
           str_find_any(str_sub(s, 0, 1), "pcgnmr") == 0 && str_find_any(s, " \t,;") == s.n;
}

/* C00-D49 are the neoplasms of ICD-10; all else is known not to be a tumour. */
static bool
is_other_disease(struct str code)
{
    char first = 'C';
    if (code.n > 0)
        first = code.p[0];
    if (first == 'C' || first == 'c')
        return false;
    return (first != 'D' && first != 'd') || (code.n > 1 && code.p[1] > '4');
}

/* What may be kept of an answer or diagnosis: what a coding system defines. */
static struct code
defined_only(struct code c)
{
    struct code none = {STR(""), STR(""), STR("")};
    if (c.code.n == 0)
        return none;
    if (c.system.n > 0)
        return c;
    if (is_bare_code(c.code))
        none.code = c.code;
    return none;
}

static struct code
kept(enum unmapped_kind kind, struct code c)
{
    switch (kind) {
    case UNMAPPED_ANSWER:
    case UNMAPPED_DIAGNOSIS: return defined_only(c);
    case UNMAPPED_DRUG:
        if (c.code.n == 0 && !is_drug_name(c.display))
            c.display = STR("");
        return c;
    case UNMAPPED_VARIANT:
        if (!is_spelling(c.display))
            c.display = STR("");
        return c;
    case UNMAPPED_RESULT:
    case UNMAPPED_UNIT:
    case UNMAPPED_KIND_COUNT: break;
    }
    return c;
}

static bool
same(const struct unmapped *x, const struct unmapped *y)
{
    return x->kind == y->kind && str_eq(x->code.code, y->code.code) &&
           str_eq(x->code.system, y->code.system) && str_eq(x->code.display, y->code.display) &&
           str_eq(x->unit, y->unit);
}

void
unmapped_add(struct unmapped_list *l, struct arena *a, struct unmapped one)
{
    if (one.kind == UNMAPPED_DIAGNOSIS && str_eq_c(one.code.system, "I10C") &&
        is_other_disease(one.code.code))
        return;
    one.code = kept(one.kind, one.code);
    one.code.code = whole_or_none(one.code.code, CODE_BYTES_MAX);
    one.code.system = whole_or_none(one.code.system, SYSTEM_BYTES_MAX);
    one.code.display = at_most(one.code.display, DISPLAY_BYTES_MAX);
    one.unit = whole_or_none(one.unit, UNIT_BYTES_MAX);
    one.count = 1;
    for (size_t i = 0; i < l->count; i++) {
        if (same(&l->item[i], &one)) {
            l->item[i].count++;
            return;
        }
    }
    if (l->count == UNMAPPED_MAX) {
        l->more++;
        return;
    }
    if (l->item == NULL)
        l->item = ARENA_ARRAY(a, UNMAPPED_MAX, struct unmapped);
    l->item[l->count++] = one;
}

static void
of_fact(struct unmapped_list *l, struct arena *a, const struct fact *f)
{
    bool code = (f->flags & FACT_CODE_UNMAPPED) != 0, unit = (f->flags & FACT_UNIT_UNKNOWN) != 0;
    struct unmapped one = {.unit = STR("")};
    if (f->kind == FACT_OBSERVATION && (code || unit)) {
        one.kind = code ? UNMAPPED_RESULT : UNMAPPED_UNIT;
        one.code = f->u.observation.code;
        if (str_is_empty(one.code.code)) /* a publisher may name our analyte instead */
            one.code.code = f->u.observation.analyte;
        one.unit = f->u.observation.unit_reported;
    } else if (f->kind == FACT_THERAPY && code) {
        one.kind = UNMAPPED_DRUG;
        one.code = f->u.therapy.code;
        if (str_is_empty(one.code.display))
            one.code.display = f->u.therapy.drug;
    } else if (f->kind == FACT_DIAGNOSIS && code) {
        one.kind = UNMAPPED_DIAGNOSIS;
        one.code = f->u.diagnosis.code;
    } else {
        return;
    }
    unmapped_add(l, a, one);
}

void
unmapped_of_facts(struct unmapped_list *l, struct arena *a, const struct fact *facts, size_t count)
{
    for (size_t i = 0; i < count; i++)
        of_fact(l, a, &facts[i]);
}
