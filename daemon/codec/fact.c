#include "base/limits.h"
#include "codec/message.h"
#include "codec/pack.h"
#include "refract/v1/fact.pb-c.h"

#define ENUM_TABLE(name, descriptor, numbers) \
    static const struct pack_enum name = {    \
        .desc = &refract__v1__##descriptor,   \
        .number = (numbers),                  \
        .count = RFD_COUNT(numbers),          \
    }

/* --- enums: ours → the message's. Ours are in order of meaning, the message's by age. */

static const int status_numbers[FACT_STATUS_COUNT] = {
    [FACT_PRELIMINARY] = REFRACT__V1__FACT__STATUS__PRELIMINARY,
    [FACT_FINAL] = REFRACT__V1__FACT__STATUS__FINAL,
    [FACT_CORRECTED] = REFRACT__V1__FACT__STATUS__CORRECTED,
    [FACT_WITHDRAWN] = REFRACT__V1__FACT__STATUS__WITHDRAWN,
};
ENUM_TABLE(statuses, fact__status__descriptor, status_numbers);

static const int category_numbers[VARIANT_CATEGORY_COUNT] = {
    [VARIANT_MUTATION] = REFRACT__V1__VARIANT__CATEGORY__MUTATION,
    [VARIANT_COPY_GAIN] = REFRACT__V1__VARIANT__CATEGORY__COPY_GAIN,
    [VARIANT_COPY_LOSS] = REFRACT__V1__VARIANT__CATEGORY__COPY_LOSS,
    [VARIANT_FUSION] = REFRACT__V1__VARIANT__CATEGORY__FUSION,
    [VARIANT_OTHER] = REFRACT__V1__VARIANT__CATEGORY__OTHER,
};
ENUM_TABLE(categories, variant__category__descriptor, category_numbers);

static const int origin_numbers[ORIGIN_COUNT] = {
    [ORIGIN_UNKNOWN] = REFRACT__V1__VARIANT__ORIGIN__UNKNOWN,
    [ORIGIN_SOMATIC] = REFRACT__V1__VARIANT__ORIGIN__SOMATIC,
    [ORIGIN_GERMLINE] = REFRACT__V1__VARIANT__ORIGIN__GERMLINE,
};
ENUM_TABLE(origins, variant__origin__descriptor, origin_numbers);

static const int action_numbers[THERAPY_ACTION_COUNT] = {
    [THERAPY_START] = REFRACT__V1__THERAPY__ACTION__START,
    [THERAPY_DOSE] = REFRACT__V1__THERAPY__ACTION__DOSE,
    [THERAPY_CHANGE] = REFRACT__V1__THERAPY__ACTION__CHANGE,
    [THERAPY_HOLD] = REFRACT__V1__THERAPY__ACTION__HOLD,
    [THERAPY_STOP] = REFRACT__V1__THERAPY__ACTION__STOP,
    [THERAPY_NOT_GIVEN] = REFRACT__V1__THERAPY__ACTION__NOT_GIVEN,
};
ENUM_TABLE(actions, therapy__action__descriptor, action_numbers);

static const int rung_numbers[THERAPY_RUNG_COUNT] = {
    [THERAPY_ENTERED] = REFRACT__V1__THERAPY__RUNG__ENTERED,
    [THERAPY_GIVEN] = REFRACT__V1__THERAPY__RUNG__GIVEN,
    [THERAPY_DISPENSED] = REFRACT__V1__THERAPY__RUNG__DISPENSED,
    [THERAPY_BILLED] = REFRACT__V1__THERAPY__RUNG__BILLED,
    [THERAPY_ORDERED] = REFRACT__V1__THERAPY__RUNG__ORDERED,
    [THERAPY_STATED] = REFRACT__V1__THERAPY__RUNG__STATED,
};
ENUM_TABLE(rungs, therapy__rung__descriptor, rung_numbers);

static const int sex_numbers[SEX_COUNT] = {
    [SEX_UNKNOWN] = REFRACT__V1__DEMOGRAPHICS__SEX__UNKNOWN,
    [SEX_FEMALE] = REFRACT__V1__DEMOGRAPHICS__SEX__FEMALE,
    [SEX_MALE] = REFRACT__V1__DEMOGRAPHICS__SEX__MALE,
    [SEX_OTHER] = REFRACT__V1__DEMOGRAPHICS__SEX__OTHER,
};
ENUM_TABLE(sexes, demographics__sex__descriptor, sex_numbers);

static const char *
response_word(unsigned code)
{
    return response_code_name((enum response_code)code);
}

