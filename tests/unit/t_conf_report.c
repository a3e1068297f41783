/* Narratives and documents: how lines become a text, what an addendum or a cancellation does to it,
 * base64 good and bad, checklist answers; what is in force is asked of the timeline. */
#include "base/base64.h"
#include "model/timeline.h"
#include "normalize/hl7v2.h"
#include "normalize_test.h"

static struct map map;
static struct normalized out;
static struct arena kept;
static struct fact seen[64]; /* of all messages since the last clear() */
static size_t seen_count;

static void
clear(void)
{
    static _Alignas(16) unsigned char memory[64 * 1024 * 1024];
    static _Alignas(16) unsigned char map_memory[1024 * 1024];
    struct arena a;
    struct diags d;

    arena_init(&kept, memory, sizeof memory);
    arena_init(&a, map_memory, sizeof map_memory);
    diags_init(&d, &a);
    seen_count = 0;
    assert_true(map_compile(&a,
                            normalize_text(&a, &d,
                                           "name: test\npatient: {id: [\"PID-3(5=MR)\"], "
                                           "untyped: true}\n"),
                            STR("hash"), normalize_terms(), &d, &map));
}

static enum normalize_outcome
take(const char *message)
{
    static struct hl7 m;
    enum normalize_outcome r;

    assert_int_equal(hl7_index_as(&m, &kept, str_from_c(message), &map.reading), HL7_OK);
    r = normalize_hl7(&m, &map, normalize_terms(), STAMP_NONE, &kept, &out);
    for (size_t i = 0; i < out.count; i++) {
        assert_true(seen_count < RFD_COUNT(seen));
        seen[seen_count++] = out.facts[i];
    }
    return r;
}

static size_t
reports_in_force(const struct fact *const **f)
{
    static struct timeline t;
    size_t n;

    t = timeline_build(&kept, seen, seen_count, stamp_of_day(21000, 0));
    *f = timeline_kind(&t, FACT_REPORT, &n);
    return n;
}

static size_t
count_in_force(void)
{
    const struct fact *const *f;

    return reports_in_force(&f);
}

#define MSH_AT(type, time) "MSH|^~\\&|RIS|HOSP|R|R|" time "+0100||" type "|M1|P|2.5.1\r"
#define PID                "PID|1||777^^^HOSP^MR||DOE^ANN||19610203|F\r"
#define OBR(number, time, section, status)                                                  \
    "OBR|1||" number "^RIS|CT^CT chest^L|||20260310080000|||||||||||||||" time "||" section \
    "|" status "\r"
#define TX(code, sub, text, status) \
    "OBX|1|TX|" code "^" code "^L|" sub "|" text "||||||" status "\r"
#define ORU_AT(time, status, obx) \
    MSH_AT("ORU^R01", time) PID OBR("R9", time "+0100", "RAD", status) obx
#define ORU(obx) ORU_AT("20260310120000", "F", obx)

static void
text_is(const char *want)
{
    assert_int_equal(out.document_count, 1);
    assert_str(out.documents[0].content, want);
    assert_str(out.documents[0].media, "text/plain");
    assert_int_equal(out.facts[out.documents[0].fact].kind, FACT_REPORT);
    assert_int_equal(out.facts[out.documents[0].fact].u.report.bytes, strlen(want));
    assert_int_equal(out.facts[out.documents[0].fact].u.report.sha.n, 64);
}

/* ---- the text ------------------------------------------------------------------------------ */

static void
lines_are_joined_in_order(void **state)
{
    (void)state;
    clear();
    assert_int_equal(take(ORU(TX("GDT", "", "First line", "F") TX("GDT", "", "", "F")
                                  TX("GDT", "", "A \\T\\ B & C^D\\.br\\next~last", "F"))),
                     NORMALIZE_OK);
    text_is("First line\n\nA & B & C^D\nnext\nlast");
    assert_str(out.documents[0].title, "CT chest");
    clear(); /* sub-ids order the lines where all of them have one */
    (void)take(
        ORU(TX("GDT", "2", "two", "F") TX("GDT", "10", "ten", "F") TX("GDT", "1", "one", "F")));
    text_is("one\ntwo\nten");
    clear();
    (void)take(ORU(TX("GDT", "2", "two", "F") TX("GDT", "b", "b", "F") TX("GDT", "1", "one", "F")));
    text_is("two\nb\none");
}

