/* The receiver's checklist of deploy/doc/hl7.md, as far as it is about meaning: messages → facts →
 * what is in force, through the shipped terminologies. */
#include "model/timeline.h"
#include "normalize/hl7v2.h"
#include "normalize_test.h"

static struct map map;
static struct normalized out;
static struct arena kept;
static struct fact seen[64]; /* of all messages since the last clear() */
static size_t seen_count;

static void
map_text(const char *more)
{
    static _Alignas(16) unsigned char memory[4 * 1024 * 1024];
    static struct arena arena;
    char text[4096];
    struct diags d;
    arena_init(&arena, memory, sizeof memory);
    diags_init(&d, &arena);
    (void)snprintf(text, sizeof text,
                   "name: test\npatient: {id: [\"PID-3(5=MR)\", \"PID-3(5=PI)\"], untyped: true, "
                   "fallback_authority: MSH-4.1}\nown_applications: [REFRACTD]\n%s",
                   more);
    char *stays = arena_alloc(&arena, strlen(text) + 1);
    memcpy(stays, text, strlen(text) + 1);
    bool ok = map_compile(&arena, normalize_text(&arena, &d, stays), STR("hash"), normalize_terms(),
                          &d, &map);
    normalize_print(&d);
    assert_true(ok);
}

static void
clear(void)
{
    static _Alignas(16) unsigned char memory[16 * 1024 * 1024];
    arena_init(&kept, memory, sizeof memory);
    seen_count = 0;
    map_text("");
}

static enum normalize_outcome
take(const char *message)
{
    static struct hl7 m;
    assert_int_equal(hl7_index_as(&m, &kept, str_from_c(message), &map.reading), HL7_OK);
    enum normalize_outcome r = normalize_hl7(&m, &map, normalize_terms(), STAMP_NONE, &kept, &out);
    for (size_t i = 0; i < out.count; i++) {
        assert_true(seen_count < RFD_COUNT(seen));
        seen[seen_count++] = out.facts[i];
    }
    return r;
}

/* The one fact of a kind that is in force now, NULL: none. More than one fails. */
static const struct fact *
in_force(enum fact_kind kind)
{
    static struct timeline t;
    size_t n;
    t = timeline_build(&kept, seen, seen_count, stamp_of_day(21000, 0));
    const struct fact *const *f = timeline_kind(&t, kind, &n);
    assert_true(n <= 1);
    return n == 0 ? NULL : f[0];
}

static size_t
count_in_force(enum fact_kind kind)
{
    size_t n;
    struct timeline t = timeline_build(&kept, seen, seen_count, stamp_of_day(21000, 0));
    (void)timeline_kind(&t, kind, &n);
    return n;
}

#define MSH_AT(type, time) "MSH|^~\\&|LIS|HOSP|R|R|" time "+0100||" type "|M1|P|2.5.1\r"
#define MSH(type)          MSH_AT(type, "20260310120000")
#define PID                "PID|1||777^^^HOSP^MR||DOE^ANN||19610203|F\r"
/* OBR-22 and OBR-25 */
#define OBR_AT(time, status) \
    "OBR|1||F1^LIS|LAB^Laboratory^L|||20260301080000|||||||||||||||" time "||CH|" status "\r"
#define OBR                     OBR_AT("20260310110000", "F")
#define PSA(sub, value, status) "OBX|1|NM|2857-1^PSA^LN|" sub "|" value "|ng/mL|||||" status "\r"
#define ORU(time, obx)          MSH("ORU^R01") PID OBR_AT(time, "F") obx
#define ST(code, value, status) "OBX|1|ST|" code "^x^LN||" value "||||||" status "\r"

static void
assert_dec(const struct fact *f, const char *want)
{
    char buf[DEC_TEXT_MAX];
    assert_non_null(f);
    assert_true(f->u.observation.value.present);
    assert_str(dec_format(f->u.observation.value.value, buf), want);
}

/* ---- items 29, 30: status ---------------------------------------------------------------- */

enum { PENDING = -1 };

