#include "model/unit.h"

#include <string.h>

/* Sources of the spellings: laboratories' units as seen in public feeds, the MIRACUM synonym list
 * (German laboratories), the NIST and FHIR examples. A spelling that two countries read differently
 * (E/L: enzyme or international units) is left out: unknown is safer than wrong. */

enum { CLEAN_MAX = 48 };

struct spelling {
    const char *text; /* after clean(): no blanks, u for micro, '.' for a decimal comma */
    const char *ucum;
    bool exact; /* case matters: G/L is giga per litre, g/L is grams */
};

/* Whole units. Checked before the parts below. */
static const struct spelling whole[] = {
    {"K/uL", "10*3/uL", false}, /* K is no kelvin here */
    {"K/mcL", "10*3/uL", false},
    {"K/mm3", "10*3/uL", false},
    {"K/cumm", "10*3/uL", false},
    {"M/uL", "10*6/uL", true},
    {"M/mcL", "10*6/uL", true},
    {"M/mm3", "10*6/uL", true},
    {"M/cumm", "10*6/uL", true},
    {"G/L", "10*9/L", true}, /* nor is G a gauss: Switzerland, France */
    {"G/l", "10*9/L", true},
    {"T/L", "10*12/L", true},
    {"T/l", "10*12/L", true},
    {"G/dL", "g/dL", true},
    {"G/dl", "g/dL", true},
    {"10*3.uL-1", "10*3/uL", false},
    {"1", "1", false},
    {"decimal", "1", false},
    {"fraction", "1", false},
    {"ratio", "{ratio}", false},
    {"{ratio}", "{ratio}", false},
    {"INR", "{INR}", false},
    {"{INR}", "{INR}", false},
    {"score", "{score}", false},
    {"{score}", "{score}", false},
    {"%", "%", false},
    {"percent", "%", false},
    {"pct", "%", false},
    {"%{WBC}", "%", false},
    {"%{WBCs}", "%", false},
    {"/100{WBC}", "%", false},
    {"/100{WBCs}", "%", false},
    {"/100WBC", "%", false},
    {"/100WBCs", "%", false},
    {"/100Leu", "%", false},
    {"/100Leuk", "%", false},
    {"/100Leuk.", "%", false},
    {"%IS", "%{IS}", false},
    {"%(IS)", "%{IS}", false},
    {"%{IS}", "%{IS}", false},
    {"{IS}%", "%{IS}", false},
    {"IS%", "%{IS}", false},
    {"1/1000000{Base}", "1/1000000{Base}", false},
    {"1/1000000", "1/1000000{Base}", false},
    {"mut/Mb", "1/1000000{Base}", false},
    {"muts/Mb", "1/1000000{Base}", false},
    {"mutations/Mb", "1/1000000{Base}", false},
    {"{mutations}/Mb", "1/1000000{Base}", false},
    {"{mutations}/{Mb}", "1/1000000{Base}", false},
    {"/10*6", "/10*6", false},
    {"10*-4", "10*-4", false},
    {"10*-5", "10*-5", false},
    {"10*-6", "10*-6", false},
    {"ppm", "[ppm]", false},
    {"[ppm]", "[ppm]", false},
    {"mL/min/{1.73_m2}", "mL/min/{1.73_m2}", false},
    {"mL/min/1.73_m2", "mL/min/{1.73_m2}", false},
    {"mL/min/1.73m2", "mL/min/{1.73_m2}", false},
    {"mL/min/1.73.m2", "mL/min/{1.73_m2}", false},
    {"mL/min/1.73m^2", "mL/min/{1.73_m2}", false},
    {"mL/min/1.73sqm", "mL/min/{1.73_m2}", false},
    {"mL/min/1.73qm", "mL/min/{1.73_m2}", false},
    {"mL/min/1.73", "mL/min/{1.73_m2}", false},
    {"mL/s/{1.73_m2}", "mL/s/{1.73_m2}", false},
    {"mL/s/1.73m2", "mL/s/{1.73_m2}", false},
    {"mm", "mm", true},
    {"MM", "mm", true}, /* mM is millimolar */
    {"millimeter", "mm", false},
    {"millimeters", "mm", false},
    {"millimetre", "mm", false},
    {"millimetres", "mm", false},
    {"cm", "cm", false},
    {"centimeter", "cm", false},
    {"centimeters", "cm", false},
    {"centimetre", "cm", false},
    {"centimetres", "cm", false},
    {"m", "m", true},
    {"mm2", "mm2", false},
    {"cm2", "cm2", false},
    {"m2", "m2", true},
    {"mm3", "mm3", false},
    {"cm3", "cm3", false},
    {"kg", "kg", false},
    {"g", "g", true},
    {"mg", "mg", true},
    {"ug", "ug", false},
    {"mcg", "ug", false},
    {"mL", "mL", true},
    {"ml", "mL", true},
    {"L", "L", true},
    {"mg/m2", "mg/m2", true},
    {"g/m2", "g/m2", true},
    {"kg/m2", "kg/m2", false},
    {"s", "s", true},
    {"sec", "s", false},
    {"min", "min", false},
    {"h", "h", false},
    {"d", "d", true},
    {"day", "d", false},
    {"days", "d", false},
    {"wk", "wk", false},
    {"mo", "mo", false},
    {"a", "a", true},
    {"Gy", "Gy", true},
    {"cGy", "cGy", false},
    {"mm[Hg]", "mm[Hg]", false},
    {"mmHg", "mm[Hg]", false},
};

