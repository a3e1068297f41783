/* What an HTTP answer means: only what speaks of the message itself puts it aside. */
#include "deliver/httpsays.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static struct httpsays
of(int status, bool explained)
{
    struct httpc_answer a = {.came = true, .sent = true, .status = status};

    return httpsays(&a, explained);
}

static void
t_what_is_confirmed(void **state)
{
    (void)state;
    for (int status = 200; status < 300; status++) {
        assert_int_equal(of(status, false).result, OUTROUTE_DONE);
        assert_null(of(status, false).why);
    }
}

static void
t_what_is_refused(void **state)
{
    static const int refused[] = {400, 402, 406, 409, 411, 412, 413, 414, 415, 422, 431, 451};
    static const int of_the_way[] = {401, 403, 404, 405, 407, 410, 429};
    static const int again[] = {100, 301, 302, 307, 408, 500, 501, 502, 503, 504, 599, 999, 0};

    (void)state;
    for (size_t i = 0; i < RFD_COUNT(refused); i++)
        assert_int_equal(of(refused[i], false).result, OUTROUTE_REFUSED);
    for (size_t i = 0; i < RFD_COUNT(of_the_way); i++)
        assert_int_equal(of(of_the_way[i], false).result, OUTROUTE_UNSENT);
    for (size_t i = 0; i < RFD_COUNT(again); i++)
        assert_int_equal(of(again[i], false).result, OUTROUTE_AWAY);
}

/* A server that is being restarted answers 404 too, but not as an application. */
static void
t_an_explained_address_is_a_refusal(void **state)
{
    (void)state;
    assert_int_equal(of(404, true).result, OUTROUTE_REFUSED);
    assert_int_equal(of(410, true).result, OUTROUTE_REFUSED);
    assert_int_equal(of(401, true).result, OUTROUTE_UNSENT);
    assert_int_equal(of(500, true).result, OUTROUTE_AWAY);
}

/* Nobody knows whether what went out and was not answered has arrived. */
static void
t_no_answer(void **state)
{
    struct httpc_answer a = {.came = false, .sent = false, .word = "cannot_connect"};

    (void)state;
    assert_int_equal(httpsays(&a, false).result, OUTROUTE_UNSENT);
    assert_string_equal(httpsays(&a, false).why, "cannot_connect");
    a.sent = true;
    assert_int_equal(httpsays(&a, false).result, OUTROUTE_AWAY);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(t_what_is_confirmed),
        cmocka_unit_test(t_what_is_refused),
        cmocka_unit_test(t_an_explained_address_is_a_refusal),
        cmocka_unit_test(t_no_answer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
