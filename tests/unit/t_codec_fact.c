#include "codec/json.h"
#include "codec/message.h"
#include "codec_test.h"
#include "refract/v1/fact.pb-c.h"

static struct str
json_of(struct arena *a, const struct fact *f)
{
    struct sb b;

    sb_init_arena(&b, a, 1 << 16);
    codec_fact_json(&b, f);
    assert_true(sb_ok(&b));
    return sb_str(&b);
}

/* Content is hashed by the model, so a field that the tables forget shows here. */
static void
each_kind_comes_back(void **state)
{
    (void)state;
    for (unsigned k = 0; k < FACT_KIND_COUNT; k++) {
        struct arena *a = fresh();
        struct fact f = sample_fact((enum fact_kind)k);
        struct str bytes = codec_fact_pack(a, &f);
        struct fact g;
        const char *why;
        struct sha256 x, y;
        struct fact_key kx = fact_key(&f), ky;

        assert_true(codec_fact_unpack(a, bytes, &g, &why));
        assert_int_equal(g.kind, k);
        x = fact_content(&f);
        y = fact_content(&g);
        assert_int_equal(sha256_cmp(&x, &y), 0);
        ky = fact_key(&g);
        assert_int_equal(fact_key_cmp(&kx, &ky), 0);
        assert_same(json_of(a, &g), json_of(a, &f));
        assert_same(codec_fact_pack(a, &g), bytes);
    }
}

static void
what_no_hash_covers_comes_back(void **state)
{
    struct arena *a = fresh();
    struct fact f = sample_fact(FACT_DIAGNOSIS);
    struct fact g;
    const char *why;

    (void)state;
    assert_true(codec_fact_unpack(a, codec_fact_pack(a, &f), &g, &why));
    assert_int_equal(g.flags, f.flags);
    assert_stamp(g.collected, f.collected);
    assert_stamp(g.status_time, f.status_time);
    assert_stamp(g.received, f.received);
    assert_same(g.map_hash, f.map_hash);
    assert_int_equal(g.source.journal, f.source.journal);
    assert_same(g.source.feed, f.source.feed);
    assert_same(g.source.control_id, f.source.control_id);
    assert_same(g.source.place, f.source.place);
    assert_same(g.u.diagnosis.code.display, f.u.diagnosis.code.display);
}

static void
absent_stays_absent(void **state)
{
    struct arena *a = fresh();
    struct fact f = {.kind = FACT_OBSERVATION,
                     .status = FACT_PRELIMINARY,
                     .patient = {STR("H"), STR("1")},
                     .order = STR("")};
    struct fact g;
    const char *why;

    (void)state;
    assert_true(codec_fact_unpack(a, codec_fact_pack(a, &f), &g, &why));
    assert_int_equal(g.status, FACT_PRELIMINARY);
    assert_null(g.order.p);
    assert_null(g.u.observation.analyte.p);
    assert_null(g.u.observation.code.code.p);
    assert_false(g.u.observation.value.present);
    assert_true(stamp_is_absent(g.collected));
    assert_same(json_of(a, &g), STR("{\"status\":\"preliminary\",\"patient\":{\"authority\":\"H\","
                                    "\"id\":\"1\"},\"observation\":{}}"));
}

static void
statuses_are_mapped_not_cast(void **state)
{
    static const int want[FACT_STATUS_COUNT] = {
        [FACT_FINAL] = REFRACT__V1__FACT__STATUS__FINAL,
        [FACT_PRELIMINARY] = REFRACT__V1__FACT__STATUS__PRELIMINARY,
        [FACT_CORRECTED] = REFRACT__V1__FACT__STATUS__CORRECTED,
        [FACT_WITHDRAWN] = REFRACT__V1__FACT__STATUS__WITHDRAWN,
    };
    struct arena *a = fresh();

    (void)state;
    for (unsigned s = 0; s < FACT_STATUS_COUNT; s++) {
        struct fact f = sample_fact(FACT_REPORT);
        struct str bytes;
        Refract__V1__Fact *pb;
        struct fact g;
        const char *why;

        f.status = (enum fact_status)s;
        bytes = codec_fact_pack(a, &f);
        pb = refract__v1__fact__unpack(NULL, bytes.n, (const uint8_t *)bytes.p);
        assert_non_null(pb);
        assert_int_equal(pb->status, want[s]);
        refract__v1__fact__free_unpacked(pb, NULL);
        assert_true(codec_fact_unpack(a, bytes, &g, &why));
        assert_int_equal(g.status, s);
    }
}