static const struct pack_words responses = {response_word, RESPONSE_CODE_COUNT};

/* --- parts of a fact */

static const struct pack_row patient_rows[] = {
    PACK_TEXT(patient_ref, PatientRef, authority),
    PACK_TEXT(patient_ref, PatientRef, id),
};
const struct pack_map pack_patient_map = {
    PACK_MAP(refract__v1__patient_ref__descriptor, struct patient_ref, patient_rows)};

static const struct pack_row code_rows[] = {
    PACK_TEXT(code, Code, system),
    PACK_TEXT(code, Code, code),
    PACK_TEXT(code, Code, display),
};
const struct pack_map pack_code_map = {
    PACK_MAP(refract__v1__code__descriptor, struct code, code_rows)};

static const struct pack_row source_rows[] = {
    PACK_U64(fact_source, Source, journal),
    PACK_TEXT(fact_source, Source, feed),
    PACK_TEXT(fact_source, Source, control_id),
    PACK_TEXT(fact_source, Source, place),
};
static const struct pack_map source_map = {
    PACK_MAP(refract__v1__source__descriptor, struct fact_source, source_rows)};

/* --- kinds */

static const struct pack_row observation_rows[] = {
    PACK_TEXT(observation, Observation, analyte),
    PACK_SUB(observation, Observation, code, struct code, pack_code_map),
    PACK_QUANTITY(observation, Observation, value),
    PACK_TEXT(observation, Observation, text),
    PACK_TEXT(observation, Observation, unit_reported),
    PACK_TEXT(observation, Observation, unit),
    PACK_QUANTITY(observation, Observation, low),
    PACK_QUANTITY(observation, Observation, high),
    PACK_TEXT(observation, Observation, method),
    PACK_TEXT(observation, Observation, laboratory),
    PACK_TEXT(observation, Observation, matrix),
};
static const struct pack_map observation_map = {
    PACK_MAP(refract__v1__observation__descriptor, struct observation, observation_rows)};

static const struct pack_row variant_rows[] = {
    PACK_TEXT(variant, Variant, gene),
    PACK_TEXT(variant, Variant, name),
    PACK_TEXT(variant, Variant, hgvs_p),
    PACK_TEXT(variant, Variant, hgvs_c),
    PACK_TEXT(variant, Variant, partner),
    PACK_I32_SAID(variant, Variant, exon),
    PACK_BOOL(variant, Variant, present),
    PACK_ENUM(variant, Variant, category, enum variant_category, categories),
    PACK_ENUM(variant, Variant, origin, enum origin, origins),
    PACK_TEXT(variant, Variant, source),
    PACK_QUANTITY(variant, Variant, vaf),
    PACK_QUANTITY(variant, Variant, copies),
};
static const struct pack_map variant_map = {
    PACK_MAP(refract__v1__variant__descriptor, struct variant, variant_rows)};

static const struct pack_row biomarker_rows[] = {
    PACK_TEXT(biomarker, Biomarker, name),       PACK_TEXT(biomarker, Biomarker, value),
    PACK_QUANTITY(biomarker, Biomarker, number), PACK_TEXT(biomarker, Biomarker, unit),
    PACK_TEXT(biomarker, Biomarker, method),
};
static const struct pack_map biomarker_map = {
    PACK_MAP(refract__v1__biomarker__descriptor, struct biomarker, biomarker_rows)};

static const struct pack_row response_rows[] = {
    PACK_WORD(response, Response, code, enum response_code, responses),
    PACK_TEXT(response, Response, criteria),
    PACK_TEXT(response, Response, site),
};
static const struct pack_map response_map = {
    PACK_MAP(refract__v1__response__descriptor, struct response, response_rows)};

static const struct pack_row therapy_rows[] = {
    PACK_ENUM(therapy, Therapy, action, enum therapy_action, actions),
    PACK_ENUM(therapy, Therapy, rung, enum therapy_rung, rungs),
    PACK_TEXT(therapy, Therapy, drug),
    PACK_TEXTS(therapy, Therapy, classes, classes, class_count),
    PACK_I32_SAID(therapy, Therapy, cover_days),
    PACK_TEXT(therapy, Therapy, order),
    PACK_TEXT(therapy, Therapy, intent),
    PACK_TEXT(therapy, Therapy, regimen),
    PACK_I32_SAID(therapy, Therapy, cycle),
    PACK_TEXT(therapy, Therapy, reason),
    PACK_SUB(therapy, Therapy, code, struct code, pack_code_map),
};
static const struct pack_map therapy_map = {
    PACK_MAP(refract__v1__therapy__descriptor, struct therapy, therapy_rows)};

