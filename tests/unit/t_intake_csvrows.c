/* Rows of tables → facts, through the shipped terminologies and the demo's map. */
#include "intake/csvintake.h"
#include "model/finding.h"
#include "normalize_test.h"

enum { ROWS_MAX = 16, TEXT_MAX = 8192 };

static struct map map;
static struct csvintake in;
static struct csvtable table;
static struct csv_dec dec;
static bool headed;
static struct diags diags;
static struct result_message got[ROWS_MAX];
static size_t rows;

static void
map_use(void)
{
    static _Alignas(16) unsigned char memory[4 * 1024 * 1024];
    static struct arena arena;
    struct diags d;

    if (arena.mem != NULL)
        return;
    arena_init(&arena, memory, sizeof(memory));
    diags_init(&d, &arena);
    const struct tree *tree = normalize_read(&arena, &d, "config/maps/demo.yaml");
    assert_non_null(tree);
    assert_true(map_compile(&arena, tree, STR("hash"), normalize_terms(), &d, &map));
}

static bool
on_row(void *arg, const struct csv_row *seen)
{
    struct csv_row row = *seen;

    if (table.header.n == 0) {
        table.delimiter = dec.delimiter;
        headed = csvintake_header(&in, &row, arg, &diags, &table);
        if (table.header.n == 0)
            table.header = STR("x");
        return true;
    }
    assert_true(rows < ROWS_MAX);
    if (headed && csvintake_row(&in, &table, &row, arg, &diags, &got[rows]))
        rows++;
    return true;
}

static void
read_table(const char *text)
{
    static char buf[CSV_ROW_BYTES_MAX];
    static char kept[TEXT_MAX];
    struct arena *a = fresh();

    map_use();
    in.feed = "import";
    in.map = &map;
    in.terms = normalize_terms();
    rows = 0;
    table = (struct csvtable){.rows = {.file = "t.csv", .kind = CSVROWS_KIND_COUNT},
                              .stated = stamp_of_utc(1780000000)}; /* 2026-05-28 */
    diags_init(&diags, a);
    (void)snprintf(kept, sizeof(kept), "%s", text);
    csv_init(&dec, buf, sizeof(buf), '\0');
    assert_int_equal(csv_feed(&dec, kept, strlen(kept), on_row, a), strlen(kept));
    csv_end(&dec, on_row, a);
    memset(buf, '#', sizeof(buf)); /* facts live on when the next row comes */
    memset(kept, '#', sizeof(kept));
}

/* "line:col: text" of every finding, a line each. */
static const char *
faults(enum diag_level level)
{
    static char text[TEXT_MAX];
    size_t n = 0;

    text[0] = '\0';
    for (const struct diag *x = diags.first; x != NULL; x = x->next) {
        if (x->level == level)
            n += (size_t)snprintf(text + n, sizeof(text) - n, "%d:%d: %s\n", x->line, x->col,
                                  x->text);
    }
    return text;
}

static const struct fact *
only_fact(void)
{
    if (rows != 1 || got[0].fact_count != 1)
        print_message("%s", faults(DIAG_ERROR));
    assert_int_equal(rows, 1);
    assert_int_equal(got[0].fact_count, 1);
    return &got[0].fact[0];
}

static void
assert_stamp(struct stamp s, const char *want)
{
    char buf[STAMP_TEXT_MAX];

    assert_str(stamp_format(s, buf), want);
}

/* --- diagnoses */

static const struct fact *
one_diagnosis(const char *system, const char *code)
{
    static char text[400];

    (void)snprintf(
        text, sizeof(text),
        "code,diagnosed_on,patient_id,code_system,authority\n\"%s\",2024-03,P1,%s,HOSP\n", code,
        system);
    read_table(text);
    return only_fact();
}

static void
t_diagnosis_codes(void **state)
{
    static const struct {
        const char *system;
        const char *code;
        const char *oncotree;
    } codes[] = {
        {"ICD-10-CM", "C34.1", "LUNG"},      {"ICD10", "c61", "PROSTATE"},
        {"OncoTree", "luad", "LUAD"},        {"L", "HGSOC", "HGSOC"},
        {"ICD-O-3", "8140/3 C34.1", "LUAD"}, {"ICD-O-3", "C34.1 8140/3", "LUAD"},
        {"ICD-O-3", "81403;C341", "LUAD"},
    };

    (void)state;
    for (size_t i = 0; i < RFD_COUNT(codes); i++) {
        const struct fact *f = one_diagnosis(codes[i].system, codes[i].code);

        assert_int_equal(f->kind, FACT_DIAGNOSIS);
        assert_str(f->u.diagnosis.oncotree, codes[i].oncotree);
        assert_stamp(f->collected, "2024-03");
        assert_true(f->flags == (FACT_IMPORTED | FACT_TIME_PARTIAL));
        assert_str(f->patient.authority, "HOSP");
        assert_str(f->source.place, "line 2");
    }
}

