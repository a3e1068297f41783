#include "conf/settings.h"
#include "conf/yaml.h"
#include "sys/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct arena arena;

static struct diags
fresh(void)
{
    struct diags d;

    mem_arena_trim(&arena, 0);
    diags_init(&d, &arena);
    return d;
}

static bool
load(const char *text, struct diags *d, struct settings *out)
{
    struct tree *t;

    return yaml_read(str_from_c(text), "/etc/refractd/refractd.yaml", &arena, d, &t) &&
           settings_load(t, &arena, d, out);
}

static void
t_defaults(void **state)
{
    struct diags d = fresh();
    struct settings s;

    (void)state;
    assert_true(load("mode: normal\n", &d, &s));
    assert_int_equal(s.mode, RUN_NORMAL);
    assert_string_equal(s.runtime_dir, "/run/refractd");
    assert_string_equal(s.state_dir, "/var/lib/refractd");
    assert_string_equal(s.store, "/var/lib/refractd/refractd.db");
    assert_string_equal(s.folder[FOLDER_CRITERIA], "/etc/refractd/criteria");
    assert_false(s.folder_given[FOLDER_CRITERIA]);
    assert_string_equal(s.alert_router, "tcp://127.0.0.1:5571");
    assert_string_equal(s.alert_pub, "tcp://127.0.0.1:5572");
    assert_null(s.console_listen);
    assert_int_equal(s.disk_mark_bytes, 96 * 1024 * 1024);
    assert_int_equal(s.notify_age.n, 90);
    assert_false(s.notify_age.months);
    assert_int_equal(s.feeds, 0);
}

static void
t_a_whole_file(void **state)
{
    static const char text[] =
        "mode: demo\n"
        "runtime_dir: run\n"
        "state_dir: /srv/state\n"
        "store: /srv/other/x.db\n"
        "folders: {criteria: ../k/criteria}\n"
        "limits: {disk_mark_bytes: 1GiB, notify_age: 6mo}\n"
        "console: {listen: '127.0.0.1:8380'}\n"
        "feeds:\n"
        "  - {name: lab, kind: mllp, listen: '127.0.0.1:2575', map: lab.yaml,\n"
        "     history_until: 2026-11-01, ack: enhanced}\n"
        "  - {name: nat, kind: zmq-sub, connect: 'tcp://10.0.0.1:5580',\n"
        "     replay: 'tcp://10.0.0.1:5581', topic: results}\n"
        "  - {name: ing, kind: zmq-router, listen: 'ipc:///run/x'}\n"
        "  - {name: net, kind: mllp, listen: '0.0.0.0:2576', plaintext: true}\n";
    struct diags d = fresh();
    struct settings s;
    day_t day;

    (void)state;
    assert_true(load(text, &d, &s));
    assert_int_equal(s.mode, RUN_DEMO);
    assert_string_equal(s.runtime_dir, "/etc/refractd/run");
    assert_string_equal(s.store, "/srv/other/x.db");
    assert_string_equal(s.folder[FOLDER_CRITERIA], "/etc/refractd/../k/criteria");
    assert_true(s.folder_given[FOLDER_CRITERIA]);
    assert_int_equal(s.disk_mark_bytes, 1024 * 1024 * 1024);
    assert_true(s.notify_age.months);
    assert_string_equal(s.console_listen, "127.0.0.1:8380");
    assert_int_equal(s.feeds, 4);
    assert_string_equal(s.feed[0].map, "lab.yaml");
    assert_int_equal(s.feed[0].ack, FEED_ACK_ENHANCED);
    assert_true(day_from_ymd(2026, 11, 1, &day));
    assert_int_equal(s.feed[0].history_until, day);
    assert_int_equal(s.feed[0].max_connections, 64);
    assert_int_equal(s.feed[1].history_until, DAY_NONE);
    assert_string_equal(s.feed[1].topic, "results");
    assert_string_equal(s.feed[1].replay, "tcp://10.0.0.1:5581");
    assert_null(s.feed[1].listen);
    assert_int_equal(s.feed[2].kind, FEED_ZMQ_ROUTER);
    assert_string_equal(s.feed[2].topic, "");
}

