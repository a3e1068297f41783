#include "base/diag.h"
#include "base_test.h"

static unsigned char memory[2 << 20];

static void
keeps_findings_in_order(void **state)
{
    struct arena a;
    struct diags d;

    (void)state;
    arena_init(&a, memory, sizeof memory);
    diags_init(&d, &a);
    assert_null(d.first);
    diag_error(&d, "rules/psa.yaml", 14, 7, "unknown key %s", "basline");
    diag_warn(&d, NULL, 0, 0, "OBX[%d]-5: unit missing", 3);
    assert_int_equal(d.errors, 1);
    assert_int_equal(d.warnings, 1);
    assert_int_equal(d.first->level, DIAG_ERROR);
    assert_string_equal(d.first->file, "rules/psa.yaml");
    assert_int_equal(d.first->line, 14);
    assert_int_equal(d.first->col, 7);
    assert_string_equal(d.first->text, "unknown key basline");
    assert_ptr_equal(d.first->next, d.last);
    assert_int_equal(d.last->level, DIAG_WARNING);
    assert_null(d.last->file);
    assert_string_equal(d.last->text, "OBX[3]-5: unit missing");
    assert_null(d.last->next);
}

static void
counts_what_it_drops(void **state)
{
    struct arena a;
    struct diags d;
    size_t n = 0;

    (void)state;
    arena_init(&a, memory, sizeof memory);
    diags_init(&d, &a);
    for (int i = 0; i < DIAG_MAX + 5; i++)
        diag_warn(&d, "f", i, 1, "%d", i);
    diag_error(&d, "f", 1, 1, "late");
    for (const struct diag *one = d.first; one != NULL; one = one->next)
        n++;
    assert_int_equal(n, DIAG_MAX);
    assert_int_equal(d.warnings, DIAG_MAX + 5);
    assert_int_equal(d.errors, 1); /* a dropped error is still an error */
    assert_int_equal(d.dropped, 6);
    assert_int_equal(d.last->line, DIAG_MAX - 1);
}

static void
cuts_long_texts(void **state)
{
    struct arena a;
    struct diags d;

    (void)state;
    arena_init(&a, memory, sizeof memory);
    diags_init(&d, &a);
    diag_error(&d, NULL, 0, 0, "%0500d", 1);
    assert_int_equal(strlen(d.first->text), DIAG_TEXT_MAX - 1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_findings_in_order),
        cmocka_unit_test(counts_what_it_drops),
        cmocka_unit_test(cuts_long_texts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
