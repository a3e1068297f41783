/* What should stand against what stands: every way in which an alert begins, changes and ends. */
#include "alert_test.h"
#include "engine/diff.h"

enum { TODAY = 20600 };

static const struct str died = {"the patient has died", 20};

/* What is wanted and what stands, and the effects. */
struct scene {
    struct arena *arena;
    struct wanted wanted[4];
    size_t wanted_count;
    struct alert alert[4];
    size_t alert_count;
    struct engine_event event;
    struct str ended;
    struct effects fx;
};

static struct scene
scene(void)
{
    struct scene s = {.arena = fresh()};

    s.event = (struct engine_event){
        .journal = 42, .at = stamp_of_day(TODAY, 0), .store_tag = STR("k3f9")};
    return s;
}

/* The alert that the facts call for: its evidence has the keys key, key + 1 and key + 2. */
static struct wanted *
want(struct scene *s, const char *episode, enum finding_status status, uint8_t key)
{
    struct wanted *w = &s->wanted[s->wanted_count++];
    struct alert_section *sec = ARENA_NEW(s->arena, struct alert_section);

    *w = (struct wanted){.alert = alert_with(s->arena, status)};
    *sec = section_of_marker(s->arena, "prostate.psa.pcwg3", status, key);
    w->alert.section = sec;
    w->alert.id = STR_NONE;
    w->alert.version = 0;
    w->alert.raised = STAMP_NONE;
    w->alert.changed = STAMP_NONE;
    w->alert.episode = str_from_c(episode);
    return w;
}

static struct alert *
stands(struct scene *s, const char *id, const char *episode, enum finding_status status,
       uint8_t key)
{
    struct alert *al = &s->alert[s->alert_count++];
    struct wanted *w = want(s, episode, status, key);

    s->wanted_count--;
    *al = w->alert;
    al->id = str_from_c(id);
    al->version = 3;
    al->state = ALERT_DELIVERED;
    al->raised = stamp_of_day(TODAY - 50, 0);
    al->changed = al->raised;
    return al;
}

static const struct effect *
run(struct scene *s, size_t count)
{
    struct diff_in in = {.wanted = s->wanted,
                         .wanted_count = s->wanted_count,
                         .alert = s->alert,
                         .alert_count = s->alert_count,
                         .event = &s->event,
                         .ended = s->ended,
                         .today = TODAY};

    diff_alerts(&in, s->arena, &s->fx);
    if (s->fx.count != count)
        fail_msg("%zu effects, not %zu", s->fx.count, count);
    return s->fx.item;
}

static void
t_new(void **state)
{
    struct scene s = scene();
    const struct effect *e;

    (void)state;
    want(&s, "line:a", FINDING_MET, 10);
    want(&s, "line:b", FINDING_MET, 20);
    e = run(&s, 2);
    assert_int_equal(e[0].kind, EFFECT_RAISED);
    assert_false(e[0].quiet);
    assert_str(e[0].alert.id, "k3f9-42");
    assert_str(e[1].alert.id, "k3f9-42.2");
    assert_int_equal(e[0].alert.version, 1);
    assert_int_equal(e[0].alert.state, ALERT_NEW);
    assert_int_equal(stamp_cmp(e[0].alert.raised, s.event.at), 0);
}

static void
t_nothing_changed(void **state)
{
    struct scene s = scene();

    (void)state;
    want(&s, "line:a", FINDING_MET, 10);
    stands(&s, "k-1", "line:a", FINDING_MET, 10);
    run(&s, 0);
}

static void
t_quiet_update_keeps_what_a_person_did(void **state)
{
    struct scene s = scene();
    struct alert *old;
    const struct effect *e;

    (void)state;
    want(&s, "line:a", FINDING_MET, 10)->alert.line_label = STR("line 1: more exactly known");
    old = stands(&s, "k-1", "line:a", FINDING_MET, 10);
    old->state = ALERT_ACKNOWLEDGED;
    old->snoozed_until = 7;
    e = run(&s, 1);
    assert_int_equal(e->kind, EFFECT_UPDATED);
    assert_true(e->quiet);
    assert_str(e->alert.id, "k-1");
    assert_int_equal(e->alert.version, 4);
    assert_int_equal(e->alert.state, ALERT_ACKNOWLEDGED);
    assert_int_equal(e->alert.snoozed_until, 7);
    assert_int_equal(stamp_cmp(e->alert.raised, old->raised), 0);
    assert_int_equal(stamp_cmp(e->alert.changed, s.event.at), 0);
    assert_str(e->alert.change, "details were completed");
}