static const struct pack_row diagnosis_rows[] = {
    PACK_TEXT(diagnosis, Diagnosis, oncotree),
    PACK_SUB(diagnosis, Diagnosis, code, struct code, pack_code_map),
    PACK_BOOL(diagnosis, Diagnosis, active),
};
static const struct pack_map diagnosis_map = {
    PACK_MAP(refract__v1__diagnosis__descriptor, struct diagnosis, diagnosis_rows)};

static const struct pack_row performance_rows[] = {
    PACK_TEXT(performance, Performance, scale),
    PACK_I32(performance, Performance, score),
};
static const struct pack_map performance_map = {
    PACK_MAP(refract__v1__performance__descriptor, struct performance, performance_rows)};

static const struct pack_row procedure_rows[] = {
    PACK_TEXT(procedure, Procedure, name),
    PACK_SUB(procedure, Procedure, code, struct code, pack_code_map),
};
static const struct pack_map procedure_map = {
    PACK_MAP(refract__v1__procedure__descriptor, struct procedure, procedure_rows)};

static const struct pack_row negative_rows[] = {
    PACK_TEXT(negative, Negative, panel),
    PACK_TEXTS(negative, Negative, genes, genes, gene_count),
    PACK_TEXT(negative, Negative, source),
};
static const struct pack_map negative_map = {
    PACK_MAP(refract__v1__negative__descriptor, struct negative, negative_rows)};

static const struct pack_row report_rows[] = {
    PACK_TEXT(report, Report, category),
    PACK_TEXT(report, Report, media),
    PACK_U64(report, Report, bytes),
    PACK_AS(PACK_HOW_TEXT, report, Report, sha256, sha, struct str),
    PACK_TEXT(report, Report, problem),
    PACK_TEXT(report, Report, parent),
    PACK_BOOL(report, Report, read),
};
static const struct pack_map report_map = {
    PACK_MAP(refract__v1__report__descriptor, struct report, report_rows)};

static const struct pack_row restriction_rows[] = {
    PACK_TEXT(restriction, Restriction, name),
    PACK_BOOL(restriction, Restriction, active),
};
static const struct pack_map restriction_map = {
    PACK_MAP(refract__v1__restriction__descriptor, struct restriction, restriction_rows)};

static const struct pack_row demographics_rows[] = {
    PACK_STAMP(demographics, Demographics, birth),
    PACK_ENUM(demographics, Demographics, sex, enum sex, sexes),
    PACK_STAMP(demographics, Demographics, death),
    PACK_BOOL(demographics, Demographics, dead),
    PACK_TEXT(demographics, Demographics, attending),
};
const struct pack_map pack_demographics_map = {
    PACK_MAP(refract__v1__demographics__descriptor, struct demographics, demographics_rows)};

static bool
names_a_patient(const struct patient_ref *p)
{
    return !str_is_empty(p->authority) && !str_is_empty(p->id);
}

static const char *
check_link(const void *model)
{
    const struct link *l = model;

    return names_a_patient(&l->other) ? NULL : "no_patient";
}

static const struct pack_row link_rows[] = {
    PACK_SUB(link, Link, other, struct patient_ref, pack_patient_map),
    PACK_BOOL(link, Link, live),
};
static const struct pack_map link_map = {
    PACK_MAP(refract__v1__link__descriptor, struct link, link_rows),
    .check = check_link,
};

static const struct pack_row provider_rows[] = {
    PACK_TEXT(provider, Provider, authority),
    PACK_TEXT(provider, Provider, id),
};
static const struct pack_map provider_map = {
    PACK_MAP(refract__v1__provider__descriptor, struct provider, provider_rows)};

static const struct pack_row role_rows[] = {
    PACK_TEXT(care_role, CareRole, role),
    PACK_SUB(care_role, CareRole, code, struct code, pack_code_map),
    PACK_BOOL(care_role, CareRole, visit),
    PACK_TEXT(care_role, CareRole, instance),
    PACK_LIST(care_role, CareRole, persons, person, person_count, struct provider, provider_map),
    PACK_STAMP(care_role, CareRole, begin),
    PACK_STAMP(care_role, CareRole, end),
    PACK_BOOL(care_role, CareRole, active),
};
static const struct pack_map role_map = {
    PACK_MAP(refract__v1__care_role__descriptor, struct care_role, role_rows)};

/* --- a fact */