/* One letter each: f final, c corrected, p preliminary, w withdrawn, - no result (yet). */
static int
status_of(char c)
{
    switch (c) {
    case 'f': return FACT_FINAL;
    case 'c': return FACT_CORRECTED;
    case 'p': return FACT_PRELIMINARY;
    case 'w': return FACT_WITHDRAWN;
    default: return PENDING;
    }
}

static void
status_is(const char *obr25, const char *obx11, int want)
{
    char message[2048];
    clear();
    (void)snprintf(message, sizeof message, "%s%s%s%s\r%s%s\r", MSH("ORU^R01"), PID,
                   "OBR|1||F1||||20260301||||||||||||||||||", obr25,
                   "OBX|1|NM|2857-1^PSA^LN||4|ng/mL|||||", obx11);
    enum normalize_outcome r = take(message);
    if (want == PENDING) {
        assert_int_equal(r, NORMALIZE_IGNORED);
        assert_int_equal(out.reason, NORMALIZE_NO_RESULT_YET);
        return;
    }
    assert_int_equal(r, NORMALIZE_OK);
    assert_int_equal(out.facts[0].status, want);
}

static void
every_result_status(void **state)
{
    /* table 0085: A B C D F I N O P R S U V W X */
    static const char want[] = "ffcw-f--" /* A..H */
                               "-----"    /* I..M */
                               "--p-pp-f" /* N..U */
                               "fww--";   /* V..Z */
    (void)state;
    for (char c = 'A'; c <= 'Z'; c++) {
        char letter[2] = {c, '\0'};
        status_is("F", letter, status_of(want[c - 'A']));
        status_is("P", letter, status_of(want[c - 'A'])); /* OBX-11 wins */
    }
    status_is("F", "f", PENDING);
    status_is("F", "FF", PENDING);
}

static void
every_order_status(void **state)
{
    /* table 0123: O I S A P C R F X Y Z; what stands in one table only is read by the other */
    static const char want[] = "pfc--f--" /* A..H */
                               "-----"    /* I..M */
                               "--p-p--f" /* N..U */
                               "fww--";   /* V..Z */
    (void)state;
    for (char c = 'A'; c <= 'Z'; c++) {
        char letter[2] = {c, '\0'};
        status_is(letter, "", status_of(want[c - 'A']));
    }
    status_is("", "", FACT_FINAL);
}

static void
empty_status_by_map(void **state)
{
    (void)state;
    clear();
    map_text("status_empty: preliminary\n");
    assert_int_equal(take(MSH("ORU^R01") PID OBR_AT("", "") PSA("", "4", "")), NORMALIZE_OK);
    assert_int_equal(out.facts[0].status, FACT_PRELIMINARY);
}

static void
a_word_alone_makes_a_preliminary_final(void **state)
{
    (void)state;
    clear();
    (void)take(ORU("20260301090000", PSA("", "4.1", "P")));
    (void)take(ORU("20260302090000", PSA("", "", "U")));
    assert_int_equal(seen_count, 2);
    assert_dec(in_force(FACT_OBSERVATION), "4.1");
    assert_int_equal(in_force(FACT_OBSERVATION)->status, FACT_FINAL);
    /* before the preliminary one came, it says nothing; after a final one neither */
    clear();
    (void)take(ORU("20260302090000", PSA("", "", "U")));
    assert_null(in_force(FACT_OBSERVATION));
    (void)take(ORU("20260303090000", PSA("", "4.2", "F")));
    assert_dec(in_force(FACT_OBSERVATION), "4.2");
}

static void
withdrawn_with_and_without_value(void **state)
{
    static const char *const words[] = {PSA("", "4.1", "W"), PSA("", "", "D"), PSA("", "", "X"),
                                        PSA("", "\"\"", "F")};
    (void)state;
    for (size_t i = 0; i < RFD_COUNT(words); i++) {
        char message[2048];
        clear();
        (void)take(ORU("20260301090000", PSA("", "4.1", "F")));
        (void)snprintf(message, sizeof message, "%s%s",
                       MSH("ORU^R01") PID OBR_AT("20260302090000", "F"), words[i]);
        assert_int_equal(take(message), NORMALIZE_OK);
        assert_null(in_force(FACT_OBSERVATION));
    }
}

