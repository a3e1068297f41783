#include "normalize/csvdate.h"

#include "base/sb.h"

enum { PARTS_MAX = 3, HL7_TEXT_MAX = 40 };

static const char *const form_names[CSVDATE_FORM_COUNT] = {
    [CSVDATE_ISO] = "iso",
    [CSVDATE_DMY] = "dmy",
    [CSVDATE_MDY] = "mdy",
};

/* The letters of a form in their order: "DD.MM.YYYY" is dmy, "yyyy-mm-dd" is ymd. */
bool
csvdate_form_parse(struct str s, enum csvdate_form *out)
{
    char order[PARTS_MAX + 1] = "";
    size_t n = 0;

    for (size_t i = 0; i < s.n; i++) {
        char c = (char)(s.p[i] >= 'A' && s.p[i] <= 'Z' ? s.p[i] - 'A' + 'a' : s.p[i]);

        if ((c != 'd' && c != 'm' && c != 'y') || (n > 0 && order[n - 1] == c))
            continue;
        if (n == PARTS_MAX)
            return false;
        order[n++] = c;
    }
    if (str_eq_nocase(s, STR("iso")) || str_eq_c(str_from_c(order), "ymd"))
        *out = CSVDATE_ISO;
    else if (str_eq_c(str_from_c(order), "dmy"))
        *out = CSVDATE_DMY;
    else if (str_eq_c(str_from_c(order), "mdy"))
        *out = CSVDATE_MDY;
    else
        return false;
    return true;
}

const char *
csvdate_form_name(enum csvdate_form f)
{
    rfd_assert((unsigned)f < CSVDATE_FORM_COUNT);
    return form_names[f];
}

static size_t
digits_at(struct str s, size_t at)
{
    size_t n = 0;

    while (at + n < s.n && s.p[at + n] >= '0' && s.p[at + n] <= '9')
        n++;
    return n;
}

/* 4.3.2025 in its parts; how many, 0: it is no such date. All separators are the same. */
static size_t
parts_of(struct str s, struct str part[PARTS_MAX])
{
    size_t n = 0;
    size_t at = 0;
    char sep = '\0';

    while (n < PARTS_MAX) {
        size_t len = digits_at(s, at);

        if (len == 0)
            return 0;
        part[n++] = str_sub(s, at, len);
        at += len;
        if (at == s.n)
            return n;
        if ((s.p[at] != '.' && s.p[at] != '/' && s.p[at] != '-') || (sep != '\0' && s.p[at] != sep))
            return 0;
        sep = s.p[at++];
    }
    return 0;
}

static void
add_padded(struct sb *b, struct str two)
{
    sb_add_c(b, two.n == 1 ? "0" : "");
    sb_add(b, two);
}

/* As HL7 writes it. False: no date of that form. */
static bool
said_as_hl7(struct str s, enum csvdate_form form, struct sb *b)
{
    struct str p[PARTS_MAX];
    size_t n = parts_of(s, p);
    size_t day = form == CSVDATE_DMY ? 0 : 1;

    if (n < 2 || p[n - 1].n != 4 || p[0].n > 2 || p[n - 2].n > 2)
        return false;
    sb_add(b, p[n - 1]);
    if (n == 2) {
        add_padded(b, p[0]);
        return true;
    }
    add_padded(b, p[1 - day]);
    add_padded(b, p[day]);
    return true;
}

/* YYYY[-MM[-DD]] or YYYYMMDD. */
static bool
iso_day(struct str s, struct sb *b)
{
    size_t year = digits_at(s, 0);

    if (year == 8 && s.n == 8) {
        sb_add(b, s);
        return true;
    }
    if (year != 4 || (s.n != 4 && s.n != 7 && s.n != 10))
        return false;
    for (size_t i = 0; i < s.n; i++) {
        bool dash = i == 4 || i == 7;

        if (dash ? s.p[i] != '-' : s.p[i] < '0' || s.p[i] > '9')
            return false;
        if (!dash)
            sb_add_char(b, s.p[i]);
    }
    return true;
}

/* HH:MM[:SS[.fff]][Z|+HH:MM]. Midnight without an offset is how programs export a mere date. */
static bool
iso_time(struct str s, struct sb *b)
{
    struct str rest;
    size_t zone = str_find_any(s, "Z+-");
    struct str clock = str_trim(str_sub(s, 0, zone));

    if (zone == s.n && (str_eq_c(clock, "00:00") || str_eq_c(clock, "00:00:00") ||
                        str_eq_c(clock, "00:00:00.000")))
        return true;
    if (clock.n < 5 || clock.p[2] != ':' || (clock.n > 5 && clock.p[5] != ':'))
        return false;
    rest = str_sub(s, zone, s.n);
    for (size_t i = 0; i < clock.n; i++) {
        if (clock.p[i] != ':')
            sb_add_char(b, clock.p[i]);
    }
    if (str_eq_c(rest, "Z")) {
        sb_add_c(b, "+0000");
        return true;
    }
    for (size_t i = 0; i < rest.n; i++) {
        if (rest.p[i] != ':')
            sb_add_char(b, rest.p[i]);
    }
    return true;
}

static bool
iso_as_hl7(struct str s, struct sb *b)
{
    size_t day = str_find_any(s, "T ");

    if (!iso_day(str_sub(s, 0, day), b))
        return false;
    return day == s.n || (day == 10 && iso_time(str_sub(s, day + 1, s.n), b));
}

static enum csvdate_result
read_hl7(struct str text, const struct hl7time_default *zone, struct stamp *out)
{
    const struct hl7time_default no_matter = {.has_offset = true};
    enum hl7time_result r = hl7time_parse(text, zone, out);

    if (r == HL7TIME_NO_ZONE && text.n <= 8)
        r = hl7time_parse(text, &no_matter, out);
    switch (r) {
    case HL7TIME_OK:
    case HL7TIME_AMBIGUOUS: return CSVDATE_OK;
    case HL7TIME_NO_ZONE: return CSVDATE_NO_ZONE;
    case HL7TIME_ABSENT:
    case HL7TIME_BAD:
    case HL7TIME_RESULT_COUNT: break;
    }
    return CSVDATE_BAD;
}

enum csvdate_result
csvdate_parse(struct str s, enum csvdate_form form, const struct hl7time_default *zone,
              struct stamp *out)
{
    char text[HL7_TEXT_MAX];
    struct sb b;

    sb_init(&b, text, sizeof(text));
    if (iso_as_hl7(s, &b) && sb_ok(&b))
        return read_hl7(sb_str(&b), zone, out);
    sb_init(&b, text, sizeof(text));
    if (!said_as_hl7(s, form, &b) || !sb_ok(&b))
        return CSVDATE_BAD;
    return form == CSVDATE_ISO ? CSVDATE_UNSAID : read_hl7(sb_str(&b), zone, out);
}

day_t
csvdate_last_day(struct stamp s)
{
    day_t first = stamp_day(s);

    if (s.precision == PRECISION_YEAR)
        return day_add_months(first, 12) - 1;
    return s.precision == PRECISION_MONTH ? day_add_months(first, 1) - 1 : first;
}