/* "x per y": the row is the numerator, the column the denominator. */
enum { PER_COUNT = 14, TIME_24H = 11 };

#define PER(n)                                                                                   \
    {                                                                                            \
        n "/L", n "/dL", n "/mL", n "/uL", n "/nL", n "/pL", n "/fL", n "/kg", n "/g", n "/mol", \
            n "/mmol", n "/(24.h)", n "/h", n "/min"                                             \
    }

enum numerator {
    N_NONE,
    N_KG,
    N_G,
    N_MG,
    N_UG,
    N_NG,
    N_PG,
    N_FG,
    N_MOL,
    N_MMOL,
    N_UMOL,
    N_NMOL,
    N_PMOL,
    N_FMOL,
    N_IU,
    N_KIU,
    N_MIU,
    N_UIU,
    N_U,
    N_KU,
    N_MU,
    N_UU,
    N_KAT,
    N_MKAT,
    N_UKAT,
    N_NKAT,
    N_ARB,
    N_KARB,
    N_E3,
    N_E6,
    N_E9,
    N_E12,
    N_ML,
    N_COPIES,
    N_COUNT,
};

static const char *const per[N_COUNT][PER_COUNT] = {
    [N_NONE] = PER(""),       [N_KG] = PER("kg"),
    [N_G] = PER("g"),         [N_MG] = PER("mg"),
    [N_UG] = PER("ug"),       [N_NG] = PER("ng"),
    [N_PG] = PER("pg"),       [N_FG] = PER("fg"),
    [N_MOL] = PER("mol"),     [N_MMOL] = PER("mmol"),
    [N_UMOL] = PER("umol"),   [N_NMOL] = PER("nmol"),
    [N_PMOL] = PER("pmol"),   [N_FMOL] = PER("fmol"),
    [N_IU] = PER("[IU]"),     [N_KIU] = PER("k[IU]"),
    [N_MIU] = PER("m[IU]"),   [N_UIU] = PER("u[IU]"),
    [N_U] = PER("U"),         [N_KU] = PER("kU"),
    [N_MU] = PER("mU"),       [N_UU] = PER("uU"),
    [N_KAT] = PER("kat"),     [N_MKAT] = PER("mkat"),
    [N_UKAT] = PER("ukat"),   [N_NKAT] = PER("nkat"),
    [N_ARB] = PER("[arb'U]"), [N_KARB] = PER("k[arb'U]"),
    [N_E3] = PER("10*3"),     [N_E6] = PER("10*6"),
    [N_E9] = PER("10*9"),     [N_E12] = PER("10*12"),
    [N_ML] = PER("mL"),       [N_COPIES] = PER("{copies}"),
};

struct part {
    const char *text;
    uint8_t row; /* enum numerator, or the column of PER() */
};

/* Case matters, but a unit written in capitals alone is UCUM's case-insensitive form ("MIU/ML",
 * "NG/ML": M is milli there, mega is MA). */