static void
coded_results_are_withdrawn_too(void **state)
{
    static const struct {
        enum fact_kind kind;
        const char *first;
        const char *then;
    } rows[] = {
        {FACT_BIOMARKER, ST("81695-9", "LA14122-8", "F"), ST("81695-9", "", "D")},
        {FACT_BIOMARKER, "OBX|1|NM|83053-9^x^LN||60|%|||||F\r", ST("83053-9", "", "W")},
        {FACT_RESPONSE, "OBX|1|CWE|97509-4^x^LN||271299001^worse^SCT||||||F\r",
         "OBX|1|CWE|97509-4^x^LN||||||||X\r"},
        {FACT_PERFORMANCE, "OBX|1|NM|89247-1^x^LN||2||||||F\r", ST("89247-1", "", "D")},
        {FACT_VARIANT, ST("21665-5", "L858R", "F"), ST("21665-5", "", "D")},
        {FACT_VARIANT, ST("21665-5", "L858R", "F"), ST("21665-5", "L858R", "W")},
    };
    (void)state;
    for (size_t i = 0; i < RFD_COUNT(rows); i++) {
        char message[2048];
        clear();
        (void)snprintf(message, sizeof message, "%s%s", ORU("20260301090000", ""), rows[i].first);
        (void)take(message);
        assert_non_null(in_force(rows[i].kind));
        char *second = arena_alloc(&kept, 2048);
        (void)snprintf(second, 2048, "%s%s", ORU("20260302090000", ""), rows[i].then);
        assert_int_equal(take(second), NORMALIZE_OK);
        assert_null(in_force(rows[i].kind));
    }
}

static void
a_correction_replaces_a_variant(void **state)
{
    (void)state;
    clear();
    (void)take(ORU("20260301090000", ST("21665-5", "L858R", "F") ST("21702-6", "G12C", "F")));
    assert_int_equal(count_in_force(FACT_VARIANT), 2);
    (void)take(ORU("20260302090000", ST("21665-5", "L861Q", "C")));
    assert_int_equal(count_in_force(FACT_VARIANT), 2); /* KRAS is another unit */
    (void)take(ORU("20260303090000", ST("21702-6", "Not detected", "C")));
    assert_str(in_force(FACT_VARIANT)->u.variant.name, "L861Q");
    assert_str(in_force(FACT_NEGATIVE)->u.negative.genes[0], "KRAS");
    (void)take(ORU("20260304090000", ST("21702-6", "G12D", "C")));
    assert_int_equal(count_in_force(FACT_VARIANT), 2);
    assert_int_equal(count_in_force(FACT_NEGATIVE), 0);
}

static void
a_correction_of_a_group_replaces_the_group(void **state)
{
#define VARIANT(group, change, status)                       \
    "OBX|1|ST|48018-6^x^LN|" group "|EGFR||||||" status "\r" \
    "OBX|2|ST|48005-3^x^LN|" group "|" change "||||||" status "\r"
    (void)state;
    clear();
    (void)take(ORU("20260301090000", VARIANT("2a", "p.L858R", "F") VARIANT("2b", "p.T790M", "F")));
    assert_int_equal(count_in_force(FACT_VARIANT), 2);
    (void)take(ORU("20260302090000", VARIANT("2b", "p.C797S", "C")));
    assert_int_equal(count_in_force(FACT_VARIANT), 2);
    for (size_t i = 0; i < seen_count; i++)
        assert_int_not_equal(seen[i].kind, FACT_NEGATIVE);
    (void)take(ORU("20260302090000", VARIANT("2a", "p.L858R", "D")));
    assert_str(in_force(FACT_VARIANT)->u.variant.name, "C797S");
}

/* ---- items 31, 32: versions -------------------------------------------------------------- */