static void
t_diagnosis_row(void **state)
{
    (void)state;
    read_table(
        "MRN;Authority;Morphology;Topography;Date of diagnosis (DD.MM.YYYY);DOB;Sex;Status\r\n"
        "7;HOSP;8140/3;C61.9;01.02.2024;1951-03-17;male;inactive\r\n");
    assert_int_equal(rows, 1);
    assert_int_equal(got[0].fact_count, 2);
    assert_str(got[0].fact[0].u.diagnosis.oncotree, "PRAD");
    assert_false(got[0].fact[0].u.diagnosis.active);
    assert_stamp(got[0].fact[0].collected, "2024-02-01");
    assert_int_equal(got[0].fact[1].kind, FACT_DEMOGRAPHICS);
    assert_true(stamp_is_absent(got[0].fact[1].status_time)); /* a register's word counts more */
    assert_str(got[0].identity.patient.id, "7");
    assert_int_equal(got[0].identity.stated.sex, SEX_MALE);
    assert_false(got[0].identity.corrects);
    assert_true(got[0].history);
    assert_str(got[0].type, "csv^diagnoses");
    assert_true(
        str_ends(got[0].raw, STR("\n7;HOSP;8140/3;C61.9;01.02.2024;1951-03-17;male;inactive\n")));
}

static void
t_other_diseases_are_ignored(void **state)
{
    (void)state;
    read_table("patient_id,authority,code_system,code,diagnosed_on\n1,H,ICD-10,I10,2024\n"
               "1,H,ICD-10,D12.6,2024\n1,H,ICD-10,Z85.3,2024\n1,H,ICD-10,C99.9,2024\n");
    assert_int_equal(rows, 4);
    assert_str(got[0].ignore_reason, "nothing_of_ours");
    assert_str(got[2].ignore_reason, "nothing_of_ours");
    assert_true(str_is_absent(got[3].ignore_reason));
    assert_str(got[3].quarantine_reason, "bad_row");
    assert_str(got[3].quarantine_place, "5:12: code: a code that no table and no map knows");
}

/* --- therapy */

static const struct therapy *
one_drug(const char *drug)
{
    static char text[400];

    (void)snprintf(text, sizeof(text),
                   "patient_id,authority,drug,start\nP1,HOSP,\"%s\",2025-01-10\n", drug);
    read_table(text);
    return &only_fact()->u.therapy;
}

static void
t_drug_names(void **state)
{
    static const char *const names[] = {"osimertinib", "Tagrisso", "OSIMERTINIB 80 mg", "1721560",
                                        "OSI80"};

    (void)state;
    for (size_t i = 0; i < RFD_COUNT(names); i++) {
        const struct therapy *t = one_drug(names[i]);

        assert_str(t->drug, "osimertinib");
        assert_true(therapy_has_class(t, STR("egfr_tki")));
        assert_int_equal(t->rung, THERAPY_STATED);
        assert_int_equal(t->action, THERAPY_START);
        assert_true(t->cover_days > 0);
    }
}

static void
t_course_with_its_end(void **state)
{
    (void)state;
    read_table("patient_id,authority,drug,start,stop,reason,intent,evidence\n"
               "P1,HOSP,Tagrisso,2024-01-10,2024-11-02,progression,Palliative,given\n");
    assert_int_equal(rows, 1);
    assert_int_equal(got[0].fact_count, 2);
    assert_int_equal(got[0].fact[0].u.therapy.action, THERAPY_START);
    assert_int_equal(got[0].fact[0].u.therapy.cover_days, 297);
    assert_int_equal(got[0].fact[0].u.therapy.rung, THERAPY_GIVEN);
    assert_str(got[0].fact[0].u.therapy.intent, "palliative");
    assert_int_equal(got[0].fact[1].u.therapy.action, THERAPY_STOP);
    assert_str(got[0].fact[1].u.therapy.reason, "progression");
    assert_stamp(got[0].fact[1].collected, "2024-11-02");
    assert_str(got[0].fact[1].order, "import:2024-01-10:osimertinib");
}

static void
t_regimens_and_combinations(void **state)
{
    (void)state;
    read_table("patient_id,authority,drug,start\nP1,HOSP,FOLFOX + Avastin,2024-01-10\n"
               "P1,HOSP,carboplatin / paclitaxel,2023\n");
    assert_int_equal(rows, 2);
    assert_int_equal(got[0].fact_count, 3);
    assert_str(got[0].fact[0].u.therapy.drug, "fluorouracil");
    assert_str(got[0].fact[0].u.therapy.regimen, "folfox");
    assert_str(got[0].fact[2].u.therapy.drug, "bevacizumab");
    assert_int_equal(got[1].fact_count, 2);
    assert_true((got[1].fact[0].flags & FACT_TIME_PARTIAL) != 0);
}

