#include "criteria/threshold.h"

#include "criteria/words.h"

enum { DISPLAY_DIGITS = 3 };

static const int64_t LIMIT = INT64_C(1000000000000000); /* 10^15, of base/dec.h */

struct threshold_line
threshold_line(const struct scope *s, enum bound_op op, const struct measure_ref *ref)
{
    return (struct threshold_line){.op = op,
                                   .ref = ref,
                                   .role = EVIDENCE_CANDIDATE,
                                   .analyte = s->rule->series.analyte,
                                   .unit = s->rule->series.unit,
                                   .shown = s->rule->series.shown};
}

bool
threshold_times(struct rat ref, int64_t num, int64_t den, struct rat *out)
{
    if (dec_sign(ref.v) <= 0 || num <= 0 || num >= LIMIT / ref.num || den >= LIMIT / ref.den)
        return false;
    *out = rat_scale(ref, num, den);
    return true;
}

/* To a smaller exponent; false: past 15 digits. */
static bool
refine(struct dec *d, int32_t exp)
{
    for (; d->exp > exp; d->exp--) {
        if (d->coef >= LIMIT / 10 || d->coef <= -LIMIT / 10)
            return false;
        d->coef *= 10;
    }
    return true;
}

bool
threshold_sum(struct rat ref, struct dec add, struct rat *out)
{
    struct dec sum;

    if (!rat_exact(ref, &sum))
        sum = rat_round(ref, DISPLAY_DIGITS);
    if (!refine(&sum, add.exp) || !refine(&add, sum.exp))
        return false;
    sum.coef += add.coef;
    *out = dec_rat(sum);
    return sum.coef > 0 && sum.coef < LIMIT;
}

/* --- one line */

static const char *
side_name(enum bound_op op)
{
    switch (op) {
    case BOUND_GE: return "at_least";
    case BOUND_GT: return "more_than";
    case BOUND_LE: return "at_most";
    case BOUND_LT: return "less_than";
    case BOUND_OP_COUNT: break;
    }
    return "";
}

static const char *
basis_name(const struct measure_ref *r)
{
    if (r->first)
        return "first";
    switch (r->kind) {
    case REF_BASELINE: return "baseline";
    case REF_NADIR: return "nadir";
    case REF_ULN: return "upper_limit";
    case REF_KIND_COUNT: break;
    }
    return "";
}

/* False: no finite decimal. */
static bool
plain(struct rat r, struct dec *out)
{
    if (rat_exact(r, out))
        return true;
    *out = rat_round(r, DISPLAY_DIGITS);
    return false;
}

static struct str
decimal(const struct scope *s, enum cmp_op cmp, struct rat r)
{
    static const char *const signs[CMP_OP_COUNT] = {
        [CMP_EQ] = "", [CMP_LT] = "<", [CMP_LE] = "<=", [CMP_GT] = ">", [CMP_GE] = ">="};
    char text[DEC_TEXT_MAX];
    struct dec d;

    (void)plain(r, &d);
    return str_cat(s->arena, str_from_c(signs[cmp]), dec_format(d, text));
}

static struct str
line_text(const struct scope *s, const struct threshold_line *l, struct str limit)
{
    struct sb b = words_begin(s);

    sb_addf(&b, "%s %.*s %.*s", words_op(l->op), STR_FMT(limit), STR_FMT(l->shown));
    if (l->ref == NULL)
        return sb_str(&b);
    sb_add_c(&b, ": ");
    if (!str_is_empty(l->measure)) {
        words_dec(&b, l->number);
        sb_addf(&b, " %.*s ", STR_FMT(l->measure));
    }
    words_ref(&b, s, l->ref);
    return sb_str(&b);
}

void
threshold_note(const struct scope *s, const struct threshold_line *l, struct note *n)
{
    struct note_line *out = &n->line[n->line_count];
    struct dec at;

    if (n->line_count == RFD_COUNT(n->line) ||
        (l->ref != NULL && (l->ref->cmp == CMP_GT || l->ref->cmp == CMP_GE)))
        return;
    *out = (struct note_line){.op = l->op, .at = l->at};
    out->shown = (struct threshold){.analyte = l->analyte,
                                    .unit = l->unit,
                                    .side = str_from_c(side_name(l->op)),
                                    .rounded = !plain(l->at, &at),
                                    .limit = decimal(s, CMP_EQ, l->at),
                                    .role = str_from_c(evidence_part_name(l->role)),
                                    .reference_day = DAY_NONE,
                                    .from = DAY_NONE,
                                    .until = DAY_NONE};
    if (l->ref != NULL) {
        out->shown.basis = str_from_c(basis_name(l->ref));
        out->shown.reference = decimal(s, l->ref->cmp, l->ref->value);
        out->shown.reference_day = l->ref->point == NULL ? DAY_NONE : l->ref->point->day;
    }
    out->shown.text = line_text(s, l, out->shown.limit);
    n->line_count++;
}
