#include "codec_samples.h"

#include "alert/build.h"

static const struct str classes[] = {{"egfr_tki", 8}, {"osimertinib", 11}};
static const struct str genes[] = {{"EGFR", 4}, {"EGFR:T790M", 10}};
static const struct code code = {{"LN", 2}, {"83112-3", 7}, {"PSA \xc3\xa9", 6}};

static struct quantity
quantity(enum cmp_op cmp, int64_t coef, int32_t exp)
{
    return (struct quantity){.cmp = cmp, .value = {coef, exp}, .present = true};
}

static struct stamp
stamp(const char *text)
{
    struct stamp s = STAMP_NONE;
    bool ok = stamp_parse(str_from_c(text), &s);

    rfd_assert(ok);
    return s;
}

static void
fill_measured(struct fact *f)
{
    if (f->kind == FACT_OBSERVATION)
        f->u.observation = (struct observation){
            .analyte = STR("psa"),
            .code = code,
            .value = quantity(CMP_LT, 10, -2),
            .text = STR("<0.10"),
            .unit_reported = STR("ng/ml"),
            .unit = STR("ng/mL"),
            .low = quantity(CMP_EQ, 0, 0),
            .high = quantity(CMP_LE, 40, -1),
            .method = STR("ECLIA"),
            .laboratory = STR("LAB1"),
            .matrix = STR("serum"),
        };
    if (f->kind == FACT_VARIANT)
        f->u.variant = (struct variant){
            .gene = STR("EGFR"),
            .name = STR("T790M"),
            .hgvs_p = STR("p.(Thr790Met)"),
            .hgvs_c = STR("c.2369C>T"),
            .partner = STR("ALK"),
            .exon = 20,
            .present = true,
            .category = VARIANT_OTHER,
            .origin = ORIGIN_GERMLINE,
            .source = STR("plasma"),
            .vaf = quantity(CMP_GT, 31, -1),
            .copies = quantity(CMP_GE, 6, 0),
        };
    if (f->kind == FACT_BIOMARKER)
        f->u.biomarker = (struct biomarker){
            .name = STR("pdl1"),
            .value = STR("high"),
            .number = quantity(CMP_GE, 50, 0),
            .unit = STR("%TPS"),
            .method = STR("22C3"),
        };
    if (f->kind == FACT_RESPONSE)
        f->u.response = (struct response){RESPONSE_IUPD, STR("irecist"), STR("cns")};
    if (f->kind == FACT_PERFORMANCE)
        f->u.performance = (struct performance){STR("ecog"), 2};
}

static void
fill_treated(struct fact *f)
{
    if (f->kind == FACT_THERAPY)
        f->u.therapy = (struct therapy){
            .action = THERAPY_NOT_GIVEN,
            .rung = THERAPY_STATED,
            .drug = STR("osimertinib"),
            .classes = classes,
            .class_count = RFD_COUNT(classes),
            .cover_days = 42,
            .order = STR("O-1"),
            .intent = STR("palliative"),
            .regimen = STR("mono"),
            .reason = STR("toxicity"),
            .code = code,
        };
    if (f->kind == FACT_DIAGNOSIS)
        f->u.diagnosis = (struct diagnosis){STR("LUAD"), code, true};
    if (f->kind == FACT_PROCEDURE)
        f->u.procedure = (struct procedure){STR("paracentesis"), code};
    if (f->kind == FACT_NEGATIVE)
        f->u.negative = (struct negative){STR("hot spots"), genes, RFD_COUNT(genes), STR("tissue")};
    if (f->kind == FACT_REPORT)
        f->u.report = (struct report){STR("radiology"),
                                      STR("application/pdf"),
                                      UINT64_MAX,
                                      STR("00ff"),
                                      STR("not_pdf"),
                                      STR("D1"),
                                      true};
}

static const struct provider providers[] = {{{"HOSP", 4}, {"7001", 4}}, {{NULL, 0}, {"D-1", 3}}};

static void
fill_person(struct fact *f)
{
    if (f->kind == FACT_RESTRICTION)
        f->u.restriction = (struct restriction){STR("opted_out"), true};
    if (f->kind == FACT_DEMOGRAPHICS)
        f->u.demographics = (struct demographics){
            .birth = stamp("1951"),
            .sex = SEX_MALE,
            .death = stamp("2026-05"),
            .dead = true,
            .attending = STR("DOC7"),
        };
    if (f->kind == FACT_LINK)
        f->u.link = (struct link){{STR("HOSP"), STR("p2")}, true};
    if (f->kind == FACT_ROLE)
        f->u.role = (struct care_role){
            .role = STR("consulting"),
            .code = {STR("HL70443"), STR("CP"), STR("Consulting")},
            .visit = true,
            .instance = STR("R1"),
            .person = providers,
            .person_count = RFD_COUNT(providers),
            .begin = stamp("2026-03-01"),
            .end = stamp("2026-04"),
            .active = true,
        };
}