static void
t_given_and_ongoing(void **state)
{
    (void)state;
    read_table(
        "patient_id,authority,drug,given_on,start,stop,evidence\n"
        "P1,HOSP,Keytruda,2026-01-10T08:30,,,\nP1,HOSP,Keytruda,2026-02-21 00:00:00,,,billed\n"
        "P1,HOSP,enzalutamide,,2026-01-01,ongoing,\n"
        "P1,HOSP,enzalutamide,,2026-02-11,2026-02,\n");
    assert_int_equal(rows, 4);
    assert_int_equal(got[0].fact[0].u.therapy.action, THERAPY_DOSE);
    assert_int_equal(got[0].fact[0].u.therapy.rung, THERAPY_GIVEN);
    assert_stamp(got[0].fact[0].collected, "2026-01-10T08:30+01:00");
    assert_int_equal(got[1].fact[0].u.therapy.rung, THERAPY_BILLED);
    assert_stamp(got[1].fact[0].collected, "2026-02-21"); /* no time was said */
    assert_int_equal(got[2].fact_count, 1); /* until the file was written, and its own cover */
    assert_true(got[2].fact[0].u.therapy.cover_days > 147);
    assert_int_equal(got[3].fact_count, 1); /* the day of its end is not known */
}

/* --- responses */

static void
t_responses(void **state)
{
    (void)state;
    read_table("patient_id\tauthority\tresponse\tdate\tcriteria\tsite\n"
               "P1\tHOSP\tPD\t2025-05-10\tRECIST 1.1\tLiver\n"
               "P1\tHOSP\tpartial response\t2025-03-10\t\t\n"
               "P1\tHOSP\tIUPD\t2025-06-10\t\t\n");
    assert_int_equal(rows, 3);
    assert_int_equal(got[0].fact[0].u.response.code, RESPONSE_PD);
    assert_str(got[0].fact[0].u.response.criteria, "recist11");
    assert_str(got[0].fact[0].u.response.site, "liver");
    assert_int_equal(got[1].fact[0].u.response.code, RESPONSE_PR);
    assert_int_equal(got[2].fact[0].u.response.code, RESPONSE_IUPD);
    assert_str(got[2].fact[0].u.response.criteria, "irecist"); /* the map's word */
}

/* --- faults */

static void
t_every_fault_has_its_place(void **state)
{
    (void)state;
    read_table("patient_id,authority,drug,start,stop,evidence\n"
               ",HOSP,unobtainium,03/04/2025,2024-13-01,entered\n"
               "P1,HOSP,osimertinib,2025-02-01,2025-01-01,\n"
               "P1,HOSP,osimertinib\n"
               "P1,HOSP,osimertinib,2025-02-01,,\n");
    assert_int_equal(rows, 4);
    assert_string_equal(
        faults(DIAG_ERROR),
        "2:1: patient_id: a row without a patient\n"
        "2:7: drug: no drug, regimen or RxNorm number that a table or the map knows\n"
        "2:19: start: is that day or month? Say the form of dates in the header, as in start "
        "(DD.MM.YYYY), or with --date-format or date_format\n"
        "2:30: stop: no date such as 2025-12-31, 2025-12 or 2025\n"
        "2:41: evidence: stated, given, dispensed, billed or ordered: what a person enters himself "
        "is no matter of a file\n"
        "3:32: stop: before the start\n"
        "4:1: the row has 3 fields, the header 6\n");
    assert_str(got[0].quarantine_reason, "bad_row");
    assert_int_equal(got[0].fact_count, 0);
    assert_int_equal(got[3].fact_count, 1);
}

static void
t_headers(void **state)
{
    (void)state;
    read_table("patient_id,drug,strat,start (DD.MM),line,drug\n");
    assert_false(headed);
    assert_string_equal(faults(DIAG_ERROR),
                        "1:23: in brackets a form of date is expected, as in start (DD.MM.YYYY)\n"
                        "1:42: \"drug\" stands in two columns\n");
    assert_non_null(strstr(faults(DIAG_WARNING), "is \"start\" meant?"));
    read_table("1234567;HOSP;osimertinib;2025-01-01\n");
    assert_false(headed);
    assert_null(strstr(faults(DIAG_ERROR), "1234567")); /* data where a header should be */
    read_table("patient_id,code,diagnosed_on\n");
    assert_false(headed);
    assert_non_null(strstr(faults(DIAG_ERROR), "needs a column \"code_system\""));
}

