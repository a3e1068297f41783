#include "model/fact.h"

static const char *const kind_names[FACT_KIND_COUNT] = {
    [FACT_OBSERVATION] = "observation",
    [FACT_VARIANT] = "variant",
    [FACT_BIOMARKER] = "biomarker",
    [FACT_RESPONSE] = "response",
    [FACT_THERAPY] = "therapy",
    [FACT_DIAGNOSIS] = "diagnosis",
    [FACT_PERFORMANCE] = "performance",
    [FACT_PROCEDURE] = "procedure",
    [FACT_NEGATIVE] = "negative",
    [FACT_REPORT] = "report",
    [FACT_RESTRICTION] = "restriction",
    [FACT_DEMOGRAPHICS] = "demographics",
    [FACT_LINK] = "link",
    [FACT_ROLE] = "role",
};

static const char *const status_names[FACT_STATUS_COUNT] = {
    [FACT_PRELIMINARY] = "preliminary",
    [FACT_FINAL] = "final",
    [FACT_CORRECTED] = "corrected",
    [FACT_WITHDRAWN] = "withdrawn",
};

/* As RECIST 1.1 and iRECIST (Seymour 2017) print them. */
static const char *const response_names[RESPONSE_CODE_COUNT] = {
    [RESPONSE_CR] = "CR",     [RESPONSE_PR] = "PR",   [RESPONSE_SD] = "SD",
    [RESPONSE_PD] = "PD",     [RESPONSE_NE] = "NE",   [RESPONSE_ICR] = "iCR",
    [RESPONSE_IPR] = "iPR",   [RESPONSE_ISD] = "iSD", [RESPONSE_IUPD] = "iUPD",
    [RESPONSE_ICPD] = "iCPD",
};

static const char *const rung_names[THERAPY_RUNG_COUNT] = {
    [THERAPY_ENTERED] = "entered", [THERAPY_GIVEN] = "given",     [THERAPY_DISPENSED] = "dispensed",
    [THERAPY_BILLED] = "billed",   [THERAPY_ORDERED] = "ordered", [THERAPY_STATED] = "stated",
};

static const char *const action_names[THERAPY_ACTION_COUNT] = {
    [THERAPY_START] = "start", [THERAPY_DOSE] = "dose", [THERAPY_CHANGE] = "change",
    [THERAPY_HOLD] = "hold",   [THERAPY_STOP] = "stop", [THERAPY_NOT_GIVEN] = "not_given",
};

static const char *const category_names[VARIANT_CATEGORY_COUNT] = {
    [VARIANT_MUTATION] = "mutation",   [VARIANT_COPY_GAIN] = "copy_gain",
    [VARIANT_COPY_LOSS] = "copy_loss", [VARIANT_FUSION] = "fusion",
    [VARIANT_OTHER] = "other",
};

static const char *const origin_names[ORIGIN_COUNT] = {
    [ORIGIN_UNKNOWN] = "unknown",
    [ORIGIN_SOMATIC] = "somatic",
    [ORIGIN_GERMLINE] = "germline",
};

const char *
fact_kind_name(enum fact_kind k)
{
    rfd_assert((unsigned)k < FACT_KIND_COUNT);
    return kind_names[k];
}

const char *
fact_status_name(enum fact_status s)
{
    rfd_assert((unsigned)s < FACT_STATUS_COUNT);
    return status_names[s];
}

const char *
response_code_name(enum response_code c)
{
    rfd_assert((unsigned)c < RESPONSE_CODE_COUNT);
    return response_names[c];
}

bool
response_code_parse(struct str s, enum response_code *out)
{
    for (unsigned i = 0; i < RESPONSE_CODE_COUNT; i++) {
        if (str_eq_nocase(s, str_from_c(response_names[i]))) {
            *out = (enum response_code)i;
            return true;
        }
    }
    return false;
}

const char *
therapy_rung_name(enum therapy_rung r)
{
    rfd_assert((unsigned)r < THERAPY_RUNG_COUNT);
    return rung_names[r];
}

const char *
therapy_action_name(enum therapy_action a)
{
    rfd_assert((unsigned)a < THERAPY_ACTION_COUNT);
    return action_names[a];
}

const char *
variant_category_name(enum variant_category c)
{
    rfd_assert((unsigned)c < VARIANT_CATEGORY_COUNT);
    return category_names[c];
}

const char *
origin_name(enum origin o)
{
    rfd_assert((unsigned)o < ORIGIN_COUNT);
    return origin_names[o];
}

bool
therapy_has_class(const struct therapy *t, struct str name)
{
    if (str_eq_c(name, "any"))
        return true;
    for (size_t i = 0; i < t->class_count; i++)
        if (str_eq(t->classes[i], name))
            return true;
    return !str_is_absent(t->drug) && str_eq(t->drug, name); /* a drug is a class of its own */
}