static void
json_has_the_protos_names(void **state)
{
    struct arena *a = fresh();
    struct fact f = sample_fact(FACT_VARIANT);

    (void)state;
    assert_same(
        json_of(a, &f),
        STR("{\"status\":\"corrected\",\"flags\":264,"
            "\"patient\":{\"authority\":\"HOSP\",\"id\":\"p1\"},"
            "\"collected\":\"2026-03-02T10:15-05:30\","
            "\"status_time\":\"2026-03-02T10:15:30+14:00\",\"received\":\"2026-03-03\","
            "\"order\":\"F-1\",\"orderer\":\"7001\","
            "\"ordered_by\":[{\"authority\":\"HOSP\",\"id\":\"7001\"},{\"id\":\"D-1\"}],"
            "\"attended_by\":[{\"authority\":\"HOSP\",\"id\":\"7001\"}],"
            "\"specimen\":\"S-1\",\"group\":\"1.2\",\"map_hash\":\"abcd\","
            "\"source\":{\"journal\":7,\"feed\":\"lab\",\"control_id\":\"C-1\","
            "\"place\":\"OBX[3]\"},"
            "\"variant\":{\"gene\":\"EGFR\",\"name\":\"T790M\",\"hgvs_p\":\"p.(Thr790Met)\","
            "\"hgvs_c\":\"c.2369C>T\",\"partner\":\"ALK\",\"exon\":20,\"present\":true,"
            "\"category\":\"other\",\"origin\":\"germline\",\"source\":\"plasma\","
            "\"vaf\":{\"value\":\"3.1\",\"comparator\":\"gt\"},"
            "\"copies\":{\"value\":\"6\",\"comparator\":\"ge\"}}}"));
}

/* --- what is refused. Each starts from a fact that is fine. */

static const char *
reason_of(const Refract__V1__Fact *pb)
{
    struct arena *a = fresh();
    size_t n = refract__v1__fact__get_packed_size(pb);
    uint8_t *p = arena_alloc(a, n);
    struct fact f;
    const char *why = NULL;

    assert_int_equal(refract__v1__fact__pack(pb, p), n);
    return codec_fact_unpack(a, (struct str){(const char *)p, n}, &f, &why) ? "none" : why;
}

struct parts {
    Refract__V1__Fact fact;
    Refract__V1__PatientRef patient;
    Refract__V1__Observation observation;
    Refract__V1__Quantity quantity;
    Refract__V1__Time time;
    char authority[8], id[8], number[40], text[8];
};

static Refract__V1__Fact *
good(struct parts *p)
{
    memset(p, 0, sizeof(*p));
    refract__v1__fact__init(&p->fact);
    refract__v1__patient_ref__init(&p->patient);
    refract__v1__observation__init(&p->observation);
    refract__v1__quantity__init(&p->quantity);
    refract__v1__time__init(&p->time);
    memcpy(p->authority, "H", 2);
    memcpy(p->id, "1", 2);
    memcpy(p->number, "0.80", 5);
    memcpy(p->text, "x", 2);
    p->patient.authority = p->authority;
    p->patient.id = p->id;
    p->quantity.value = p->number;
    p->observation.value = &p->quantity;
    p->observation.text = p->text;
    p->time.utc_seconds = 1700000000;
    p->time.precision = REFRACT__V1__TIME__PRECISION__SECOND;
    p->fact.patient = &p->patient;
    p->fact.collected = &p->time;
    p->fact.kind_case = REFRACT__V1__FACT__KIND_OBSERVATION;
    p->fact.observation = &p->observation;
    return &p->fact;
}

static void
patient_and_kind_are_required(void **state)
{
    struct parts p;

    (void)state;
    assert_string_equal(reason_of(good(&p)), "none");
    good(&p)->patient = NULL;
    assert_string_equal(reason_of(&p.fact), "no_patient");
    good(&p);
    p.authority[0] = '\0';
    assert_string_equal(reason_of(&p.fact), "no_patient");
    good(&p);
    p.id[0] = '\0';
    assert_string_equal(reason_of(&p.fact), "no_patient");
    good(&p)->kind_case = REFRACT__V1__FACT__KIND__NOT_SET;
    assert_string_equal(reason_of(&p.fact), "no_kind");
}

static void
decimals_are_plain(void **state)
{
    static const char *const bad[] = {"", "1e3", "1,5", " 1", "nan", "1.", "1234567890123456"};
    struct parts p;

    (void)state;
    for (size_t i = 0; i < RFD_COUNT(bad); i++) {
        good(&p);
        memcpy(p.number, bad[i], strlen(bad[i]) + 1);
        assert_string_equal(reason_of(&p.fact), "bad_decimal");
    }
}