struct fact
sample_fact(enum fact_kind kind)
{
    struct fact f = {
        .kind = kind,
        .status = FACT_CORRECTED,
        .flags = FACT_ZONE_ASSUMED | FACT_CODE_UNMAPPED,
        .patient = {STR("HOSP"), STR("p1")},
        .collected = stamp("2026-03-02T10:15-05:30"),
        .status_time = stamp("2026-03-02T10:15:30+14:00"),
        .received = stamp("2026-03-03"),
        .order = STR("F-1"),
        .orderer = STR("7001"),
        .ordered_by = providers,
        .ordered_by_count = RFD_COUNT(providers),
        .attended_by = providers,
        .attended_by_count = 1,
        .specimen = STR("S-1"),
        .group = STR("1.2"),
        .map_hash = STR("abcd"),
        .source = {7, STR("lab"), STR("C-1"), STR("OBX[3]")},
    };

    fill_measured(&f);
    fill_treated(&f);
    fill_person(&f);
    return f;
}

struct result_message
sample_message(struct arena *a)
{
    static const struct str warnings[] = {{"OBX[1]-14: no zone", 18}, {"", 0}};
    static const struct unmapped unknown[] = {
        {UNMAPPED_RESULT, {{"L", 1}, {"X1", 2}, {"CA 125", 6}}, {"U/mL", 4}, 3},
        {UNMAPPED_VARIANT, {{NULL, 0}, {"EGFR", 4}, {"p.L8", 4}}, {NULL, 0}, 1},
    };
    struct fact *f = ARENA_ARRAY(a, FACT_KIND_COUNT, struct fact);

    for (unsigned k = 0; k < FACT_KIND_COUNT; k++)
        f[k] = sample_fact((enum fact_kind)k);
    return (struct result_message){
        .feed = STR("lab"),
        .publisher = {STR("lis"), 3, UINT64_MAX},
        .control_id = STR("C-1"),
        .sender = STR("LIS^H"),
        .sent = stamp("2026-03-02T10:16:00Z"),
        .type = STR("ORU^R01"),
        .raw = {"MSH|^~\\&|\0\xff\r", 12},
        .fact = f,
        .fact_count = FACT_KIND_COUNT,
        .history = true,
        .quarantine_reason = STR("no_patient_id"),
        .quarantine_place = STR("PID-3"),
        .ignore_reason = STR("not_ours"),
        .warning = warnings,
        .warning_count = RFD_COUNT(warnings),
        .identity = {{STR("H"), STR("77")},
                     {.birth = stamp("1961-02-03"), .sex = SEX_FEMALE},
                     true},
        .map_hash = STR("00ff"),
        .unmapped = unknown,
        .unmapped_count = RFD_COUNT(unknown),
        .unmapped_more = 9,
    };
}

/* --- an alert */

static const struct str texts[] = {{"a second value", 14}, {"liver function", 14}};

static const struct rule_head *
sample_rule(struct arena *a)
{
    struct rule_head *r = ARENA_NEW(a, struct rule_head);

    r->id = STR("prostate.psa.pcwg3");
    r->version = STR("1");
    r->title = STR("PSA progression");
    r->citation = STR("Scher 2016");
    r->url = STR("https://doi.org/10.1200/JCO.2015.64.2702");
    r->verified = STR("verified");
    r->consequence = CONSEQUENCE_OPTIONS;
    r->consider = texts;
    r->consider_count = 1;
    r->unchecked = texts + 1;
    r->unchecked_count = 1;
    r->demo = true;
    return r;
}

static const struct threshold *
sample_thresholds(struct arena *a)
{
    struct threshold *t = ARENA_ARRAY(a, 2, struct threshold);

    t[0] = (struct threshold){.analyte = STR("psa"),
                              .unit = STR("ng/mL"),
                              .side = STR("at_least"),
                              .limit = STR("2.4"),
                              .rounded = true,
                              .role = STR("candidate"),
                              .basis = STR("nadir"),
                              .reference = STR("<0.4"),
                              .reference_day = 19000,
                              .from = 18990,
                              .until = 20000,
                              .decides = true,
                              .text = STR("at least 2.4 ng/mL")};
    t[1] = (struct threshold){
        .text = STR("of no day"), .reference_day = DAY_NONE, .from = DAY_NONE, .until = DAY_NONE};
    return t;
}

