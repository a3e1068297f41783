#include "alert/content.h"
#include "codec/feed.h"
#include "codec/json.h"
#include "codec_test.h"
#include "refract/v1/feed.pb-c.h"

static void
assert_texts(const struct str *got, size_t got_n, const struct str *want, size_t want_n)
{
    assert_int_equal(got_n, want_n);
    for (size_t i = 0; i < want_n; i++)
        assert_true(str_eq(got[i], want[i]));
}

static void
assert_threshold(const struct threshold *got, const struct threshold *want)
{
    assert_same(got->analyte, want->analyte);
    assert_same(got->unit, want->unit);
    assert_same(got->side, want->side);
    assert_same(got->limit, want->limit);
    assert_int_equal(got->rounded, want->rounded);
    assert_same(got->role, want->role);
    assert_same(got->basis, want->basis);
    assert_same(got->reference, want->reference);
    assert_int_equal(got->reference_day, want->reference_day);
    assert_int_equal(got->from, want->from);
    assert_int_equal(got->until, want->until);
    assert_int_equal(got->decides, want->decides);
    assert_same(got->text, want->text);
}

static void
assert_section(const struct alert_section *got, const struct alert_section *want)
{
    assert_same(got->rule_id, want->rule_id);
    assert_same(got->rule_version, want->rule_version);
    assert_same(got->title, want->title);
    assert_same(got->citation, want->citation);
    assert_same(got->url, want->url);
    assert_same(got->verified, want->verified);
    assert_int_equal(got->status, want->status);
    assert_int_equal(got->consequence, want->consequence);
    assert_int_equal(got->first_event, want->first_event);
    assert_same(got->why, want->why);
    assert_texts(got->missing, got->missing_count, want->missing, want->missing_count);
    assert_int_equal(got->threshold_count, want->threshold_count);
    for (size_t i = 0; i < want->threshold_count; i++)
        assert_threshold(&got->threshold[i], &want->threshold[i]);
    assert_int_equal(got->evidence_count, want->evidence_count);
    for (size_t i = 0; i < want->evidence_count; i++) {
        const struct alert_evidence *g = &got->evidence[i], *w = &want->evidence[i];

        assert_same(g->part, w->part);
        assert_same(g->text, w->text);
        assert_int_equal(g->day, w->day);
        assert_int_equal(g->journal, w->journal);
        assert_same(g->feed, w->feed);
        assert_same(g->control_id, w->control_id);
        assert_int_equal(fact_key_cmp(&g->key, &w->key), 0);
    }
}

static void
assert_option(const struct option *got, const struct option *want)
{
    assert_int_equal(got->kind, want->kind);
    assert_int_equal(got->standing, want->standing);
    assert_same(got->id, want->id);
    assert_same(got->title, want->title);
    assert_same(got->level, want->level);
    assert_same(got->basis, want->basis);
    assert_same(got->citation, want->citation);
    assert_same(got->jurisdiction, want->jurisdiction);
    assert_same(got->status, want->status);
    assert_int_equal(got->status_date, want->status_date);
    assert_same(got->contact, want->contact);
    assert_same(got->set_aside_by, want->set_aside_by);
    assert_int_equal(got->reason_count, want->reason_count);
    for (size_t i = 0; i < want->reason_count; i++) {
        assert_int_equal(got->reason[i].verdict, want->reason[i].verdict);
        assert_same(got->reason[i].text, want->reason[i].text);
        assert_int_equal(got->reason[i].journal, want->reason[i].journal);
    }
    assert_texts(got->unchecked, got->unchecked_count, want->unchecked, want->unchecked_count);
    assert_int_equal(got->rank, want->rank);
}

static void
assert_options(const struct option *got, size_t got_n, const struct option *want, size_t want_n)
{
    assert_int_equal(got_n, want_n);
    for (size_t i = 0; i < want_n; i++)
        assert_option(&got[i], &want[i]);
}

