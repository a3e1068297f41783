/* Zones of /usr/share/zoneinfo, against instants worked out by hand and against the C library. */
#include "base/date.h"
#include "sys/mem.h"
#include "sys/zone.h"

/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static struct arena arena;

static const struct zone *
load(const char *name)
{
    const struct zone *z = NULL;

    assert_true(zone_load(NULL, str_from_c(name), &arena, &z));
    return z;
}

static int64_t
wall(int y, int m, int d, int h, int min)
{
    day_t day;

    assert_true(day_from_ymd(y, m, d, &day));
    return (int64_t)day * 86400 + h * 3600 + min * 60;
}

static void
expect(const char *name, int64_t local, enum zone_local kind, int offset)
{
    int16_t got = -1;

    assert_int_equal(zone_at_local(load(name), local, &got), kind);
    assert_int_equal(got, offset);
}

static void
summer_and_winter(void **state)
{
    (void)state;
    expect("Europe/Oslo", wall(2026, 1, 15, 12, 0), ZONE_ONCE, 60);
    expect("Europe/Oslo", wall(2026, 7, 15, 12, 0), ZONE_ONCE, 120);
    expect("America/New_York", wall(2026, 1, 15, 12, 0), ZONE_ONCE, -300);
    expect("America/New_York", wall(2026, 7, 15, 12, 0), ZONE_ONCE, -240);
    expect("Australia/Sydney", wall(2026, 1, 15, 12, 0), ZONE_ONCE, 660);
    expect("Australia/Sydney", wall(2026, 7, 15, 12, 0), ZONE_ONCE, 600);
    expect("Asia/Kolkata", wall(2026, 7, 15, 12, 0), ZONE_ONCE, 330);
    expect("Asia/Kathmandu", wall(2026, 7, 15, 12, 0), ZONE_ONCE, 345);
    expect("UTC", wall(2026, 7, 15, 12, 0), ZONE_ONCE, 0);
}

/* 2026-03-29 02:00 and 2026-10-25 03:00 in Oslo; 2026-03-08 and 2026-11-01 at 02:00 in New York. */
static void
gap_and_overlap(void **state)
{
    (void)state;
    expect("Europe/Oslo", wall(2026, 3, 29, 1, 59), ZONE_ONCE, 60);
    expect("Europe/Oslo", wall(2026, 3, 29, 2, 0), ZONE_NEVER, 60);
    expect("Europe/Oslo", wall(2026, 3, 29, 2, 59), ZONE_NEVER, 60);
    expect("Europe/Oslo", wall(2026, 3, 29, 3, 0), ZONE_ONCE, 120);
    expect("Europe/Oslo", wall(2026, 10, 25, 1, 59), ZONE_ONCE, 120);
    expect("Europe/Oslo", wall(2026, 10, 25, 2, 0), ZONE_TWICE, 120);
    expect("Europe/Oslo", wall(2026, 10, 25, 2, 59), ZONE_TWICE, 120);
    expect("Europe/Oslo", wall(2026, 10, 25, 3, 0), ZONE_ONCE, 60);
    expect("America/New_York", wall(2026, 3, 8, 2, 30), ZONE_NEVER, -300);
    expect("America/New_York", wall(2026, 11, 1, 1, 30), ZONE_TWICE, -240);
    expect("Australia/Lord_Howe", wall(2026, 4, 5, 1, 45), ZONE_TWICE, 660); /* half an hour */
}

/* After the last transition of the file the rule at its end holds (tzdata's reach to 2037). */
static void
far_years_by_rule(void **state)
{
    (void)state;
    expect("Europe/Oslo", wall(2060, 1, 15, 12, 0), ZONE_ONCE, 60);
    expect("Europe/Oslo", wall(2060, 7, 15, 12, 0), ZONE_ONCE, 120);
    expect("Europe/Oslo", wall(2060, 3, 28, 2, 30), ZONE_NEVER, 60); /* the last Sunday */
    expect("Europe/Oslo", wall(2060, 10, 31, 2, 30), ZONE_TWICE, 120);
    expect("America/Santiago", wall(2060, 1, 15, 12, 0), ZONE_ONCE, -180);
    expect("Asia/Tokyo", wall(2060, 1, 15, 12, 0), ZONE_ONCE, 540);
}

/* The C library reads the same files by code of its own. */
static void
the_c_library_agrees(void **state)
{
    static const char *const names[] = {
        "Europe/Oslo",     "America/Sao_Paulo", "Africa/Casablanca", "Pacific/Apia",
        "Asia/Tehran",     "America/St_Johns",  "Antarctica/Troll",  "Europe/Dublin",
        "Pacific/Chatham", "America/Nuuk",      "Asia/Gaza",         "Africa/Monrovia"};

    (void)state;
    for (size_t i = 0; i < RFD_COUNT(names); i++) {
        const struct zone *z = load(names[i]);

        assert_int_equal(setenv("TZ", names[i], 1), 0);
        tzset();
        for (int64_t t = -2000000000; t < 4000000000; t += 1234567) {
            time_t when = (time_t)t;
            struct tm tm;

            assert_non_null(localtime_r(&when, &tm));
            assert_int_equal(zone_offset(z, t), tm.tm_gmtoff);
        }
    }
}

static void
what_is_no_zone_is_refused(void **state)
{
    static const char *const bad[] = {
        "",  "Mars/Phobos",           "../../etc/passwd", "/etc/localtime",
        ".", "Europe/../Europe/Oslo", "Europe",           "zone.tab"};
    const struct zone *z = NULL;

    (void)state;
    for (size_t i = 0; i < RFD_COUNT(bad); i++)
        assert_false(zone_load(NULL, str_from_c(bad[i]), &arena, &z));
    assert_null(z);
}

/* Any cut or changed byte gives a refusal or a table, never a crash. */
static void
damaged_files_are_refused_or_read(void **state)
{
    static char whole[8192], copy[8192];
    FILE *f = fopen("/usr/share/zoneinfo/Europe/Oslo", "rb");
    const struct zone *z;
    size_t n;

    (void)state;
    assert_non_null(f);
    n = fread(whole, 1, sizeof(whole), f);
    (void)fclose(f);
    assert_true(zone_read((struct str){whole, n}, &arena, &z));
    for (size_t i = 0; i < n; i++) {
        char *cut = malloc(i + 1);

        memcpy(cut, whole, i + 1);
        arena_reset(&arena);
        if (i + 1 < n)
            assert_false(zone_read((struct str){cut, i}, &arena, &z));
        free(cut);
        memcpy(copy, whole, n);
        copy[i] = (char)(copy[i] ^ 0x55);
        if (zone_read((struct str){copy, n}, &arena, &z))
            (void)zone_offset(z, 1800000000);
    }
}

static int
down(void **state)
{
    (void)state;
    mem_arena_free(&arena);
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(summer_and_winter),
        cmocka_unit_test(gap_and_overlap),
        cmocka_unit_test(far_years_by_rule),
        cmocka_unit_test(the_c_library_agrees),
        cmocka_unit_test(what_is_no_zone_is_refused),
        cmocka_unit_test(damaged_files_are_refused_or_read),
    };

    mem_arena_new(&arena, (size_t)64 << 20);
    return cmocka_run_group_tests(tests, NULL, down);
}
