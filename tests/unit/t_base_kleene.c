#include "base/kleene.h"
#include "base_test.h"

/* Kleene's strong tables, written out. */
static void
truth_tables(void **state)
{
    static const char conjunction[] = "FFFFUUFUT";
    static const char disjunction[] = "FUTUUTTTT";
    static const char letter[K_COUNT] = {[K_FALSE] = 'F', [K_UNKNOWN] = 'U', [K_TRUE] = 'T'};

    (void)state;
    for (int i = 0; i < K_COUNT * K_COUNT; i++) {
        enum kleene a = (enum kleene)(i / K_COUNT);
        enum kleene b = (enum kleene)(i % K_COUNT);

        assert_int_equal(letter[k_and(a, b)], conjunction[i]);
        assert_int_equal(letter[k_or(a, b)], disjunction[i]);
    }
    assert_int_equal(k_not(K_TRUE), K_FALSE);
    assert_int_equal(k_not(K_FALSE), K_TRUE);
    assert_int_equal(k_not(K_UNKNOWN), K_UNKNOWN);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(truth_tables),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