static void
t_news_is_told_again(void **state)
{
    static const enum alert_state from[] = {ALERT_NEW, ALERT_DELIVERED, ALERT_ACKNOWLEDGED,
                                            ALERT_SNOOZED, ALERT_OVERRIDDEN};

    (void)state;
    for (size_t i = 0; i < RFD_COUNT(from); i++) {
        struct scene s = scene();
        const struct effect *e;

        want(&s, "line:a", FINDING_MET, 10);
        stands(&s, "k-1", "line:a", FINDING_UNCONFIRMED, 10)->state = from[i];
        e = run(&s, 1);
        assert_int_equal(e->kind, EFFECT_UPDATED);
        assert_false(e->quiet);
        assert_int_equal(e->alert.state, ALERT_NEW);
    }
}

/* Not confirmed, only watched, or while the team may act: the digest and the page have it. */
static void
t_what_interrupts_nobody(void **state)
{
    struct scene s = scene();
    const struct effect *e;

    (void)state;
    want(&s, "line:a", FINDING_UNCONFIRMED, 10);
    want(&s, "line:b", FINDING_MET, 20)->alert.waiting_until = TODAY + 3;
    want(&s, "line:c", FINDING_MET, 30)->alert.acted = STR("referred to the tumour board");
    e = run(&s, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(e[i].kind, EFFECT_RAISED);
        assert_true(e[i].quiet);
        assert_true(e[i].digest);
    }
}

static void
t_the_wait_is_over(void **state)
{
    struct scene s = scene();
    const struct effect *e;

    (void)state;
    want(&s, "line:a", FINDING_MET, 10);
    stands(&s, "k-1", "line:a", FINDING_MET, 10)->waiting_until = TODAY;
    e = run(&s, 1);
    assert_false(e->quiet);
    assert_int_equal(e->alert.state, ALERT_NEW);
    assert_str(e->alert.change, "the team was not seen to act in time");

    s = scene();
    want(&s, "line:a", FINDING_MET, 10)->alert.acted = STR("referred to the tumour board");
    stands(&s, "k-1", "line:a", FINDING_MET, 10)->waiting_until = TODAY + 5;
    e = run(&s, 1);
    assert_true(e->quiet);
    assert_str(e->alert.change, "the team has acted");
}

static void
t_snoozed(void **state)
{
    struct scene s = scene();
    struct option o = {.id = STR("olaparib"), .level = STR("FDA label")};
    struct alert *old;
    const struct effect *e;

    (void)state;
    want(&s, "line:a", FINDING_MET, 10);
    old = stands(&s, "k-1", "line:a", FINDING_MET, 10);
    old->state = ALERT_SNOOZED;
    old->snoozed_until = TODAY + 1;
    run(&s, 0);
    s.wanted[0].alert.option = &o; /* news, but not worse */
    s.wanted[0].alert.option_count = 1;
    e = run(&s, 1);
    assert_true(e->quiet);
    assert_false(e->digest);
    assert_int_equal(e->alert.state, ALERT_SNOOZED);
    assert_int_equal(e->alert.snoozed_until, TODAY + 1);
    s.wanted[0].alert.consequence = CONSEQUENCE_OPTIONS; /* worse */
    e = run(&s, 1);
    assert_false(e->quiet);
    assert_int_equal(e->alert.state, ALERT_NEW);
    assert_int_equal(e->alert.snoozed_until, DAY_NONE);
}

static void
t_overridden_wakes_for_another_level(void **state)
{
    struct scene s = scene();
    struct option o = {.id = STR("olaparib"), .level = STR("FDA label")};
    struct option t = {.id = STR("NCT1"), .status = STR("open to accrual")};
    const struct effect *e;

    (void)state;
    want(&s, "line:a", FINDING_MET, 10);
    stands(&s, "k-1", "line:a", FINDING_MET, 10)->state = ALERT_OVERRIDDEN;
    s.wanted[0].alert.trial = &t; /* a trial that opens is no reason to wake */
    s.wanted[0].alert.trial_count = 1;
    e = run(&s, 1);
    assert_true(e->quiet);
    assert_int_equal(e->alert.state, ALERT_OVERRIDDEN);
    s.wanted[0].alert.option = &o;
    s.wanted[0].alert.option_count = 1;
    e = run(&s, 1);
    assert_false(e->quiet);
    assert_int_equal(e->alert.state, ALERT_NEW);
}

