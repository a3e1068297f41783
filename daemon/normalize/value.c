#include "normalize/value.h"

#include "base/sb.h"
#include "model/unit.h"

/* Longest first. The last two pairs are U+2264 and U+2265 in UTF-8. */
static const struct {
    const char *text;
    enum cmp_op cmp;
} comparators[] = {
    {"<=", CMP_LE}, {">=", CMP_GE}, {"=<", CMP_LE},           {"=>", CMP_GE},
    {"<", CMP_LT},  {">", CMP_GT},  {"\xe2\x89\xa4", CMP_LE}, {"\xe2\x89\xa5", CMP_GE},
    {"=", CMP_EQ},
};

static enum cmp_op
take_comparator(struct str *s)
{
    for (size_t i = 0; i < RFD_COUNT(comparators); i++) {
        struct str c = str_from_c(comparators[i].text);
        if (!str_starts(*s, c))
            continue;
        *s = str_trim(str_sub(*s, c.n, s->n));
        return comparators[i].cmp;
    }
    return CMP_EQ;
}

static bool
is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Sign, digits and at most one separator: how far a number reaches. */
static size_t
number_length(struct str s, bool comma)
{
    size_t i = 0;
    bool seen = false;
    if (s.n > 0 && (s.p[0] == '-' || s.p[0] == '+'))
        i++;
    for (; i < s.n; i++) {
        bool separator = s.p[i] == '.' || (comma && s.p[i] == ',');
        if (!is_digit(s.p[i]) && (!separator || seen))
            break;
        seen = seen || separator;
    }
    return i;
}

/* Digits go on behind what separates thousands ("1 000", "1'000", a no-break space), or a power of
 * ten follows ("4.2 x10^3"): that is another number than the one in front. */
static bool
goes_on(struct str rest)
{
    size_t i = 0;
    while (i < rest.n && !is_digit(rest.p[i]) && !(rest.p[i] >= 'a' && rest.p[i] <= 'z') &&
           !(rest.p[i] >= 'A' && rest.p[i] <= 'Z'))
        i++;
    if (i < rest.n && (rest.p[i] == 'x' || rest.p[i] == 'X')) {
        struct str behind = str_trim(str_sub(rest, i + 1, rest.n));
        return behind.n > 0 && is_digit(behind.p[0]);
    }
    return i < rest.n && is_digit(rest.p[i]);
}

static struct str
with_point(struct arena *a, struct str s)
{
    struct sb b;
    sb_init_arena(&b, a, s.n + 1);
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == ',')
            sb_add_char(&b, '.');
        else
            sb_add_char(&b, s.p[i]);
    }
    return sb_str(&b);
}

/* A number may not run on into digits, letters that make an exponent, or another separator. */
static bool
ends_number(struct str rest)
{
    if (rest.n == 0)
        return true;
    char c = rest.p[0];
    return c != '.' && c != ',' && c != '-' && c != '/' && c != ':' && c != 'e' && c != 'E' &&
           c != '^' && c != '+';
}

bool
value_parse(struct arena *a, struct str text, bool decimal_comma, struct quantity *out,
            struct str *rest)
{
    struct str s = str_trim(text);
    struct quantity q = {.cmp = take_comparator(&s), .present = true};
    size_t n = number_length(s, decimal_comma);
    if (n == 0 || !ends_number(str_sub(s, n, s.n)))
        return false;
    struct str number = str_sub(s, 0, n);
    if (goes_on(str_sub(s, n, s.n)))
        return false;
    if (number.p[0] == '+')
        number = str_sub(number, 1, number.n);
    if (decimal_comma)
        number = with_point(a, number);
    if (number.n > 1 && number.p[0] == '.') /* "<.01" */
        number = str_cat(a, STR("0"), number);
    if (!dec_parse(number, &q.value))
        return false;
    *out = q;
    *rest = str_trim(str_sub(s, n, s.n));
    return true;
}

/* "0.0-4.0": the separator is behind the first digit, so that a sign is none. */
static size_t
range_separator(struct str s)
{
    for (size_t i = 1; i < s.n; i++) {
        if ((s.p[i] == '-' || s.p[i] == '_') && (is_digit(s.p[i - 1]) || s.p[i - 1] == ' '))
            return i;
    }
    return s.n;
}

