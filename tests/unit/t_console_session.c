/* console/session and console/users: logins, their limits, their ends, and who may what. */
#include "base_test.h"
#include "conf/yaml.h"
#include "console/session.h"

#include <stdio.h>
#include <stdlib.h>

enum { IDLE_S = 900, NOW = 100000 };

static struct arena *
fresh(void)
{
    static _Alignas(16) unsigned char memory[1024 * 1024];
    static struct arena arena;

    arena_init(&arena, memory, sizeof memory);
    return &arena;
}

/* One hash for all tests: each takes a tenth of a second. */
static const char *
hash(void)
{
    static char made[SESSION_HASH_MAX];

    if (made[0] == '\0')
        assert_true(session_hash(STR("right"), made));
    return made;
}

static bool
compile(const char *text, struct users *out)
{
    struct arena *a = fresh();
    struct diags d;
    struct tree *t = NULL;

    diags_init(&d, a);
    return yaml_read(str_from_c(text), "users.yaml", a, &d, &t) && users_compile(t, a, &d, out);
}

static struct user two[] = {{.name = {"irmela", 6}, .role = USER_CLINICIAN},
                            {.name = {"otto", 4}, .role = USER_OPERATOR}};
static const struct user_group of_site[] = {{{"onc-doctors", 11}, USER_CLINICIAN},
                                            {{"it", 2}, USER_OPERATOR}};
static const struct users users = {two, 2, of_site, 2};

static struct sessions *
open_sessions(void)
{
    two[0].hash = hash();
    return sessions_new(&users, IDLE_S);
}

static void
t_a_login_is_new_each_time(void **state)
{
    struct sessions *s = open_sessions();
    int64_t wait = 0;
    struct session *one = sessions_login(s, STR("irmela"), STR("right"), NOW, &wait);
    struct session *other = sessions_login(s, STR("irmela"), STR("right"), NOW, &wait);
    char id[SESSION_ID_MAX];

    (void)state;
    assert_non_null(one);
    assert_non_null(other);
    assert_string_not_equal(one->id, other->id);
    assert_string_not_equal(one->id, one->form);
    assert_true(session_form_ok(one, str_from_c(one->form)));
    assert_false(session_form_ok(one, str_from_c(other->form)));
    assert_false(session_form_ok(one, STR("")));
    memcpy(id, one->id, sizeof id);
    assert_ptr_equal(sessions_find(s, str_from_c(id), NOW), one);
    session_end(one);
    assert_null(sessions_find(s, str_from_c(id), NOW));
    assert_null(sessions_find(s, STR(""), NOW));
    sessions_free(&s);
}

static void
t_who_does_not_get_in(void **state)
{
    struct sessions *s = open_sessions();
    int64_t wait = 0;

    (void)state;
    assert_null(sessions_login(s, STR("irmela"), STR("wrong"), NOW, &wait));
    assert_null(sessions_login(s, STR("nobody"), STR("nobody"), NOW, &wait));
    assert_null(sessions_login(s, STR("otto"), STR("nobody"), NOW, &wait)); /* proxy only */
    assert_null(sessions_login(s, STR("otto"), STR(""), NOW, &wait));
    assert_int_equal(wait, 0);
    sessions_free(&s);
}

static void
t_guessing_waits_even_with_the_right_password(void **state)
{
    struct sessions *s = open_sessions();
    int64_t wait = 0;

    (void)state;
    for (int i = 0; i < 5; i++)
        assert_null(sessions_login(s, STR("irmela"), STR("wrong"), NOW, &wait));
    assert_null(sessions_login(s, STR("irmela"), STR("right"), NOW + 1, &wait));
    assert_int_equal(wait, 29);
    assert_non_null(sessions_login(s, STR("irmela"), STR("right"), NOW + 30, &wait));
    assert_non_null(sessions_login(s, STR("irmela"), STR("right"), NOW + 31, &wait));
    sessions_free(&s);
}

static void
t_ends(void **state)
{
    struct sessions *s = open_sessions();
    bool fresh_one = false;
    struct session *one = sessions_vouched(s, STR("otto"), STR_NONE, NOW, &fresh_one);
    char id[SESSION_ID_MAX];
    int64_t now = NOW;

    (void)state;
    assert_true(fresh_one);
    assert_ptr_equal(sessions_vouched(s, STR("otto"), STR_NONE, NOW, &fresh_one), one);
    assert_false(fresh_one);
    memcpy(id, one->id, sizeof id);
    assert_non_null(sessions_find(s, str_from_c(id), now + IDLE_S));
    now += IDLE_S;
    assert_null(sessions_find(s, str_from_c(id), now + IDLE_S + 1));
    one = sessions_vouched(s, STR("otto"), STR_NONE, now, &fresh_one);
    memcpy(id, one->id, sizeof id);
    for (int64_t i = 0; i <= SESSION_LIFE_S; i += IDLE_S)
        assert_non_null(sessions_find(s, str_from_c(id), now + i));
    assert_null(sessions_find(s, str_from_c(id), now + SESSION_LIFE_S + 1));
    assert_null(sessions_vouched(s, STR("nobody"), STR_NONE, NOW, &fresh_one));
    sessions_free(&s);
}