static void
assert_alert(const struct alert *got, const struct alert *want)
{
    assert_same(got->id, want->id);
    assert_int_equal(got->version, want->version);
    assert_same(got->patient.authority, want->patient.authority);
    assert_same(got->patient.id, want->patient.id);
    assert_same(got->case_key, want->case_key);
    assert_same(got->disease, want->disease);
    assert_same(got->episode, want->episode);
    assert_same(got->line_label, want->line_label);
    assert_int_equal(got->state, want->state);
    assert_int_equal(got->certainty, want->certainty);
    assert_int_equal(got->consequence, want->consequence);
    assert_int_equal(got->silent, want->silent);
    assert_int_equal(got->demo, want->demo);
    assert_same(got->headline, want->headline);
    assert_int_equal(got->section_count, want->section_count);
    for (size_t i = 0; i < want->section_count; i++)
        assert_section(&got->section[i], &want->section[i]);
    assert_options(got->option, got->option_count, want->option, want->option_count);
    assert_options(got->trial, got->trial_count, want->trial, want->trial_count);
    assert_options(got->aside, got->aside_count, want->aside, want->aside_count);
    assert_int_equal(got->options_more, want->options_more);
    assert_int_equal(got->trials_more, want->trials_more);
    assert_texts(got->missing, got->missing_count, want->missing, want->missing_count);
    assert_texts(got->consider, got->consider_count, want->consider, want->consider_count);
    assert_texts(got->unchecked, got->unchecked_count, want->unchecked, want->unchecked_count);
    assert_same(got->change, want->change);
    assert_same(got->reason, want->reason);
    assert_same(got->knowledge, want->knowledge);
    assert_stamp(got->raised, want->raised);
    assert_stamp(got->changed, want->changed);
    assert_int_equal(got->snoozed_until, want->snoozed_until);
}

static void
an_alert_comes_back(void **state)
{
    struct arena *a = fresh();
    struct alert al = sample_alert(a), got;
    struct sha256 x, y;
    const char *why;

    (void)state;
    assert_int_equal(al.section_count, 2); /* the sample says something */
    assert_int_equal(al.trial_count, 2);
    assert_true(codec_alert_unpack(a, codec_alert_pack(a, &al, STR("text")), &got, &why));
    assert_alert(&got, &al);
    x = alert_content(&al);
    y = alert_content(&got);
    assert_int_equal(sha256_cmp(&x, &y), 0);
    assert_false(alert_is_news(&al, &got));
}

/* What alert_build() leaves absent, and what is empty, is no change of content after the store. */
static void
a_bare_alert_comes_back(void **state)
{
    struct arena *a = fresh();
    struct alert al = sample_alert(a), got;
    struct sha256 x, y;
    const char *why;

    (void)state;
    al.option_count = al.trial_count = al.aside_count = 0;
    al.silent = al.demo = false;
    al.change = al.reason = STR_NONE;
    al.disease = STR("");
    al.snoozed_until = DAY_NONE;
    al.waiting_until = DAY_NONE;
    al.raised = al.changed = STAMP_NONE;
    assert_true(codec_alert_unpack(a, codec_alert_pack(a, &al, STR_NONE), &got, &why));
    assert_alert(&got, &al);
    x = alert_content(&al);
    y = alert_content(&got);
    assert_int_equal(sha256_cmp(&x, &y), 0);
    assert_false(alert_is_news(&al, &got));
}

static void
each_word_comes_back(void **state)
{
    struct arena *a = fresh();
    struct alert al = sample_alert(a), got;
    const char *why;

    (void)state;
    for (unsigned s = 0; s < ALERT_STATE_COUNT; s++) {
        al.state = (enum alert_state)s;
        al.consequence = (enum consequence)(s % CONSEQUENCE_COUNT);
        al.certainty = (enum alert_certainty)(s % ALERT_CERTAINTY_COUNT);
        assert_true(codec_alert_unpack(a, codec_alert_pack(a, &al, STR_NONE), &got, &why));
        assert_int_equal(got.state, al.state);
        assert_int_equal(got.consequence, al.consequence);
        assert_int_equal(got.certainty, al.certainty);
    }
    assert_false(codec_alert_unpack(a, STR("\x42\x03odd"), &got, &why));
    assert_string_equal(why, "bad_word");
}