static void
t_a_pool_goes_on_hearing_of_it(void **state)
{
    static const struct alert_recipient was[] = {{.id = {"dr-a", 4}, .role = {"attending", 9}},
                                                 {.id = {"mtb", 3}, .role = {"escalation", 10}}};
    static const struct alert_recipient is = {.id = {"dr-b", 4}, .role = {"attending", 9}};
    struct scene s = scene();
    struct alert *old;
    const struct effect *e;

    (void)state;
    want(&s, "line:a", FINDING_MET, 10)->alert.recipient = &is;
    s.wanted[0].alert.recipient_count = 1;
    s.wanted[0].alert.line_label = STR("another");
    old = stands(&s, "k-1", "line:a", FINDING_MET, 10);
    old->recipient = was;
    old->recipient_count = 2;
    e = run(&s, 1);
    assert_int_equal(e->alert.recipient_count, 2);
    assert_str(e->alert.recipient[0].id, "dr-b");
    assert_str(e->alert.recipient[1].id, "mtb");
}

/* However the facts came, it ends with the same people: so others than before are a new version,
 * and who comes new hears of it while nobody has answered. */
static void
t_for_other_people(void **state)
{
    static const struct alert_recipient was[] = {{.id = {"desk", 4}, .role = {"fallback", 8}},
                                                 {.id = {"mtb", 3}, .role = {"escalation", 10}}};
    struct alert_recipient is = {.id = STR("dr-b"), .role = STR("attending")};
    struct scene s = scene();
    struct alert *old;
    const struct effect *e;

    (void)state;
    want(&s, "line:a", FINDING_MET, 10)->alert.recipient = &is;
    s.wanted[0].alert.recipient_count = 1;
    old = stands(&s, "k-1", "line:a", FINDING_MET, 10);
    old->state = ALERT_NEW;
    old->recipient = was;
    old->recipient_count = 2;
    e = run(&s, 1);
    assert_true(e->handover);
    assert_int_equal(e->before_count, 2);
    assert_int_equal(e->alert.version, old->version + 1);
    assert_str(e->alert.change, "it is for other people now");
    old->state = ALERT_ACKNOWLEDGED; /* it goes with the patient, and interrupts nobody */
    e = run(&s, 1);
    assert_false(e->handover);
    assert_true(e->quiet);
    assert_int_equal(e->alert.state, ALERT_ACKNOWLEDGED);
    old->state = ALERT_NEW;
    old->silent = true; /* from history */
    assert_false(run(&s, 1)->handover);
    old->silent = false;
    is =
        (struct alert_recipient){.id = STR("dr-c"), .role = STR("fallback"), .covers = STR("desk")};
    RFD_IGNORE(run(&s, 0)); /* somebody covers today: for the same, and so nothing new */
}

static void
t_retracted_whatever_became_of_it(void **state)
{
    (void)state;
    for (unsigned from = 0; from < ALERT_STATE_COUNT; from++) {
        struct scene s = scene();
        bool gone = from == ALERT_RETRACTED || from == ALERT_SUPERSEDED;
        const struct effect *e;

        stands(&s, "k-1", "line:a", FINDING_MET, 10)->state = (enum alert_state)from;
        e = run(&s, gone ? 0 : 1);
        if (gone)
            continue;
        assert_int_equal(e->kind, EFFECT_RETRACTED);
        assert_int_equal(e->alert.state, ALERT_RETRACTED);
        assert_int_equal(e->alert.version, 4);
        assert_str(e->alert.reason,
                   "the results in force no longer show that the criterion is met");
    }
}

/* The team has acted: the alert is resolved, and stays so while the finding of that line holds. */
static void
t_resolved_by_the_next_line(void **state)
{
    struct scene s = scene();
    struct alert *old;
    const struct effect *e;

    (void)state;
    want(&s, "line:a", FINDING_MET, 10)->past = true;
    old = stands(&s, "k-1", "line:a", FINDING_MET, 10);
    e = run(&s, 1);
    assert_int_equal(e->kind, EFFECT_CLOSED);
    assert_int_equal(e->alert.state, ALERT_RESOLVED);
    old->state = ALERT_RESOLVED;
    run(&s, 0);
    s.wanted_count = 0; /* a correction: it never was so */
    e = run(&s, 1);
    assert_int_equal(e->kind, EFFECT_RETRACTED);
}

static void
t_past_opens_nothing(void **state)
{
    struct scene s = scene();

    (void)state;
    want(&s, "line:a", FINDING_MET, 10)->past = true;
    run(&s, 0);
}