static void
enums_are_known(void **state)
{
    struct parts p;

    (void)state;
    good(&p)->status = (Refract__V1__Fact__Status)4;
    assert_string_equal(reason_of(&p.fact), "bad_enum");
    good(&p);
    p.quantity.comparator = (Refract__V1__Comparator)-1;
    assert_string_equal(reason_of(&p.fact), "bad_enum");
    good(&p);
    p.time.precision = (Refract__V1__Time__Precision)6;
    assert_string_equal(reason_of(&p.fact), "bad_enum");
}

static void
times_are_whole(void **state)
{
    struct parts p;

    (void)state;
    good(&p);
    p.time.precision = REFRACT__V1__TIME__PRECISION__ABSENT;
    assert_string_equal(reason_of(&p.fact), "bad_time");
    good(&p);
    p.time.offset_minutes = 1440;
    assert_string_equal(reason_of(&p.fact), "bad_time");
    p.time.offset_minutes = -1439;
    assert_string_equal(reason_of(&p.fact), "none");
    p.time.utc_seconds = INT64_MAX;
    assert_string_equal(reason_of(&p.fact), "bad_time");
    p.time.utc_seconds = INT64_MIN;
    assert_string_equal(reason_of(&p.fact), "bad_time");
    p.time.utc_seconds = 7258118400; /* 2200-01-01 */
    p.time.offset_minutes = 0;
    assert_string_equal(reason_of(&p.fact), "bad_time");
    p.time.utc_seconds--;
    assert_string_equal(reason_of(&p.fact), "none");
}

static void
text_is_utf8_without_nul(void **state)
{
    struct parts p;
    struct arena *a;
    struct fact f = sample_fact(FACT_REPORT), g;
    struct str bytes;
    char *copy;
    const char *why;

    (void)state;
    good(&p);
    memcpy(p.text, "\xc3(", 3);
    assert_string_equal(reason_of(&p.fact), "bad_text");
    memcpy(p.text, "\xed\xa0\x80", 4); /* a surrogate */
    assert_string_equal(reason_of(&p.fact), "bad_text");
    a = fresh(); /* a NUL would cut the text off in silence: "F-1" becomes "F\0001" */
    bytes = codec_fact_pack(a, &f);
    copy = arena_alloc(a, bytes.n);
    memcpy(copy, bytes.p, bytes.n);
    for (size_t i = 0; i + 3 <= bytes.n; i++) {
        if (memcmp(copy + i, "F-1", 3) == 0)
            copy[i + 1] = '\0';
    }
    assert_false(codec_fact_unpack(a, (struct str){copy, bytes.n}, &g, &why));
    assert_string_equal(why, "bad_text");
}

/* What a reader let through must not make the packed fact unreadable in the store. */
static void
packing_mends_text(void **state)
{
    struct arena *a = fresh();
    struct fact f = sample_fact(FACT_REPORT), g;
    const char *why;

    (void)state;
    f.order = (struct str){"a\0b\xff", 4};
    assert_true(codec_fact_unpack(a, codec_fact_pack(a, &f), &g, &why));
    assert_same(g.order, STR("a\xef\xbf\xbd"
                             "b\xef\xbf\xbd"));
}

static void
response_and_link_rules(void **state)
{
    struct parts p;
    Refract__V1__Response r;
    Refract__V1__Link l;
    char word[] = "XX";

    (void)state;
    refract__v1__response__init(&r);
    good(&p)->kind_case = REFRACT__V1__FACT__KIND_RESPONSE;
    p.fact.response = &r;
    assert_string_equal(reason_of(&p.fact), "bad_word");
    r.code = word;
    assert_string_equal(reason_of(&p.fact), "bad_word");
    memcpy(word, "PD", 3);
    assert_string_equal(reason_of(&p.fact), "none");
    refract__v1__link__init(&l);
    p.fact.kind_case = REFRACT__V1__FACT__KIND_LINK;
    p.fact.link = &l;
    assert_string_equal(reason_of(&p.fact), "no_patient");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_kind_comes_back),
        cmocka_unit_test(what_no_hash_covers_comes_back),
        cmocka_unit_test(absent_stays_absent),
        cmocka_unit_test(statuses_are_mapped_not_cast),
        cmocka_unit_test(json_has_the_protos_names),
        cmocka_unit_test(patient_and_kind_are_required),
        cmocka_unit_test(decimals_are_plain),
        cmocka_unit_test(enums_are_known),
        cmocka_unit_test(times_are_whole),
        cmocka_unit_test(text_is_utf8_without_nul),
        cmocka_unit_test(packing_mends_text),
        cmocka_unit_test(response_and_link_rules),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