static void
several_sections_have_headings(void **state)
{
    (void)state;
    clear();
    (void)take(ORU(TX("FINDINGS", "", "Mass of 3 cm", "F") TX(
        "FINDINGS", "", "in the apex", "F") "OBX|3|FT|IMP^Impression^L||New lesions||||||F\r"
                                            "OBX|4|ST|IMP^Impression^L||Suspicious||||||F\r"));
    text_is("FINDINGS:\nMass of 3 cm\nin the apex\n\nImpression:\nNew lesions\nSuspicious");
    assert_str(out.documents[0].phrase, "new lesion*");
    assert_str(out.documents[0].quote, "New lesions");
}

static void
a_measurement_is_no_line(void **state)
{
    (void)state;
    clear();
    (void)take(ORU(TX("GDT", "", "Text", "F") "OBX|2|ST|DIAM^Diameter^L||31||||||F\r"
                                              "OBX|3|ST|VOL^Volume^L||a lot|mL|||||F\r"));
    text_is("Text");
    assert_int_equal(out.unmapped, 2);
}

static void
a_report_is_known_by_its_codes(void **state)
{
    static const struct {
        const char *obr4;
        const char *obx3;
        const char *category;
    } rows[] = {
        {"18748-4^study^LN", "X^x^L", "radiology"},
        {"X^x^L", "19005-8^impression^LN", "radiology"},
        {"X^x^L", "22637-3^diagnosis^LN", "pathology"},
        {"X^x^L", "51969-4^narrative^LN", "molecular"},
    };

    (void)state;
    for (size_t i = 0; i < RFD_COUNT(rows); i++) {
        char message[1000];

        clear();
        (void)snprintf(message, sizeof message,
                       "%s%sOBR|1||R9|%s|||20260310080000\rOBX|1|TX|%s||Text||||||F\r",
                       MSH_AT("ORU^R01", "20260310120000"), PID, rows[i].obr4, rows[i].obx3);
        assert_int_equal(take(message), NORMALIZE_OK);
        assert_str(out.facts[0].u.report.category, rows[i].category);
    }
    clear(); /* a comment of the laboratory is none */
    (void)take(MSH_AT("ORU^R01", "20260310120000") PID
               "OBR|1||R9|X^x^L|||20260310080000\rOBX|1|TX|X^x^L||Text||||||F\r");
    assert_int_equal(out.document_count, 0);
}

/* ---- later messages ------------------------------------------------------------------------ */

static void
a_final_text_replaces_the_preliminary_one(void **state)
{
    const struct fact *const *f;

    (void)state;
    clear();
    (void)take(ORU_AT("20260310130000", "F", TX("GDT", "", "final", "F")));
    (void)take(ORU_AT("20260310120000", "P", TX("GDT", "", "preliminary", "P"))); /* late */
    assert_int_equal(reports_in_force(&f), 1);
    assert_int_equal(f[0]->status, FACT_FINAL);
    (void)take(ORU_AT("20260310140000", "C", TX("GDT", "", "corrected", "C")));
    assert_int_equal(reports_in_force(&f), 1);
    assert_int_equal(f[0]->status, FACT_CORRECTED);
    (void)take(ORU_AT("20260310150000", "X", TX("GDT", "", "", "X")));
    assert_int_equal(count_in_force(), 0);
}