static const struct pack_map *const kind_maps[FACT_KIND_COUNT] = {
    [FACT_OBSERVATION] = &observation_map,
    [FACT_VARIANT] = &variant_map,
    [FACT_BIOMARKER] = &biomarker_map,
    [FACT_RESPONSE] = &response_map,
    [FACT_THERAPY] = &therapy_map,
    [FACT_DIAGNOSIS] = &diagnosis_map,
    [FACT_PERFORMANCE] = &performance_map,
    [FACT_PROCEDURE] = &procedure_map,
    [FACT_NEGATIVE] = &negative_map,
    [FACT_REPORT] = &report_map,
    [FACT_RESTRICTION] = &restriction_map,
    [FACT_DEMOGRAPHICS] = &pack_demographics_map,
    [FACT_LINK] = &link_map,
    [FACT_ROLE] = &role_map,
};
static const int kind_fields[FACT_KIND_COUNT] = {
    [FACT_OBSERVATION] = REFRACT__V1__FACT__KIND_OBSERVATION,
    [FACT_VARIANT] = REFRACT__V1__FACT__KIND_VARIANT,
    [FACT_BIOMARKER] = REFRACT__V1__FACT__KIND_BIOMARKER,
    [FACT_RESPONSE] = REFRACT__V1__FACT__KIND_RESPONSE,
    [FACT_THERAPY] = REFRACT__V1__FACT__KIND_THERAPY,
    [FACT_DIAGNOSIS] = REFRACT__V1__FACT__KIND_DIAGNOSIS,
    [FACT_PERFORMANCE] = REFRACT__V1__FACT__KIND_PERFORMANCE,
    [FACT_PROCEDURE] = REFRACT__V1__FACT__KIND_PROCEDURE,
    [FACT_NEGATIVE] = REFRACT__V1__FACT__KIND_NEGATIVE,
    [FACT_REPORT] = REFRACT__V1__FACT__KIND_REPORT,
    [FACT_RESTRICTION] = REFRACT__V1__FACT__KIND_RESTRICTION,
    [FACT_DEMOGRAPHICS] = REFRACT__V1__FACT__KIND_DEMOGRAPHICS,
    [FACT_LINK] = REFRACT__V1__FACT__KIND_LINK,
    [FACT_ROLE] = REFRACT__V1__FACT__KIND_ROLE,
};
static const struct pack_kinds kinds = {
    .map = kind_maps,
    .field = kind_fields,
    .count = FACT_KIND_COUNT,
    .model = offsetof(struct fact, u),
    .pb = offsetof(Refract__V1__Fact, observation), /* a union: the same for all */
};

static const char *
check_fact(const void *model)
{
    const struct fact *f = model;

    return names_a_patient(&f->patient) ? NULL : "no_patient";
}

static const struct pack_row fact_rows[] = {
    PACK_ENUM(fact, Fact, status, enum fact_status, statuses),
    PACK_U32(fact, Fact, flags),
    PACK_SUB(fact, Fact, patient, struct patient_ref, pack_patient_map),
    PACK_STAMP(fact, Fact, collected),
    PACK_STAMP(fact, Fact, status_time),
    PACK_STAMP(fact, Fact, received),
    PACK_TEXT(fact, Fact, order),
    PACK_TEXT(fact, Fact, orderer),
    PACK_LIST(fact, Fact, ordered_by, ordered_by, ordered_by_count, struct provider, provider_map),
    PACK_LIST(fact, Fact, attended_by, attended_by, attended_by_count, struct provider,
              provider_map),
    PACK_TEXT(fact, Fact, specimen),
    PACK_TEXT(fact, Fact, group),
    PACK_TEXT(fact, Fact, map_hash),
    PACK_SUB(fact, Fact, source, struct fact_source, source_map),
    {.how = PACK_HOW_KIND,
     .model = offsetof(struct fact, kind),
     .pb = offsetof(Refract__V1__Fact, kind_case),
     .kinds = &kinds},
};
const struct pack_map pack_fact_map = {
    PACK_MAP(refract__v1__fact__descriptor, struct fact, fact_rows),
    .check = check_fact,
    .list_max = LIMIT_FACTS_PER_MESSAGE,
    .list_reason = "too_many_facts",
};

struct str
codec_fact_pack(struct arena *a, const struct fact *f)
{
    return pack_struct(a, &pack_fact_map, f);
}

bool
codec_fact_unpack(struct arena *a, struct str bytes, struct fact *out, const char **reason_out)
{
    return pack_read(a, &pack_fact_map, bytes, out, reason_out);
}