static void
arrival_decides_nothing(void **state)
{
    (void)state;
    clear();
    (void)take(ORU("20260303090000", PSA("", "4.3", "C")));
    (void)take(ORU("20260302090000", PSA("", "4.2", "F")));
    (void)take(ORU("20260301090000", PSA("", "4.1", "P")));
    assert_dec(in_force(FACT_OBSERVATION), "4.3");
    (void)take(ORU("20260304090000", PSA("", "4.9", "P"))); /* nor does a P that is sent again */
    assert_dec(in_force(FACT_OBSERVATION), "4.3");
    clear(); /* OBR-22 comes before MSH-7 */
    (void)take(MSH_AT("ORU^R01", "20260305000000") PID OBR_AT("20260301090000", "F")
                   PSA("", "1", "F"));
    (void)take(MSH_AT("ORU^R01", "20260304000000") PID OBR_AT("20260302090000", "F")
                   PSA("", "2", "F"));
    assert_dec(in_force(FACT_OBSERVATION), "2");
    clear(); /* without it, MSH-7 */
    (void)take(MSH_AT("ORU^R01", "20260305000000") PID OBR_AT("", "F") PSA("", "1", "F"));
    (void)take(MSH_AT("ORU^R01", "20260304000000") PID OBR_AT("", "F") PSA("", "2", "F"));
    assert_dec(in_force(FACT_OBSERVATION), "1");
}

static void
a_snapshot_deletes_nothing(void **state)
{
    (void)state;
    clear();
    (void)take(
        ORU("20260301090000", PSA("", "4.1", "F") "OBX|2|NM|2039-6^CEA^LN||2|ng/mL|||||F\r"));
    (void)take(ORU("20260302090000", PSA("", "4.2", "F")));
    assert_int_equal(count_in_force(FACT_OBSERVATION), 2);
}

/* ---- items 22, 25 to 27: values ---------------------------------------------------------- */

static void
one_code_more_than_once(void **state)
{
    (void)state;
    clear();
    (void)take(ORU("20260301090000", PSA("1", "4", "F") PSA("1", "5", "F") PSA("2", "6", "F")));
    assert_int_equal(count_in_force(FACT_OBSERVATION), 3);
    assert_str(seen[0].group, "1");
    assert_str(seen[1].group, "1#2");
    assert_str(seen[2].group, "2");
}

static void
repetitions_are_kept_and_not_chosen_from(void **state)
{
    (void)state;
    clear();
    (void)take(ORU("20260301090000", PSA("", "4~5", "F")));
    assert_false(seen[0].u.observation.value.present);
    assert_str(seen[0].u.observation.text, "4~5");
    assert_true((seen[0].flags & FACT_VALUE_TEXT) != 0);
    clear();
#define RESPONSE(codes) "OBX|1|CWE|97509-4^x^LN||" codes "||||||F\r"
    (void)take(ORU("20260301090000", RESPONSE("271299001^worse^SCT~271299001^worse^SCT")));
    assert_int_equal(in_force(FACT_RESPONSE)->u.response.code, RESPONSE_PD);
    clear();
    assert_int_equal(take(ORU("20260301090000", RESPONSE("LA28369-9^PR^LN~271299001^worse^SCT"))),
                     NORMALIZE_IGNORED);
    assert_int_equal(out.unmapped, 1);
}

static void
a_document_in_any_type(void **state)
{
    static const char *const rows[] = {
        "OBX|1|ED|PDF^report^L||LAB^Application^PDF^Base64^JVBERi0xLjQK||||||F\r",
        "OBX|1|CE|PDF^report^L||JVBERi0xLjQK||||||F\r",
        "OBX|1|ST|PDF^report^L||^application^pdf^Base64^JVBERi0xLjQK||||||F\r",
        "OBX|1||PDF^report^L||JVBERi0xLjQK||||||F\r",
    };
    (void)state;
    for (size_t i = 0; i < RFD_COUNT(rows); i++) {
        char message[2048];
        clear();
        (void)snprintf(message, sizeof message, "%s%s", ORU("20260301090000", ""), rows[i]);
        assert_int_equal(take(message), NORMALIZE_OK);
        assert_str(in_force(FACT_REPORT)->u.report.media, "application/pdf");
        assert_int_equal(in_force(FACT_REPORT)->u.report.bytes, 9); /* "%PDF-1.4" and a line end */
    }
}