static void
an_order_cancelled_without_results(void **state)
{
    (void)state;
    clear();
    (void)take(ORU(TX("GDT", "", "Text", "F")));
    assert_int_equal(count_in_force(), 1);
    assert_int_equal(take(ORU_AT("20260310150000", "X", "")), NORMALIZE_OK);
    assert_int_equal(count_in_force(), 0);
}

/* OBX-11 A of all lines: the addendum alone; of some: the report anew. */
static void
an_addendum_stands_beside_its_report(void **state)
{
    const struct fact *const *f;

    (void)state;
    clear();
    (void)take(ORU(TX("GDT", "", "Text", "F")));
    (void)take(ORU_AT("20260310130000", "A", TX("GDT", "", "One more thing", "A")));
    assert_str(out.facts[0].u.report.parent, "R9");
    assert_int_equal(count_in_force(), 2);
    (void)take(ORU_AT("20260310131000", "A", TX("GDT", "", "One more thing", "A"))); /* again */
    assert_int_equal(count_in_force(), 2);
    (void)take(ORU_AT("20260310132000", "A", TX("GDT", "", "And another", "A")));
    assert_int_equal(count_in_force(), 3);
    (void)take(ORU_AT("20260310133000", "C", TX("GDT", "", "Text, corrected", "C")));
    assert_int_equal(count_in_force(), 3);
    (void)take(ORU_AT("20260310134000", "X", TX("GDT", "", "", "X")));
    assert_int_equal(count_in_force(), 0);
    clear();
    (void)take(ORU(TX("GDT", "", "Text", "F")));
    (void)take(
        ORU_AT("20260310130000", "F", TX("GDT", "", "Text", "F") TX("GDT", "", "and more", "A")));
    assert_int_equal(reports_in_force(&f), 1);
    assert_int_equal(f[0]->u.report.bytes, strlen("Text\nand more"));
}

#define MDM(event, time, type, number, parent) \
    MSH_AT("MDM^" event, time)                 \
    "EVN||" time "+0100\r" PID "TXA|1|" type "|TX|20260301||||||||" number "|" parent "||||LA\r"
#define TEXT(text) "OBX|1|TX|R^report^L||" text "||||||F\r"

static void
documents_by_their_numbers(void **state)
{
    const struct fact *const *f;

    (void)state;
    clear();
    (void)take(MDM("T02", "20260301120000", "DI", "D1", "") TEXT("Text"));
    assert_str(out.facts[0].u.report.category, "radiology");
    (void)take(MDM("T06", "20260302120000", "DI", "D2", "D1") TEXT("Addendum"));
    assert_str(out.facts[0].u.report.parent, "D1");
    assert_int_equal(count_in_force(), 2);
    (void)take(MDM("T08", "20260303120000", "DI", "D1", "") TEXT("Edited"));
    assert_int_equal(count_in_force(), 2);
    (void)take(MDM("T10", "20260304120000", "DI", "D3", "D1") TEXT("Replaced"));
    assert_int_equal(count_in_force(), 2);
    (void)take(MDM("T11", "20260305120000", "DI", "D2", ""));
    assert_int_equal(reports_in_force(&f), 1);
    assert_str(f[0]->order, "D3");
    assert_int_equal(f[0]->u.report.bytes, strlen("Replaced"));
}

static void
two_examinations_under_one_number(void **state)
{
    (void)state;
    clear();
    (void)take(
        MSH_AT("ORU^R01", "20260310120000") PID
        "OBR|1||R9|CT1^chest^L|||20260310080000|||||||||||||||||RAD|F\r" TX(
            "GDT", "", "Chest",
            "F") "OBR|2||R9|CT2^abdomen^L|||20260310080000|||||||||||||||||RAD|F\r" TX("GDT", "",
                                                                                       "Abdomen",
                                                                                       "F"));
    assert_int_equal(out.document_count, 2);
    assert_int_equal(count_in_force(), 2);
}

/* ---- documents ----------------------------------------------------------------------------- */

#define ED(n, content, how) \
    "OBX|" n "|ED|PDF^report^L||RIS^Application^PDF^" how "^" content "||||||F\r"