struct wrong {
    const char *text;
    int line;
    int col;
    const char *says;
};

#define MLLP "feeds:\n  - {name: a, kind: mllp, listen: '127.0.0.1:1'"

static const struct wrong wrongs[] = {
    {"[]\n", 1, 1, "keys and values"},
    {"text\n", 1, 1, "keys and values"},
    {"mod: demo\n", 1, 1, "did you mean \"mode\""},
    {"mode: Demo\n", 1, 7, "did you mean \"demo\""},
    {"mode: [demo]\n", 1, 7, "expected"},
    {"log: {stderr: yes}\n", 1, 15, "true or false"},
    {"log: true\n", 1, 6, "expected"},
    {"log:\n  stder: true\n", 2, 3, "did you mean \"stderr\""},
    {"runtime_dir: ''\n", 1, 14, "path"},
    {"runtime_dir: "
     "/a123456789b123456789c123456789d123456789e123456789f123456789g123456789h1234567890\n",
     1, 14, "at most 80"},
    {"limits: {disk_mark_bytes: many}\n", 1, 27, "size"},
    {"limits: {disk_mark_bytes: -1}\n", 1, 27, "size"},
    {"limits: {disk_mark_bytes: 99999999999GiB}\n", 1, 27, "size"},
    {"limits: {notify_age: 90}\n", 1, 22, "span"},
    {"limits: {knowledge_raise_max: -1}\n", 1, 31, "from 0"},
    {"alert_feed: {router: '127.0.0.1:5571'}\n", 1, 22, "endpoint"},
    {"alert_feed: {router: 'tcp://10.0.0.5:5571'}\n", 1, 22, "CURVE"},
    {"alert_feed: {pub: 'tcp://127.0.0.1:5571'}\n", 1, 19, "addresses of their own"},
    {"alert_feed: {credit_max: 0}\n", 1, 26, "from 1"},
    {"console: {listen: localhost:80}\n", 1, 19, "numeric"},
    {"feeds: {}\n", 1, 8, "list"},
    {"feeds:\n  - lab\n", 2, 5, "map"},
    {"feeds:\n  - {kind: mllp, listen: '127.0.0.1:1'}\n", 2, 5, "\"name\" is missing"},
    {"feeds:\n  - {name: a, listen: '127.0.0.1:1'}\n", 2, 5, "\"kind\" is missing"},
    {"feeds:\n  - {name: a, kind: mlp}\n", 2, 21, "did you mean \"mllp\""},
    {"feeds:\n  - {name: a, kind: mllp}\n", 2, 5, "\"listen\" is missing"},
    {"feeds:\n  - {name: a, kind: zmq-sub}\n", 2, 5, "\"connect\" is missing"},
    {"feeds:\n  - {name: A B, kind: mllp, listen: '127.0.0.1:1'}\n", 2, 12, "a-z"},
    {"feeds:\n  - {name: a, kind: mllp, listen: '10.0.0.1:1'}\n", 2, 35, "plaintext: true"},
    {"feeds:\n  - {name: a, kind: mllp, listen: 'tcp://127.0.0.1:1'}\n", 2, 35, "numeric"},
    {"feeds:\n  - {name: a, kind: zmq-router, listen: '127.0.0.1:1'}\n", 2, 41, "endpoint"},
    {"feeds:\n  - {name: a, kind: zmq-router, listen: 'tcp://10.0.0.1:1'}\n", 2, 41, "CURVE"},
    {MLLP ", topic: x}\n", 2, 57, "no meaning"},
    {MLLP ", max_connections: 9999}\n", 2, 67, "from 1"},
    {MLLP ", history_until: 1.11.2026}\n", 2, 65, "YYYY-MM-DD"},
    {MLLP ", mapp: x}\n", 2, 50, "did you mean \"map\""},
    {MLLP "}\n  - {name: a, kind: mllp, listen: '127.0.0.1:2'}\n", 3, 12, "another feed has this"},
    {MLLP "}\n  - {name: b, kind: mllp, listen: '127.0.0.1:1'}\n", 3, 35, "another feed listens"},
};