/* Nobody pushes others out by logging in again and again. */
static void
t_one_user_has_so_many_and_no_more(void **state)
{
    struct sessions *s = open_sessions();
    bool fresh_one = false;
    struct session *otto = sessions_vouched(s, STR("otto"), STR_NONE, NOW, &fresh_one);
    char first[SESSION_ID_MAX] = "";
    char second[SESSION_ID_MAX] = "";
    int64_t wait;

    (void)state;
    for (int i = 0; i < SESSION_USER_MAX + 1; i++) {
        const struct session *one = sessions_login(s, STR("irmela"), STR("right"), NOW, &wait);

        assert_non_null(one);
        if (i < 2)
            memcpy(i == 0 ? first : second, one->id, SESSION_ID_MAX);
    }
    assert_null(sessions_find(s, str_from_c(first), NOW));
    assert_non_null(sessions_find(s, str_from_c(second), NOW));
    assert_ptr_equal(sessions_vouched(s, STR("otto"), STR_NONE, NOW, &fresh_one), otto);
    sessions_free(&s);
}

static void
t_glass_is_for_one_patient_and_one_hour(void **state)
{
    struct session one = {.id = ""};

    (void)state;
    assert_false(session_has_glass(&one, 0, NOW));
    session_break_glass(&one, 7, NOW);
    assert_true(session_has_glass(&one, 7, NOW + SESSION_GLASS_S - 1));
    assert_false(session_has_glass(&one, 7, NOW + SESSION_GLASS_S));
    assert_false(session_has_glass(&one, 8, NOW));
    for (uint64_t i = 0; i < SESSION_GLASS_MAX; i++)
        session_break_glass(&one, 100 + i, NOW + 1);
    assert_false(session_has_glass(&one, 7, NOW + 1)); /* the oldest makes room */
    assert_true(session_has_glass(&one, 100, NOW + 1));
}

static void
t_users(void **state)
{
    static const char *const bad[] = {
        "users: [{name: a, role: clinician}, {name: a, role: auditor}]",
        "users: [{name: \"cds:x\", role: clinician}]",
        "users: [{name: \"\", role: clinician}]",
        "users: [{name: \"a b\", role: clinician}]",
        "users: [{name: a, role: god}]",
        "users: [{name: a, role: auditor, password: secret}]",
        "users: [{name: a, role: auditor, pasword: x}]",
        "users: {}",
        "{users: [], groups: [{group: \"a,b\", role: auditor}]}",
        "{users: [], groups: [{group: a, role: god}]}",
        "{users: [], groups: {a: auditor}}",
        "user: []",
    };
    struct users u;

    (void)state;
    for (size_t i = 0; i < RFD_COUNT(bad); i++)
        assert_false(compile(bad[i], &u));
    assert_true(compile("users: [{name: a.b@c, role: pharmacist}, {name: x, role: auditor}]", &u));
    assert_int_equal(u.count, 2);
    assert_null(users_find(&u, STR("A.b@c")));
    assert_true(user_may(users_find(&u, STR("a.b@c")), RIGHT_THERAPY));
    assert_false(user_may(users_find(&u, STR("a.b@c")), RIGHT_ACT));
    assert_false(user_may(users_find(&u, STR("x")), RIGHT_CASES));
    assert_true(user_may(users_find(&u, STR("x")), RIGHT_AUDIT));
}

/* A role by the site's groups; who stands in the list has the role of the list. */
static void
t_groups(void **state)
{
    static const char *const none[] = {"", "onc", "onc-doctors2", "IT", "xit", "o;n;c-doctors"};
    struct sessions *s = open_sessions();
    bool fresh_one = false;
    struct session *one =
        sessions_vouched(s, STR("new.one"), STR("staff, onc-doctors ,it"), NOW, &fresh_one);
    struct session *same;

    (void)state;
    assert_non_null(one);
    assert_int_equal(one->user->role, USER_CLINICIAN);
    assert_str(one->user->name, "new.one");
    same = sessions_vouched(s, STR("new.one"), STR("onc-doctors"), NOW, &fresh_one);
    assert_ptr_equal(one, same);
    assert_false(fresh_one);
    same = sessions_vouched(s, STR("new.one"), STR("staff;it"), NOW, &fresh_one); /* today */
    assert_true(fresh_one);
    assert_int_equal(same->user->role, USER_OPERATOR);
    one = sessions_vouched(s, STR("irmela"), STR("it"), NOW, &fresh_one);
    assert_int_equal(one->user->role, USER_CLINICIAN);
    for (size_t i = 0; i < RFD_COUNT(none); i++)
        assert_null(sessions_vouched(s, STR("other"), str_from_c(none[i]), NOW, &fresh_one));
    assert_null(sessions_vouched(s, STR("other"), STR_NONE, NOW, &fresh_one));
    assert_null(sessions_vouched(s, STR("a b"), STR("it"), NOW, &fresh_one));
    assert_null(sessions_vouched(s, STR(""), STR("it"), NOW, &fresh_one));
    sessions_free(&s);
}

/* What a password began and what the proxy began are two things. */
static void
t_a_proxys_session_is_no_login(void **state)
{
    struct sessions *s = open_sessions();
    bool fresh_one = false;
    int64_t wait = 0;
    const struct session *own = sessions_login(s, STR("irmela"), STR("right"), NOW, &wait);
    const struct session *one = sessions_vouched(s, STR("irmela"), STR_NONE, NOW, &fresh_one);

    (void)state;
    assert_true(fresh_one);
    assert_ptr_not_equal(own, one);
    assert_true(one->vouched);
    assert_false(own->vouched);
    sessions_free(&s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(t_a_login_is_new_each_time),
        cmocka_unit_test(t_who_does_not_get_in),
        cmocka_unit_test(t_guessing_waits_even_with_the_right_password),
        cmocka_unit_test(t_ends),
        cmocka_unit_test(t_one_user_has_so_many_and_no_more),
        cmocka_unit_test(t_glass_is_for_one_patient_and_one_hour),
        cmocka_unit_test(t_users),
        cmocka_unit_test(t_groups),
        cmocka_unit_test(t_a_proxys_session_is_no_login),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