static void
pdf_is(const char *content, const char *media, const char *problem)
{
    assert_int_equal(out.document_count, 1);
    assert_str(out.documents[0].content, content);
    assert_str(out.facts[0].u.report.media, media);
    if (problem == NULL)
        assert_true(str_is_absent(out.facts[0].u.report.problem));
    else
        assert_str(out.facts[0].u.report.problem, problem);
}

static void
base64_is_decoded_or_kept(void **state)
{
    static const char pdf[] = "%PDF-1.4\n";

    (void)state;
    clear();
    (void)take(ORU(ED("1", "JVBERi0xLjQK", "Base64")));
    pdf_is(pdf, "application/pdf", NULL);
    clear(); /* line breaks as escapes, and "=" cut off */
    (void)take(ORU(ED("1", "JVBERi0xLj\\X0D0A\\QK\\.br\\", "BASE64")));
    pdf_is(pdf, "application/pdf", NULL);
    clear();
    (void)take(ORU(ED("1", "255044462d312e340a", "Hex")));
    pdf_is(pdf, "application/pdf", NULL);
    clear(); /* in repetitions, and in several OBX */
    (void)take(ORU(ED("1", "JVBERi0x", "Base64") ED("2", "LjQK", "Base64")));
    pdf_is(pdf, "application/pdf", NULL);
    clear(); /* broken: as it came */
    (void)take(ORU(ED("1", "JVBERi0xLjQK!!", "Base64")));
    pdf_is("JVBERi0xLjQK!!", "application/octet-stream", "invalid_base64");
    clear();
    (void)take(ORU(ED("1", "aGVsbG8=", "Base64")));
    pdf_is("hello", "application/octet-stream", "not_pdf");
    clear();
    (void)take(ORU("OBX|1|ED|X^report^L||RIS^TEXT^PLAIN^A^new lesions \\T\\ more||||||F\r"));
    pdf_is("new lesions & more", "text/plain", NULL);
    assert_str(out.documents[0].phrase, "new lesion*");
    clear();
    (void)take(ORU("OBX|1|RP|X^image^L||http://pacs/1^PACS^Image^JPEG||||||F\r"));
    pdf_is("http://pacs/1", "image/jpeg", "reference_only");
    clear();
    (void)take(ORU("OBX|1|ED|X^report^L||RIS^Application^PDF^Base64^||||||F\r"));
    pdf_is("", "application/pdf", "no_content");
}

static void
text_and_documents_are_reports_of_their_own(void **state)
{
    (void)state;
    clear();
    (void)take(ORU(TX("GDT", "", "Text", "F") ED("2", "JVBERi0xLjQK", "Base64")
                       ED("3", "JVBERi0xLjUK", "Base64")));
    assert_int_equal(out.document_count, 3);
    assert_int_equal(count_in_force(), 3);
    assert_str(out.documents[2].content, "%PDF-1.5\n");
}

static void
base64_there_and_back(void **state)
{
    char bytes[300];
    struct str back;

    (void)state;
    clear();
    for (size_t n = 0; n < sizeof bytes; n++) {
        struct str text;

        bytes[n] = (char)(unsigned char)(n * 7 + 250);
        text = base64_encode(&kept, (struct str){bytes, n});
        assert_int_equal(text.n, (n + 2) / 3 * 4);
        assert_true(base64_decode(&kept, text, &back));
        assert_int_equal(back.n, n);
        assert_memory_equal(back.p, bytes, n);
    }
    assert_false(base64_decode(&kept, STR("A"), &back));
    assert_false(base64_decode(&kept, STR("AAAAA==="), &back));
    assert_false(base64_decode(&kept, STR("AA==AA"), &back));
    assert_false(base64_decode(&kept, STR("AA\x01\x41"), &back));
    assert_true(base64_decode(&kept, STR(" Z m\r\n8 "), &back));
    assert_str(back, "fo");
}