static const struct part numerators[] = {
    {"", N_NONE},         {"1", N_NONE},      {"cells", N_NONE},    {"cell", N_NONE},
    {"{cells}", N_NONE},  {"{cell}", N_NONE}, {"kg", N_KG},         {"g", N_G},
    {"gm", N_G},          {"mg", N_MG},       {"ug", N_UG},         {"mcg", N_UG},
    {"microg", N_UG},     {"ng", N_NG},       {"pg", N_PG},         {"fg", N_FG},
    {"mol", N_MOL},       {"mmol", N_MMOL},   {"umol", N_UMOL},     {"micromol", N_UMOL},
    {"mcmol", N_UMOL},    {"nmol", N_NMOL},   {"pmol", N_PMOL},     {"fmol", N_FMOL},
    {"[IU]", N_IU},       {"[iU]", N_IU},     {"IU", N_IU},         {"iU", N_IU},
    {"IE", N_IU},         {"k[IU]", N_KIU},   {"k[iU]", N_KIU},     {"kIU", N_KIU},
    {"kIE", N_KIU},       {"m[IU]", N_MIU},   {"m[iU]", N_MIU},     {"mIU", N_MIU},
    {"miU", N_MIU},       {"mIE", N_MIU},     {"u[IU]", N_UIU},     {"u[iU]", N_UIU},
    {"uIU", N_UIU},       {"mcIU", N_UIU},    {"uIE", N_UIU},       {"U", N_U},
    {"u", N_U},           {"unit", N_U},      {"units", N_U},       {"Units", N_U},
    {"kU", N_KU},         {"KU", N_KU},       {"mU", N_MU},         {"uU", N_UU},
    {"mcU", N_UU},        {"kat", N_KAT},     {"mkat", N_MKAT},     {"ukat", N_UKAT},
    {"mckat", N_UKAT},    {"nkat", N_NKAT},   {"[arb'U]", N_ARB},   {"[arb'u]", N_ARB},
    {"k[arb'U]", N_KARB}, {"thou", N_E3},     {"Thou", N_E3},       {"thousand", N_E3},
    {"Thousand", N_E3},   {"Tsd", N_E3},      {"Tsd.", N_E3},       {"1000", N_E3},
    {"Mio", N_E6},        {"Mio.", N_E6},     {"mill", N_E6},       {"million", N_E6},
    {"Million", N_E6},    {"MPt", N_E6},      {"Gpt", N_E9},        {"GPt", N_E9},
    {"GPT", N_E9},        {"Tpt", N_E12},     {"TPt", N_E12},       {"TPT", N_E12},
    {"mL", N_ML},         {"ml", N_ML},       {"copies", N_COPIES}, {"{copies}", N_COPIES},
    {"Kopien", N_COPIES},
};

/* Here case never matters: no laboratory reports per megalitre. */
static const struct part denominators[] = {
    {"L", 0},
    {"dL", 1},
    {"mL", 2},
    {"uL", 3},
    {"mcL", 3},
    {"mm3", 3},
    {"cumm", 3},
    {"mm^3", 3},
    {"cmm", 3},
    {"nL", 4},
    {"pL", 5},
    {"fL", 6},
    {"kg", 7},
    {"g", 8},
    {"mol", 9},
    {"mmol", 10},
    {"(24.h)", TIME_24H},
    {"24.h", TIME_24H},
    {"24h", TIME_24H},
    {"24hr", TIME_24H},
    {"24hrs", TIME_24H},
    {"24hours", TIME_24H},
    {"{24h}", TIME_24H},
    {"d", TIME_24H},
    {"day", TIME_24H},
    {"h", 12},
    {"hr", 12},
    {"min", 13},
};

/* Two-byte and three-byte characters that stand in units: micro, Greek mu, times, raised figures.
 */
static const struct {
    const char *from;
    char to;
} letters[] = {
    {"\xc2\xb5", 'u'}, {"\xce\xbc", 'u'}, {"\xc3\x97", 'x'},     {"\xc2\xb9", '1'},
    {"\xc2\xb2", '2'}, {"\xc2\xb3", '3'}, {"\xe2\x81\xb6", '6'}, {"\xe2\x81\xb9", '9'},
};