static void
raw_delimiters_in_texts_are_kept(void **state)
{
    (void)state;
    clear();
    (void)take(ORU("20260301090000", ST("2857-1", "see A & B ^ C", "F")));
    assert_str(seen[0].u.observation.text, "see A & B ^ C");
}

/* ---- item 41: documents ------------------------------------------------------------------ */

#define TXA(number, parent) "TXA|1|CN|TX|20260301||||||||" number "|" parent "||||LA\r"
#define MDM(event, time, number, parent) \
    MSH_AT("MDM^" event, time) "EVN||" time "+0100\r" PID TXA(number, parent)
#define TEXT "OBX|1|TX|R^report^L||Text||||||F\r"

static void
documents_are_replaced_and_cancelled(void **state)
{
    (void)state;
    clear();
    assert_int_equal(take(MDM("T02", "20260301120000", "D1", "") TEXT), NORMALIZE_OK);
    assert_str(in_force(FACT_REPORT)->order, "D1");
    assert_int_equal(take(MDM("T10", "20260302120000", "D2", "D1") TEXT), NORMALIZE_OK);
    assert_str(in_force(FACT_REPORT)->order, "D2");
    assert_int_equal(take(MDM("T11", "20260303120000", "D2", "")), NORMALIZE_OK);
    assert_null(in_force(FACT_REPORT));
    clear(); /* the cancellation comes first */
    (void)take(MDM("T11", "20260303120000", "D2", ""));
    (void)take(MDM("T02", "20260301120000", "D2", "") TEXT);
    assert_null(in_force(FACT_REPORT));
    assert_int_equal(take(MDM("T01", "20260301120000", "D1", "")), NORMALIZE_IGNORED);
    assert_int_equal(out.reason, NORMALIZE_OTHER_TYPE);
}

static void
results_of_every_type(void **state)
{
    static const char *const types[] = {"ORU^R01", "ORU^R30", "ORU^R31", "ORU^R32",
                                        "ORU^R40", "ORU^W01", "OUL^R21", "OUL^R22",
                                        "OUL^R23", "OUL^R24", "ORU",     "ORU^R01^ORU_R01"};
    (void)state;
    for (size_t i = 0; i < RFD_COUNT(types); i++) {
        char message[2048];
        clear();
        (void)snprintf(message, sizeof message,
                       "MSH|^~\\&|LIS|HOSP|R|R|20260310+0100||%s|M|P|2.5\r%s", types[i],
                       PID OBR PSA("", "4", "F"));
        assert_int_equal(take(message), NORMALIZE_OK);
    }
}

/* In OUL^R22 a specimen stands before its OBR, in R24 between OBR and OBX. */
static void
specimens_where_they_stand(void **state)
{
#define SPM "SPM|1|S9||PLR^Pleural fluid^HL70487\r"
#define CA  "OBX|1|NM|10334-1^CA125^LN||900|U/mL|||||F\r"
    (void)state;
    clear();
    (void)take(MSH("OUL^R22") PID SPM OBR CA);
    assert_str(seen[0].u.observation.analyte, "ca125_fluid");
    clear();
    (void)take(MSH("OUL^R24") PID OBR SPM CA);
    assert_str(seen[0].u.observation.analyte, "ca125_fluid");
    clear();
    (void)take(MSH("ORU^R01") PID OBR CA SPM);
    assert_str(seen[0].u.observation.analyte, "ca125_fluid");
    assert_str(seen[0].specimen, "S9");
}

/* ---- items 38 to 40: patients ------------------------------------------------------------ */

static void
merges_of_every_kind(void **state)
{
    static const char *const events[] = {"A18", "A30", "A34", "A36", "A39",
                                         "A40", "A43", "A46", "A47"};
    (void)state;
    for (size_t i = 0; i < RFD_COUNT(events); i++) {
        char message[1024];
        clear();
        (void)snprintf(message, sizeof message,
                       "MSH|^~\\&|A|H|R|R|20260310||ADT^%s|M|P|2.5\rEVN||20260310+0100\r%s%s",
                       events[i], PID, "MRG|888^^^HOSP^MR\r");
        map_text("zone: {offset: \"+01:00\"}\n");
        assert_int_equal(take(message), NORMALIZE_OK);
        assert_int_equal(out.link_count, 1);
        assert_str(out.links[0]->patient.id, "777");
        assert_str(out.links[0]->u.link.other.id, "888");
        assert_true(out.links[0]->u.link.live);
    }
}