/* out sends the packed alert on inside its event: a subscriber must see the alert in it. */
static void
an_event_holds_the_packed_alert(void **state)
{
    struct arena *a = fresh();
    struct alert al = sample_alert(a);
    struct str packed = codec_alert_pack(a, &al, STR("the whole text"));
    struct feed_event e = {.seq = 9,
                           .prev_seq = 7,
                           .kind = EVENT_RETRACTED,
                           .quiet = true,
                           .alert = packed},
                      got;
    struct str bytes = codec_event_pack(a, &e);
    Refract__V1__AlertEvent *pb =
        refract__v1__alert_event__unpack(NULL, bytes.n, (const uint8_t *)bytes.p);
    const char *why;

    (void)state;
    assert_non_null(pb);
    assert_int_equal(pb->seq, 9);
    assert_int_equal(pb->prev_seq, 7);
    assert_int_equal(pb->kind, REFRACT__V1__EVENT_KIND__RETRACTED);
    assert_true(pb->quiet);
    assert_non_null(pb->alert);
    assert_string_equal(pb->alert->id, "A-1");
    assert_string_equal(pb->alert->text, "the whole text");
    refract__v1__alert_event__free_unpacked(pb, NULL);
    assert_true(codec_event_unpack(a, bytes, &got, &why));
    assert_int_equal(got.seq, 9);
    assert_int_equal(got.prev_seq, 7);
    assert_int_equal(got.kind, EVENT_RETRACTED);
    assert_true(got.quiet);
    assert_same(got.alert, packed);
}

static void
json_is_one_line(void **state)
{
    struct arena *a = fresh();
    struct alert al = sample_alert(a);
    struct sb b;

    (void)state;
    al.section_count = 1;
    al.option_count = al.aside_count = 0;
    al.trial++;
    al.trial_count = 1;
    al.missing_count = al.consider_count = al.unchecked_count = 0;
    sb_init_arena(&b, a, 1 << 16);
    codec_alert_json(&b, &al);
    assert_true(sb_ok(&b));
    assert_null(memchr(sb_str(&b).p, '\n', sb_str(&b).n));
    assert_true(str_starts(sb_str(&b), STR("{\"id\":\"A-1\",\"version\":2,\"patient\":{")));
    assert_true(
        str_has(sb_str(&b), STR(",\"state\":\"snoozed\",\"certainty\":\"confirmed\","
                                "\"consequence\":\"options\",\"overdue\":false,\"silent\":true,")));
    assert_true(str_has(sb_str(&b), STR("\"first_event\":\"2024-10-04\"")));
    assert_true(str_has(sb_str(&b), STR("\"trials\":[{\"kind\":\"trial\",\"id\":\"NCT02\","
                                        "\"standing\":\"fits\",\"rank\":-1}],"
                                        "\"options_more\":4,\"trials_more\":5,")));
    assert_true(str_ends(sb_str(&b), STR("\"raised\":\"2026-03-02T10:15:30Z\","
                                         "\"changed\":\"2026-03-03T10:15:30+01:00\","
                                         "\"snoozed_until\":\"2026-05-27\",\"told\":false}")));
}

/* Asked of the packed bytes alone, and answered "yes" when they cannot be read. */
static void
what_is_for_one_role(void **state)
{
    struct arena *a = fresh();
    struct alert al = {.id = STR("k-1"), .version = 300, .told = true};
    struct str packed = codec_alert_pack(a, &al, STR("a text"));

    (void)state;
    assert_false(codec_alert_is_restricted(packed));
    assert_false(codec_alert_is_restricted(STR("")));
    al.only_for = STR("genetics");
    packed = codec_alert_pack(a, &al, STR("a text"));
    assert_true(codec_alert_is_restricted(packed));
    al.only_for = STR_NONE;
    packed = codec_alert_pack(a, &al, STR("a text"));
    packed.n -= 2;
    assert_true(codec_alert_is_restricted(packed));
    assert_true(codec_alert_is_restricted(STR("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff")));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_alert_comes_back),  cmocka_unit_test(a_bare_alert_comes_back),
        cmocka_unit_test(each_word_comes_back), cmocka_unit_test(an_event_holds_the_packed_alert),
        cmocka_unit_test(json_is_one_line),     cmocka_unit_test(what_is_for_one_role),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