static struct str
without_brackets(struct str text)
{
    struct str s = str_trim(text);
    bool round = s.n > 2 && s.p[0] == '(' && s.p[s.n - 1] == ')';
    bool square = s.n > 2 && s.p[0] == '[' && s.p[s.n - 1] == ']';
    return round || square ? str_trim(str_sub(s, 1, s.n - 2)) : s;
}

void
value_range(struct arena *a, struct str text, bool decimal_comma, struct quantity *low,
            struct quantity *high, struct str *unit)
{
    struct str s = without_brackets(text), rest;
    struct quantity q, r;
    *unit = STR_NONE;
    size_t at = range_separator(s);
    if (at < s.n) {
        if (value_parse(a, str_sub(s, 0, at), decimal_comma, &q, &rest) && rest.n == 0 &&
            value_parse(a, str_sub(s, at + 1, s.n), decimal_comma, &r, unit) &&
            dec_cmp(q.value, r.value) <= 0) {
            *low = q;
            *high = r;
        }
        return;
    }
    if (!value_parse(a, s, decimal_comma, &q, unit) || q.cmp == CMP_EQ)
        return;
    if (q.cmp == CMP_LT || q.cmp == CMP_LE)
        *high = q;
    else
        *low = q;
}

/* SN: comparator ^ number ^ separator ^ number. Only a single number is one value. */
static void
read_structured(struct walk *w, struct str rep, struct value *v)
{
    struct str cmp = walk_leaf(w, hl7_comp(w->m, rep, 1));
    struct str number = walk_leaf(w, hl7_comp(w->m, rep, 2));
    struct str separator = walk_leaf(w, hl7_comp(w->m, rep, 3)), rest;
    v->text = walk_leaf(w, rep);
    if (!str_is_empty(separator) && !str_eq_c(separator, "+"))
        return;
    if (str_is_empty(number) ||
        !value_parse(w->arena, number, w->map->decimal_comma, &v->quantity, &rest) || rest.n > 0) {
        v->quantity.present = false;
        return;
    }
    if (!str_is_empty(cmp))
        v->quantity.cmp = take_comparator(&cmp);
    if (!str_is_empty(cmp)) /* "<>" and whatever else */
        v->quantity.present = false;
    if (str_eq_c(separator, "+")) /* "100^+": 100 and more */
        v->quantity.cmp = CMP_GE;
}

static void
read_plain(struct walk *w, struct str text, struct value *v)
{
    v->text = text;
    if (str_is_absent(text) ||
        !value_parse(w->arena, text, w->map->decimal_comma, &v->quantity, &v->inline_unit))
        v->quantity.present = false;
}

struct value
value_read(struct walk *w, size_t obx, int rep_no)
{
    static const char *const coded[] = {"CE", "CWE", "CNE", "CF", "IS", "ID"};
    struct str type = walk_text(w, obx, 2, 1);
    struct str rep = hl7_rep(w->m, hl7_field(w->m, obx, 5), rep_no);
    struct value v = {.inline_unit = STR_NONE};
    v.coded = walk_coded(w, rep);
    for (size_t i = 0; i < RFD_COUNT(coded); i++)
        v.is_coded = v.is_coded || str_eq_c(type, coded[i]);
    if (str_eq_c(type, "SN")) {
        read_structured(w, rep, &v);
    } else if (v.is_coded) {
        struct str display = v.coded.first.display;
        read_plain(w, str_is_empty(display) ? v.coded.first.code : display, &v);
        if (str_is_empty(v.text))
            v.text = v.coded.text;
    } else {
        read_plain(w, walk_leaf(w, rep), &v);
    }
    return v;
}

static bool
analyte_unit(const struct term_analyte *an, struct str reported, struct str *out)
{
    for (size_t i = 0; i < an->unit_count; i++) {
        if (!str_eq(an->units[i].from, reported))
            continue;
        *out = an->units[i].to;
        return true;
    }
    return false;
}