static const struct finding *
sample_finding(struct arena *a, enum finding_status status)
{
    static const enum fact_kind kinds[] = {FACT_OBSERVATION, FACT_VARIANT, FACT_RESPONSE};
    struct fact *f = ARENA_ARRAY(a, RFD_COUNT(kinds), struct fact);
    struct evidence *e = ARENA_ARRAY(a, RFD_COUNT(kinds), struct evidence);
    struct finding *out = ARENA_NEW(a, struct finding);

    for (unsigned i = 0; i < RFD_COUNT(kinds); i++) {
        f[i] = sample_fact(kinds[i]);
        e[i] = (struct evidence){(enum evidence_part)(EVIDENCE_NADIR + i), &f[i]};
    }
    f[2].collected = STAMP_NONE; /* evidence of no day */
    *out = (struct finding){
        .rule = sample_rule(a),
        .status = status,
        .first_event = status == FINDING_MET ? 20000 : DAY_NONE,
        .evidence = e,
        .evidence_count = RFD_COUNT(kinds),
        .threshold = sample_thresholds(a),
        .threshold_count = 2,
        .why = STR("PSA 8 ng/mL is above 2 ng/mL"),
        .missing = texts,
        .missing_count = RFD_COUNT(texts),
        .next_due = DAY_NONE,
    };
    return out;
}

static const struct option *
sample_option(struct arena *a, enum option_kind kind, enum option_standing standing, int32_t rank)
{
    static const struct option_reason reasons[] = {
        {K_TRUE, {"EGFR T790M found", 16}, 7},
        {K_UNKNOWN, {"ECOG not known", 14}, 0},
        {K_FALSE, {"no second primary", 17}, 0},
    };
    struct option *o = ARENA_ARRAY(a, 2, struct option);

    o[0] = (struct option){
        .kind = kind,
        .standing = standing,
        .id = STR("NCT01:B"),
        .title = STR("arm B"),
        .level = STR("ESCAT I-A"),
        .basis = STR("phase 3"),
        .citation = STR("Mok 2017"),
        .jurisdiction = STR("EU"),
        .status = STR("open"),
        .status_date = 20001,
        .contact = STR("study office"),
        .set_aside_by = STR("C797S"),
        .reason = reasons,
        .reason_count = RFD_COUNT(reasons),
        .unchecked = texts,
        .unchecked_count = RFD_COUNT(texts),
        .rank = rank,
    };
    o[1] = (struct option){.kind = OPTION_TRIAL, /* says as little as an option can */
                           .id = STR("NCT02"),
                           .title = STR(""),
                           .status_date = DAY_NONE,
                           .rank = -1};
    return o;
}

struct alert
sample_alert(struct arena *a)
{
    const struct finding *finding[] = {sample_finding(a, FINDING_UNCONFIRMED),
                                       sample_finding(a, FINDING_MET)};
    struct alert_parts p = {
        .patient = {STR("HOSP"), STR("p1")},
        .case_key = STR("PRAD"),
        .disease = STR("Prostate adenocarcinoma"),
        .episode = STR("line:2026-01-10"),
        .finding = finding,
        .finding_count = RFD_COUNT(finding),
        .option = sample_option(a, OPTION_THERAPY, OPTION_FITS, 1),
        .option_count = 2,
        .trial = sample_option(a, OPTION_TRIAL, OPTION_OPEN, 2),
        .trial_count = 2,
        .aside = sample_option(a, OPTION_THERAPY, OPTION_SET_ASIDE, 3),
        .aside_count = 1,
        .knowledge = STR("00ff"),
    };
    struct alert al = alert_build(a, &p);

    al.id = STR("A-1");
    al.version = 2;
    al.state = ALERT_SNOOZED;
    al.silent = true;
    al.options_more = 4;
    al.trials_more = 5;
    al.change = STR("certainty: suspected to confirmed");
    al.reason = STR("seen");
    al.raised = stamp("2026-03-02T10:15:30Z");
    al.changed = stamp("2026-03-03T10:15:30+01:00");
    al.snoozed_until = 20600;
    return al;
}