/* What holds again after it ended is a new alert. */
static void
t_holds_again(void **state)
{
    struct scene s = scene();
    const struct effect *e;

    (void)state;
    want(&s, "line:a", FINDING_MET, 10);
    stands(&s, "k-1", "line:a", FINDING_MET, 10)->state = ALERT_RETRACTED;
    e = run(&s, 1);
    assert_int_equal(e->kind, EFFECT_RAISED);
    assert_str(e->alert.id, "k3f9-42");
}

/* Two numbers are one person: two alerts of one episode become the older one. */
static void
t_superseded_after_a_merge(void **state)
{
    struct scene s = scene();
    const struct effect *e;

    (void)state;
    want(&s, "line:a", FINDING_MET, 10);
    stands(&s, "k-1", "line:a", FINDING_MET, 10);
    stands(&s, "k-2", "line:a", FINDING_MET, 10);
    e = run(&s, 1);
    assert_str(e->alert.id, "k-2");
    assert_int_equal(e->kind, EFFECT_CLOSED);
    assert_int_equal(e->alert.state, ALERT_SUPERSEDED);
}

/* A late administration moves the line's start, and the key with it. */
static void
t_taken_over_by_shared_evidence(void **state)
{
    struct scene s = scene();
    const struct effect *e;

    (void)state;
    want(&s, "line:b", FINDING_MET, 10);
    stands(&s, "k-1", "line:a", FINDING_MET, 10)->state = ALERT_ACKNOWLEDGED;
    stands(&s, "k-2", "line:x", FINDING_MET, 12); /* no event in common */
    e = run(&s, 2);
    assert_str(e[0].alert.id, "k-1");
    assert_int_equal(e[0].kind, EFFECT_UPDATED);
    assert_int_equal(e[0].alert.state, ALERT_ACKNOWLEDGED);
    assert_str(e[0].alert.episode, "line:b");
    assert_str(e[1].alert.id, "k-2");
    assert_int_equal(e[1].kind, EFFECT_RETRACTED);
}

/* Who has the key keeps it; shared evidence decides only for the others, lowest id first. */
static void
t_key_goes_before_evidence(void **state)
{
    struct scene s = scene();
    const struct effect *e;

    (void)state;
    want(&s, "line:a", FINDING_MET, 10);
    want(&s, "line:b", FINDING_MET, 30);
    stands(&s, "k-1", "line:c", FINDING_MET, 10);
    stands(&s, "k-2", "line:a", FINDING_MET, 30);
    e = run(&s, 3);
    assert_str(e[0].alert.id, "k-1"); /* nobody took it: its finding is told by k-2 now */
    assert_int_equal(e[0].alert.state, ALERT_SUPERSEDED);
    assert_str(e[1].alert.id, "k-2");
    assert_int_equal(e[1].kind, EFFECT_UPDATED);
    assert_str(e[1].alert.episode, "line:a");
    assert_int_equal(e[2].kind, EFFECT_RAISED);
    assert_str(e[2].alert.episode, "line:b");
}

static void
t_overridden_holds_its_key(void **state)
{
    struct scene s = scene();

    (void)state;
    want(&s, "line:a", FINDING_MET, 10);
    stands(&s, "k-1", "line:a", FINDING_MET, 10)->state = ALERT_OVERRIDDEN;
    run(&s, 0);
}

static void
t_history_opens_in_silence(void **state)
{
    struct scene s = scene();
    const struct effect *e;

    (void)state;
    s.event.history = true;
    want(&s, "line:a", FINDING_MET, 10);
    e = run(&s, 1);
    assert_int_equal(e->kind, EFFECT_BASELINE);
    assert_true(e->alert.silent);
}

/* The newest evidence counts, not the first event. */
static void
t_old_episode_opens_in_silence(void **state)
{
    struct scene s = scene();
    struct wanted *w = want(&s, "line:a", FINDING_MET, 10); /* newest of 2026-05-30 */

    (void)state;
    w->notify_age = TODAY - day_of("2026-05-30");
    assert_int_equal(run(&s, 1)->kind, EFFECT_RAISED);
    w->notify_age--;
    assert_int_equal(run(&s, 1)->kind, EFFECT_BASELINE);
    w->notify_age = 0;
    assert_int_equal(run(&s, 1)->kind, EFFECT_RAISED);
}