static bool
is_refused(const struct term_analyte *an, struct str unit)
{
    for (size_t i = 0; i < an->refuse.count; i++) {
        if (str_eq(an->refuse.item[i], unit))
            return true;
    }
    return false;
}

/* The site's entry, then the analyte's own spellings, then the general table. */
static bool
settle_unit(struct walk *w, const struct term_analyte *an, struct str reported, struct str *out)
{
    struct str site = map_unit(w->map, reported);
    if (!str_is_absent(site)) {
        *out = site;
        return true;
    }
    if (analyte_unit(an, reported, out))
        return true;
    if (!unit_normalize(reported, out))
        return false;
    (void)analyte_unit(an, *out, out);
    return true;
}

static bool
is_comparable(const struct term_analyte *an, const struct map_code *mc, struct str unit)
{
    int64_t num, den;
    bool said = mc != NULL && str_eq(mc->unit, unit); /* the site vouches for it */
    if (is_refused(an, unit) && !said)
        return false;
    return str_eq(unit, an->unit) || unit_convert(unit, an->unit, an->name, &num, &den);
}

/* "10^9/L" sent raw: its ^ makes two components of it. */
static struct str
unit_reported(struct walk *w, size_t obx)
{
    struct str one = walk_text(w, obx, 6, 1), two = walk_text(w, obx, 6, 2);
    bool power = str_eq_c(one, "10") || str_eq_nocase(one, STR("x10"));
    if (!power || str_is_empty(two) || !is_digit(two.p[0]))
        return one;
    return str_cat(w->arena, STR("10*"), two);
}

/* HL7 table 0078 behind a value, as some analysers print it. */
bool
value_is_mark(struct str text)
{
    static const char *const marks[] = {"H", "HH", "L", "LL", "N", "A", "AA", "*", "!", "+", "-"};
    struct str s = without_brackets(text);
    for (size_t i = 0; i < RFD_COUNT(marks); i++) {
        if (str_eq_nocase(s, str_from_c(marks[i])))
            return true;
    }
    return false;
}

static bool
contradicts(struct walk *w, const struct term_analyte *an, struct str unit, struct str behind)
{
    struct str other;
    return !str_is_empty(behind) && !value_is_mark(behind) && settle_unit(w, an, behind, &other) &&
           !str_eq(other, unit);
}

bool
value_is_unit(struct walk *w, const struct term_analyte *an, struct str text)
{
    struct str unit;
    return settle_unit(w, an, text, &unit);
}

void
value_unit(struct walk *w, size_t obx, const struct term_analyte *an, const struct map_code *mc,
           struct str inline_unit, struct fact *f)
{
    struct observation *o = &f->u.observation;
    struct str reported = unit_reported(w, obx), unit;
    struct str said = str_is_absent(reported) ? inline_unit : reported;
    bool none = str_is_empty(said);
    o->unit_reported = reported;
    if (none && mc != NULL && !str_is_absent(mc->unit))
        unit = mc->unit;
    else if (none && str_eq_c(an->unit, "1"))
        unit = an->unit; /* a ratio or an INR has none to send */
    else if (none || !settle_unit(w, an, said, &unit))
        unit = STR_NONE;
    o->unit = unit;
    if (!str_is_empty(reported) && contradicts(w, an, unit, inline_unit)) {
        f->flags |= FACT_UNIT_UNKNOWN;
        walk_warn(w, obx, 5, "the unit behind the number is not the one of OBX-6");
        return;
    }
    walk_trace(w, obx, (struct walk_from){obx, str_is_absent(reported) ? 0 : 6}, "unit", unit,
               str_is_absent(unit)       ? "not known for this analyte: no rule reads the value"
               : none                    ? "none sent: the map's or the analyte's own"
               : str_is_absent(reported) ? "it stands behind the number"
               : str_eq(unit, reported)  ? NULL
                                         : "the map's or the unit table's spelling");
    if (!str_is_absent(unit) && is_comparable(an, mc, unit))
        return;
    f->flags |= FACT_UNIT_UNKNOWN;
    walk_unmapped(w, UNMAPPED_UNIT, o->code, reported); /* not what stood behind a number */
    walk_warn(w, obx, 6, "unit is missing or not known for this analyte");
}