/* ---- checklists of the College of American Pathologists -------------------------------------- */

#define PATH(obx)                       \
    MSH_AT("ORU^R01", "20260310120000") \
    PID "OBR|1||S1|60568-3^Synoptic^LN|||20260310080000|||||||||||||||||SP|F\r" obx

static void
checklist_answers_are_read_or_listed(void **state)
{
    (void)state;
    clear();
    assert_int_equal(
        take(PATH("OBX|1|CWE|16112-5^ER^LN||LA6576-8^Positive^LN||||||F\r"
                  "OBX|2|CWE|2118.1000043^Procedure^CAPECC||2120.1000043^Excision^CAPECC||||||F\r"
                  "OBX|3|NM|2129.100004300^Greatest dimension^CAPECC||23|mm|||||F\r")),
        NORMALIZE_OK);
    assert_int_equal(out.count, 2);
    assert_str(out.facts[0].u.biomarker.name, "er");
    assert_str(out.facts[0].u.biomarker.value, "positive");
    assert_int_equal(out.facts[1].kind, FACT_REPORT);
    assert_str(out.facts[1].u.report.category, "pathology");
    assert_str(out.documents[0].answers, "Procedure (2118.1000043): Excision (2120.1000043)\n"
                                         "Greatest dimension (2129.100004300): 23");
    assert_int_equal(out.unmapped, 2);
    clear(); /* with the text where there is one */
    (void)take(PATH("OBX|1|TX|22637-3^Diagnosis^LN||Carcinoma||||||F\r"
                    "OBX|2|CWE|M1^Margin^L||free^Free^L||||||F\r"));
    text_is("Carcinoma");
    assert_str(out.documents[0].answers, "Margin (M1): Free (free)");
    clear(); /* other unknown codes make no report */
    assert_int_equal(take(PATH("OBX|1|CWE|M1^Margin^L||free^Free^L||||||F\r")), NORMALIZE_IGNORED);
}

/* ---- size ---------------------------------------------------------------------------------- */

static void
a_large_document_is_whole(void **state)
{
    enum { BYTES = 1024 * 1024 };
    char *bytes = malloc(BYTES);
    struct str text;
    char *message = malloc(2 * BYTES);

    (void)state;
    assert_non_null(bytes);
    assert_non_null(message);
    clear();
    for (size_t i = 0; i < BYTES; i++)
        bytes[i] = (char)(unsigned char)(i * 31);
    memcpy(bytes, "%PDF-1.7\n", 9);
    text = base64_encode(&kept, (struct str){bytes, BYTES});
    (void)snprintf(message, 2 * (size_t)BYTES, "%s%.*s||||||F\r",
                   ORU("OBX|1|ED|PDF^report^L||RIS^Application^PDF^Base64^"), STR_FMT(text));
    assert_int_equal(take(message), NORMALIZE_OK);
    assert_int_equal(out.documents[0].content.n, BYTES);
    assert_memory_equal(out.documents[0].content.p, bytes, BYTES);
    free(bytes);
    free(message);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_are_joined_in_order),
        cmocka_unit_test(several_sections_have_headings),
        cmocka_unit_test(a_measurement_is_no_line),
        cmocka_unit_test(a_report_is_known_by_its_codes),
        cmocka_unit_test(a_final_text_replaces_the_preliminary_one),
        cmocka_unit_test(an_order_cancelled_without_results),
        cmocka_unit_test(an_addendum_stands_beside_its_report),
        cmocka_unit_test(documents_by_their_numbers),
        cmocka_unit_test(two_examinations_under_one_number),
        cmocka_unit_test(base64_is_decoded_or_kept),
        cmocka_unit_test(text_and_documents_are_reports_of_their_own),
        cmocka_unit_test(base64_there_and_back),
        cmocka_unit_test(checklist_answers_are_read_or_listed),
        cmocka_unit_test(a_large_document_is_whole),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