static void
t_wrong_settings_and_their_places(void **state)
{
    (void)state;
    for (size_t i = 0; i < RFD_COUNT(wrongs); i++) {
        const struct wrong *w = &wrongs[i];
        struct diags d = fresh();
        struct settings s;

        if (load(w->text, &d, &s) || d.first == NULL)
            fail_msg("no error in: %s", w->text);
        if (d.first->line != w->line || d.first->col != w->col || !strstr(d.first->text, w->says))
            fail_msg("%zu: at %d:%d \"%s\", not %d:%d \"%s\" in: %s", i, d.first->line,
                     d.first->col, d.first->text, w->line, w->col, w->says, w->text);
        assert_int_equal(d.errors, 1);
    }
}

static void
t_all_errors_at_once(void **state)
{
    struct diags d = fresh();
    struct settings s;

    (void)state;
    assert_false(load("mode: x\nlog: {stderr: 1}\nlimits: {notify_age: x}\nnope: 1\n"
                      "feeds:\n  - {name: '', kind: x, foo: 1}\n",
                      &d, &s));
    assert_int_equal(d.errors, 7);
}

static void
t_printed_defaults_load(void **state)
{
    struct diags d = fresh();
    struct settings printed;
    struct settings plain;
    struct sb out;

    (void)state;
    sb_init_arena(&out, &arena, 65536);
    settings_print_default(&out);
    assert_true(sb_ok(&out));
    if (!load(sb_cz(&out), &d, &printed))
        fail_msg("%d:%d: %s\n%s", d.first->line, d.first->col, d.first->text, sb_cz(&out));
    assert_int_equal(printed.feeds, 2);
    assert_true(load("feeds:\n  - {name: hl7, kind: mllp, listen: '127.0.0.1:2575'}\n"
                     "  - {name: ingest, kind: zmq-router, listen: 'tcp://127.0.0.1:5570'}\n",
                     &d, &plain));
    assert_false(settings_need_restart(&printed, &plain));
    assert_int_equal(printed.disk_mark_bytes, plain.disk_mark_bytes);
    assert_string_equal(printed.folder[FOLDER_MAPS], plain.folder[FOLDER_MAPS]);
}

static void
t_what_needs_a_restart(void **state)
{
    struct diags d = fresh();
    struct settings a;
    struct settings b;

    (void)state;
    assert_true(load(MLLP "}\n", &d, &a));
    assert_true(
        load(MLLP ", map: x.yaml, history_until: 2026-01-01}\nlog: {debug: true}\n", &d, &b));
    assert_false(settings_need_restart(&a, &b));
    assert_true(load("feeds:\n  - {name: a, kind: mllp, listen: '127.0.0.1:2'}\n", &d, &b));
    assert_true(settings_need_restart(&a, &b));
    assert_true(load(MLLP "}\nstate_dir: /x\n", &d, &b));
    assert_true(settings_need_restart(&a, &b));
    assert_true(load("mode: normal\n", &d, &b));
    assert_true(settings_need_restart(&a, &b));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(t_defaults),
        cmocka_unit_test(t_a_whole_file),
        cmocka_unit_test(t_wrong_settings_and_their_places),
        cmocka_unit_test(t_all_errors_at_once),
        cmocka_unit_test(t_printed_defaults_load),
        cmocka_unit_test(t_what_needs_a_restart),
    };

    mem_arena_new(&arena, (size_t)1 << 30);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