static void
several_numbers_merge_at_once(void **state)
{
    (void)state;
    clear();
    (void)take(MSH("ADT^A40") PID "MRG|1^^^HOSP^MR~9^^^HOSP^PI~2^^^HOSP^MR~777^^^HOSP^MR\r"
                                  "PID|2||5^^^HOSP^MR\rMRG|6^^^HOSP^MR\r");
    assert_int_equal(out.link_count, 3);
    assert_str(out.links[0]->u.link.other.id, "1");
    assert_str(out.links[1]->u.link.other.id, "2");
    assert_str(out.links[2]->patient.id, "5");
    assert_int_equal(take(MSH("ADT^A40") PID "MRG|777^^^HOSP^MR\r"), NORMALIZE_QUARANTINE);
    assert_int_equal(out.reason, NORMALIZE_BAD_MERGE);
}

static void
links_accounts_and_moves(void **state)
{
    (void)state;
    clear();
#define TWO "PID|2||888^^^HOSP^MR\r"
    assert_int_equal(take(MSH("ADT^A24") PID TWO), NORMALIZE_OK);
    assert_int_equal(out.link_count, 1);
    assert_true(out.links[0]->u.link.live);
    assert_int_equal(take(MSH("ADT^A37") PID TWO), NORMALIZE_OK);
    assert_int_equal(out.link_count, 2); /* whichever of the two had survived */
    assert_false(out.links[0]->u.link.live || out.links[1]->u.link.live);
    assert_int_equal(take(MSH("ADT^A37") PID), NORMALIZE_QUARANTINE);
    assert_int_equal(take(MSH("ADT^A41") PID "MRG|777^^^HOSP^MR||A2\r"), NORMALIZE_IGNORED);
    assert_int_equal(take(MSH("ADT^A41") PID "MRG|888^^^HOSP^MR||A2\r"), NORMALIZE_QUARANTINE);
    assert_int_equal(out.reason, NORMALIZE_BAD_MERGE);
    assert_int_equal(take(MSH("ADT^A45") PID "MRG|888^^^HOSP^MR\r"), NORMALIZE_QUARANTINE);
    assert_int_equal(out.reason, NORMALIZE_MOVED_PART);
}

static void
what_a_message_says_of_its_patient(void **state)
{
    (void)state;
    clear();
    (void)take(ORU("20260301090000", PSA("", "4", "F")));
    assert_str(out.identity.patient.id, "777");
    assert_int_equal(out.identity.stated.sex, SEX_FEMALE);
    assert_false(stamp_is_absent(out.identity.stated.birth));
    assert_false(out.identity.corrects);
    (void)take(MSH("ADT^A08") PID);
    assert_true(out.identity.corrects);
    (void)take(MSH("ADT^A01") PID);
    assert_false(out.identity.corrects);
}

static void
test_and_debug_messages(void **state)
{
    static const struct {
        const char *processing;
        bool test;
    } rows[] = {{"P", false}, {"T", true}, {"D", true}, {"D^A", true}, {"P^T", false}, {"", false}};
    (void)state;
    for (size_t i = 0; i < RFD_COUNT(rows); i++) {
        char message[1024];
        clear();
        (void)snprintf(message, sizeof message,
                       "MSH|^~\\&|A|H|R|R|20260310+0100||ORU^R01|M|%s|2.5\r%s", rows[i].processing,
                       PID OBR PSA("", "4", "F"));
        assert_int_equal(take(message), NORMALIZE_OK);
        assert_int_equal(out.test, rows[i].test);
        assert_int_equal(count_in_force(FACT_OBSERVATION), rows[i].test ? 0 : 1);
    }
}