static void
t_dates(void **state)
{
    static const struct {
        enum csvdate_form form;
        const char *text;
        const char *want; /* NULL: refused */
    } dates[] = {
        {CSVDATE_ISO, "2025-03-04", "2025-03-04"},
        {CSVDATE_ISO, "2025-03", "2025-03"},
        {CSVDATE_ISO, "2025", "2025"},
        {CSVDATE_ISO, "20250304", "2025-03-04"},
        {CSVDATE_ISO, "2025-03-04T10:15:30Z", "2025-03-04T10:15:30Z"},
        {CSVDATE_ISO, "2025-03-04 10:15+02:00", "2025-03-04T10:15+02:00"},
        {CSVDATE_ISO, "04.03.2025", NULL},
        {CSVDATE_ISO, "2025-02-30", NULL},
        {CSVDATE_ISO, "2025-3-4", NULL},
        {CSVDATE_ISO, "45678", NULL},
        {CSVDATE_DMY, "4.3.2025", "2025-03-04"},
        {CSVDATE_DMY, "03/2025", "2025-03"},
        {CSVDATE_DMY, "2025-03-04", "2025-03-04"},
        {CSVDATE_DMY, "31.04.2025", NULL},
        {CSVDATE_DMY, "04.03.25", NULL},
        {CSVDATE_DMY, "04.03-2025", NULL},
        {CSVDATE_MDY, "03/04/2025", "2025-03-04"},
        {CSVDATE_MDY, "13/04/2025", NULL},
        {CSVDATE_MDY, "3-2025", "2025-03"},
        {CSVDATE_MDY, "03/04/2025 10:00", NULL},
    };
    const struct hl7time_default zone = {.has_offset = true, .offset_min = 60};
    char buf[STAMP_TEXT_MAX];

    (void)state;
    for (size_t i = 0; i < RFD_COUNT(dates); i++) {
        struct stamp s = STAMP_NONE;
        bool ok = csvdate_parse(str_from_c(dates[i].text), dates[i].form, &zone, &s) == CSVDATE_OK;

        if (ok != (dates[i].want != NULL))
            print_message("%s\n", dates[i].text);
        assert_int_equal(ok, dates[i].want != NULL);
        if (ok)
            assert_str(stamp_format(s, buf), dates[i].want);
    }
}

/* --- what becomes of rows */

static void
t_evidence_says_imported(void **state)
{
    static _Alignas(16) unsigned char memory[65536];
    struct arena a;

    (void)state;
    arena_init(&a, memory, sizeof(memory));
    (void)one_drug("osimertinib");
    assert_str(evidence_text(&a, only_fact()),
               "osimertinib started (stated) on 2025-01-10 (imported)");
}

static void
t_stored_row_reads_again(void **state)
{
    static char raw[CSV_ROW_BYTES_MAX];
    struct result_message again;
    size_t n;

    (void)state;
    read_table("patient_id;authority;drug;start;stop\nP1;HOSP;\"FOL\nFOX\";2025;\n");
    assert_int_equal(rows, 1);
    assert_str(got[0].quarantine_reason, "bad_row");
    n = got[0].raw.n;
    memcpy(raw, got[0].raw.p, n);
    assert_true(csvintake_is_row((struct str){raw, n}));
    assert_false(csvintake_is_row(STR("MSH|^~\\&|A\nPID|1")));
    csvintake_reread(&in, (struct str){raw, n}, stamp_of_utc(0), fresh(), &again);
    assert_str(again.quarantine_reason, "bad_row");
    read_table("patient_id;authority;drug;start;stop\nP1;HOSP;FOLFOX;2025;\n");
    n = got[0].raw.n;
    memcpy(raw, got[0].raw.p, n);
    csvintake_reread(&in, (struct str){raw, n}, stamp_of_utc(0), fresh(), &again);
    assert_int_equal(again.fact_count, 2);
    assert_str(again.type, "csv^therapy");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(t_diagnosis_codes),
        cmocka_unit_test(t_diagnosis_row),
        cmocka_unit_test(t_other_diseases_are_ignored),
        cmocka_unit_test(t_drug_names),
        cmocka_unit_test(t_course_with_its_end),
        cmocka_unit_test(t_regimens_and_combinations),
        cmocka_unit_test(t_given_and_ongoing),
        cmocka_unit_test(t_responses),
        cmocka_unit_test(t_every_fault_has_its_place),
        cmocka_unit_test(t_headers),
        cmocka_unit_test(t_dates),
        cmocka_unit_test(t_evidence_says_imported),
        cmocka_unit_test(t_stored_row_reads_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