static bool
put(char *buf, size_t *n, char c)
{
    if (*n == CLEAN_MAX)
        return false;
    buf[(*n)++] = c;
    return true;
}

/* A character past ASCII at the front of s: its length, 0 when it is not one of ours. */
static size_t
put_letter(struct str s, char *buf, size_t *n)
{
    for (size_t i = 0; i < RFD_COUNT(letters); i++) {
        if (!str_starts(s, str_from_c(letters[i].from)))
            continue;
        char c = letters[i].to;
        bool raised = c >= '0' && c <= '9' && *n >= 2 && memcmp(buf + *n - 2, "10", 2) == 0;
        if ((raised && !put(buf, n, '*')) || !put(buf, n, c))
            return 0;
        return strlen(letters[i].from);
    }
    return 0;
}

/* Blanks out, micro to u, decimal comma to point, raised figures down. False: nothing of ours. */
static bool
clean(struct str s, char buf[CLEAN_MAX], struct str *out)
{
    size_t n = 0;
    for (size_t i = 0; i < s.n;) {
        char c = s.p[i];
        if (c >= '!' && c <= '~') {
            if (!put(buf, &n, (char)(c == ',' ? '.' : c)))
                return false;
            i++;
        } else if (c == ' ' || c == '\t') {
            i++;
        } else {
            size_t used = put_letter(str_sub(s, i, s.n - i), buf, &n);
            if (used == 0)
                return false;
            i += used;
        }
    }
    *out = (struct str){buf, n};
    return n > 0;
}

static bool
is_capitals(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] >= 'a' && s.p[i] <= 'z')
            return false;
    return true;
}

/* A count with its power of ten: 10*3, 10^3, x10E3, *10^9, 10e9 (meant as 10^9). */
static bool
power_row(struct str s, uint8_t *row_out)
{
    if (s.n > 0 && (s.p[0] == 'x' || s.p[0] == 'X' || s.p[0] == '*'))
        s = str_sub(s, 1, s.n - 1);
    if (str_eq_c(s, "1000")) {
        *row_out = N_E3;
        return true;
    }
    if (s.n < 4 || !str_starts(s, STR("10")) || memchr("*^eE", s.p[2], 4) == NULL)
        return false;
    static const struct part powers[] = {{"3", N_E3}, {"6", N_E6}, {"9", N_E9}, {"12", N_E12}};
    struct str exponent = str_sub(s, 3, s.n - 3);
    for (size_t i = 0; i < RFD_COUNT(powers); i++) {
        if (str_eq_c(exponent, powers[i].text)) {
            *row_out = powers[i].row;
            return true;
        }
    }
    return false;
}

static bool
text_is(struct str s, const char *text, bool any_case)
{
    return any_case ? str_eq_nocase(s, str_from_c(text)) : str_eq_c(s, text);
}

static bool
part_find(const struct part *parts, size_t count, struct str s, bool any_case, uint8_t *row_out)
{
    for (size_t i = 0; i < count; i++) {
        bool same = text_is(s, parts[i].text, any_case);
        if (same) {
            *row_out = parts[i].row;
            return true;
        }
    }
    return false;
}

static bool
compose(struct str s, struct str *ucum_out)
{
    struct str top;
    struct str bottom;
    uint8_t row = 0;
    uint8_t col = 0;
    if (!str_cut(s, '/', &top, &bottom))
        return false;
    if (!part_find(denominators, RFD_COUNT(denominators), bottom, true, &col))
        return false;
    if (!part_find(numerators, RFD_COUNT(numerators), top, false, &row) && !power_row(top, &row) &&
        !(is_capitals(s) && part_find(numerators, RFD_COUNT(numerators), top, true, &row)))
        return false;
    *ucum_out = str_from_c(per[row][col]);
    return true;
}

bool
unit_normalize(struct str reported, struct str *ucum_out)
{
    char buf[CLEAN_MAX];
    struct str s;
    if (!clean(reported, buf, &s))
        return false;
    for (size_t i = 0; i < RFD_COUNT(whole); i++) {
        const struct spelling *w = &whole[i];
        if (text_is(s, w->text, !w->exact)) {
            *ucum_out = str_from_c(w->ucum);
            return true;
        }
    }
    return compose(s, ucum_out);
}