static void
t_silent_stays_silent_without_news(void **state)
{
    struct scene s = scene();
    const struct effect *e;

    (void)state;
    want(&s, "line:a", FINDING_MET, 10)->alert.line_label = STR("another label");
    stands(&s, "k-1", "line:a", FINDING_MET, 10)->silent = true;
    e = run(&s, 1);
    assert_int_equal(e->kind, EFFECT_BASELINE);
    assert_true(e->alert.silent);
    s = scene();
    s.event.history = true; /* news, but of a load */
    want(&s, "line:a", FINDING_MET, 10);
    stands(&s, "k-1", "line:a", FINDING_UNCONFIRMED, 10)->silent = true;
    assert_int_equal(run(&s, 1)->kind, EFFECT_BASELINE);
}

/* A live result adds to an old story: now it is told, under its id, as a new one. */
static void
t_silence_ends_with_news(void **state)
{
    struct scene s = scene();
    struct alert *old;
    const struct effect *e;

    (void)state;
    want(&s, "line:a", FINDING_MET, 10);
    old = stands(&s, "k-1", "line:a", FINDING_UNCONFIRMED, 10);
    old->silent = true;
    old->state = ALERT_ACKNOWLEDGED; /* somebody looked at the list of the baseline */
    e = run(&s, 1);
    assert_int_equal(e->kind, EFFECT_RAISED);
    assert_false(e->alert.silent);
    assert_str(e->alert.id, "k-1");
    assert_int_equal(e->alert.state, ALERT_NEW);
}

static void
t_silent_ends_in_silence(void **state)
{
    struct scene s = scene();
    const struct effect *e;

    (void)state;
    stands(&s, "k-1", "line:a", FINDING_MET, 10)->silent = true;
    e = run(&s, 1);
    assert_int_equal(e->kind, EFFECT_BASELINE);
    assert_int_equal(e->alert.state, ALERT_RETRACTED);
}

/* Death and an opt-out end what is live, and raise nothing. */
static void
t_ended(void **state)
{
    struct scene s = scene();
    const struct effect *e;

    (void)state;
    s.ended = died;
    want(&s, "line:a", FINDING_MET, 10);
    want(&s, "line:z", FINDING_MET, 40);
    stands(&s, "k-1", "line:a", FINDING_MET, 10);
    stands(&s, "k-2", "line:b", FINDING_MET, 20)->state = ALERT_RESOLVED;
    stands(&s, "k-3", "line:c", FINDING_MET, 30)->state = ALERT_OVERRIDDEN;
    e = run(&s, 2);
    assert_str(e[0].alert.id, "k-1");
    assert_int_equal(e[0].kind, EFFECT_CLOSED);
    assert_int_equal(e[0].alert.state, ALERT_EXPIRED);
    assert_str(e[0].alert.reason, "the patient has died");
    assert_str(e[1].alert.id, "k-3");
}

static void
t_effects_by_id(void **state)
{
    struct scene s = scene();
    const struct effect *e;

    (void)state;
    want(&s, "line:n", FINDING_MET, 50);
    stands(&s, "z-9", "line:a", FINDING_MET, 10);
    stands(&s, "a-1", "line:b", FINDING_MET, 20);
    e = run(&s, 3);
    for (size_t i = 1; i < 3; i++)
        assert_true(str_cmp(e[i - 1].alert.id, e[i].alert.id) < 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(t_new),
        cmocka_unit_test(t_nothing_changed),
        cmocka_unit_test(t_quiet_update_keeps_what_a_person_did),
        cmocka_unit_test(t_what_interrupts_nobody),
        cmocka_unit_test(t_the_wait_is_over),
        cmocka_unit_test(t_snoozed),
        cmocka_unit_test(t_overridden_wakes_for_another_level),
        cmocka_unit_test(t_a_pool_goes_on_hearing_of_it),
        cmocka_unit_test(t_for_other_people),
        cmocka_unit_test(t_news_is_told_again),
        cmocka_unit_test(t_retracted_whatever_became_of_it),
        cmocka_unit_test(t_resolved_by_the_next_line),
        cmocka_unit_test(t_past_opens_nothing),
        cmocka_unit_test(t_holds_again),
        cmocka_unit_test(t_superseded_after_a_merge),
        cmocka_unit_test(t_taken_over_by_shared_evidence),
        cmocka_unit_test(t_key_goes_before_evidence),
        cmocka_unit_test(t_overridden_holds_its_key),
        cmocka_unit_test(t_history_opens_in_silence),
        cmocka_unit_test(t_old_episode_opens_in_silence),
        cmocka_unit_test(t_silent_stays_silent_without_news),
        cmocka_unit_test(t_silence_ends_with_news),
        cmocka_unit_test(t_silent_ends_in_silence),
        cmocka_unit_test(t_ended),
        cmocka_unit_test(t_effects_by_id),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