/* ---- items 19, 23, 24: syntax ------------------------------------------------------------ */

static void
parts_of_messages_are_set_aside(void **state)
{
    static const char *const rows[] = {
        ORU("", PSA("", "4", "F") "DSC|abc\r"),
        ORU("", PSA("", "4", "F") "ADD|\r"),
        "MSH|^~\\&|A|H|R|R|20260310+0100||ORU^R01|M|P|2.5\rADD|rest\r" PID OBR,
    };
    (void)state;
    for (size_t i = 0; i < RFD_COUNT(rows); i++) {
        clear();
        assert_int_equal(take(rows[i]), NORMALIZE_QUARANTINE);
        assert_int_equal(out.reason, NORMALIZE_FRAGMENT);
    }
    clear();
    assert_int_equal(take(ORU("", PSA("", "4", "F") "DSC|\r")), NORMALIZE_OK);
}

static void
add_continues_a_field(void **state)
{
    (void)state;
    clear();
    assert_int_equal(take(ORU("", "OBX|1|ST|2857-1^PSA^LN||see the ot\rADD|her re\r"
                                  "ADD|port||||||F\r" PSA("2", "4", "F"))),
                     NORMALIZE_OK);
    assert_int_equal(out.count, 2);
    assert_str(seen[0].u.observation.text, "see the other report");
    assert_int_equal(seen[0].status, FACT_FINAL);
}

static void
delimiters_mended_by_setting(void **state)
{
    static const char *const rows[] = {"MSH|^~&|A|H|R|R|20260310+0100||ORU^R01|M|P|2.5\r",
                                       "MSH|^~\\\\&|A|H|R|R|20260310+0100||ORU^R01|M|P|2.5\r"};
    (void)state;
    for (size_t i = 0; i < RFD_COUNT(rows); i++) {
        char message[1024];
        struct hl7 m;
        clear();
        (void)snprintf(message, sizeof message, "%s%s", rows[i],
                       PID OBR ST("2857-1", "a\\T\\b", "F"));
        assert_int_equal(hl7_index(&m, &kept, str_from_c(message)), HL7_BAD_DELIMITERS);
        map_text("delimiters: lenient\n");
        assert_int_equal(take(message), NORMALIZE_OK);
        assert_str(seen[0].u.observation.text, "a&b");
    }
}

static void
charsets_by_message_and_by_setting(void **state)
{
    static const struct {
        const char *set; /* MSH-18 */
        const char *settings;
        const char *bytes;
        const char *want;
    } rows[] = {
        {"", "", "Gr\xfc\xdf", "Gr\xc3\xbc\xc3\x9f"},
        {"", "", "Gr\xc3\xbc", "Gr\xc3\xbc"},
        {"8859/1", "", "\x96\xe9", "\xe2\x80\x93\xc3\xa9"},
        {"8859/2", "", "\xb9", "\xc5\xa1"},
        {"8859/15", "", "\xa4", "\xe2\x82\xac"},
        {"8859/5", "", "\xb0", "\xd0\x90"},
        {"8859/7", "", "\xc1", "\xce\x91"},
        {"UNICODE UTF-8", "charset: 8859/2\n", "\xc5\xa1", "\xc5\xa1"},
        {"", "charset: 8859/2\n", "\xb9", "\xc5\xa1"},
        {"", "charset: 8859/2\n", "\xc5\xa1", "\xc5\xa1"}, /* UTF-8 is no accident */
        {"ISO IR87", "charset: 8859/15\n", "\xa4", "\xe2\x82\xac"},
        {"8859/1", "charset: 8859/2\n", "\xb9", "\xc2\xb9"},
        {"8859/1", "charset: {name: cp1250, always: true}\n", "\x9a", "\xc5\xa1"},
        {"KLINGON", "", "\xb9", "\xef\xbf\xbd"},
    };
    (void)state;
    for (size_t i = 0; i < RFD_COUNT(rows); i++) {
        char message[1024];
        clear();
        map_text(rows[i].settings);
        (void)snprintf(message, sizeof message,
                       "MSH|^~\\&|A|H|R|R|20260310+0100||ORU^R01|M|P|2.5||||||%s\r%s%s%s",
                       rows[i].set, PID OBR "OBX|1|ST|2857-1^PSA^LN||", rows[i].bytes, "||||||F\r");
        assert_int_equal(take(message), NORMALIZE_OK);
        assert_str(seen[0].u.observation.text, rows[i].want);
    }
}

/* ---- item 42: therapy -------------------------------------------------------------------- */

static void
to_be_given(void **state)
{
    (void)state;
    clear();
    assert_int_equal(take(MSH("RGV^O15") PID "ORC|RE|P1|||||||20260301\r"
                                             "RXG|1|||1721560^osimertinib^RXNORM|80||mg\r"),
                     NORMALIZE_OK);
    assert_int_equal(out.count, 1);
    assert_str(seen[0].u.therapy.drug, "osimertinib");
    assert_int_equal(seen[0].u.therapy.rung, THERAPY_ORDERED);
    assert_int_equal(seen[0].u.therapy.action, THERAPY_CHANGE);
}

static void
regimen_and_intent_by_map(void **state)
{
    (void)state;
    clear();
    map_text("therapy: {regimen: ZRX-2, intent: ZRX-3.2}\n");
    (void)take(MSH("RDE^O11") PID "ORC|NW|P1|||||||||||||20260305\r"
                                  "RXE||X^FOLFOX6^L|1\rZRX|1|FOLFOX6|1^adjuvant\r");
    assert_int_equal(out.count, 2);
    assert_str(seen[0].u.therapy.regimen, "FOLFOX6");
    assert_str(seen[1].u.therapy.intent, "adjuvant");
}

static void
a_blinded_drug_is_a_class_of_its_own(void **state)
{
    (void)state;
    clear();
    map_text("therapy: {blinded: [STUDY01]}\n");
    (void)take(MSH("RAS^O17") PID "RXA|0|1|20260310||STUDY01^osimertinib or placebo^L|1\r");
    assert_int_equal(out.count, 1);
    assert_true(str_is_absent(seen[0].u.therapy.drug));
    assert_true(therapy_has_class(&seen[0].u.therapy, STR("blinded_study_drug")));
    assert_false(therapy_has_class(&seen[0].u.therapy, STR("egfr_tki")));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_result_status),
        cmocka_unit_test(every_order_status),
        cmocka_unit_test(empty_status_by_map),
        cmocka_unit_test(a_word_alone_makes_a_preliminary_final),
        cmocka_unit_test(withdrawn_with_and_without_value),
        cmocka_unit_test(coded_results_are_withdrawn_too),
        cmocka_unit_test(a_correction_replaces_a_variant),
        cmocka_unit_test(a_correction_of_a_group_replaces_the_group),
        cmocka_unit_test(arrival_decides_nothing),
        cmocka_unit_test(a_snapshot_deletes_nothing),
        cmocka_unit_test(one_code_more_than_once),
        cmocka_unit_test(repetitions_are_kept_and_not_chosen_from),
        cmocka_unit_test(a_document_in_any_type),
        cmocka_unit_test(raw_delimiters_in_texts_are_kept),
        cmocka_unit_test(documents_are_replaced_and_cancelled),
        cmocka_unit_test(results_of_every_type),
        cmocka_unit_test(specimens_where_they_stand),
        cmocka_unit_test(merges_of_every_kind),
        cmocka_unit_test(several_numbers_merge_at_once),
        cmocka_unit_test(links_accounts_and_moves),
        cmocka_unit_test(what_a_message_says_of_its_patient),
        cmocka_unit_test(test_and_debug_messages),
        cmocka_unit_test(parts_of_messages_are_set_aside),
        cmocka_unit_test(add_continues_a_field),
        cmocka_unit_test(delimiters_mended_by_setting),
        cmocka_unit_test(charsets_by_message_and_by_setting),
        cmocka_unit_test(to_be_given),
        cmocka_unit_test(regimen_and_intent_by_map),
        cmocka_unit_test(a_blinded_drug_is_a_class_of_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
