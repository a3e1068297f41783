#include "base/arena.h"
#include "sys/clock.h"
#include "sys/fatal.h"
#include "sys/log.h"
#include "sys/mem.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char last[LOG_LINE_MAX];
static int lines;

static void
keep(enum log_level level, const char *line)
{
    assert_true(level < LOG_LEVEL_COUNT);
    assert_true(strlen(line) < sizeof last);
    memcpy(last, line, strlen(line) + 1);
    lines++;
}

static void
t_fields(void **state)
{
    struct sha256 sha = sha256_of("abc", 3);

    (void)state;
    log_set_sink(keep);
    log_note("alert.raised", LOG_NUM("seq", -4), LOG_ID("id", 42), LOG_NAME("feed", "lab_a"),
             LOG_SHA("sha", &sha), LOG_ERRNO("error", ENOSPC));
    assert_string_equal(last,
                        "alert.raised seq=-4 id=42 feed=lab_a sha=ba7816bf8f01cfea error=ENOSPC");
    log_warn("plain");
    assert_string_equal(last, "plain");
    log_set_sink(NULL);
}

static void
t_one_line_whatever_it_holds(void **state)
{
    (void)state;
    log_set_sink(keep);
    log_note("e", LOG_NAME("a", "two words"), LOG_NAME("b", "x\ny\x1b[31m"), LOG_NAME("c", ""),
             LOG_NAME("d", NULL), LOG_NAME("f", "say \"hi\""), LOG_NAME("g", "caf\xc3\xa9"));
    assert_string_equal(last,
                        "e a=\"two words\" b=x?y?[31m c=\"\" d=- f=\"say \\\"hi\\\"\" g=caf??");
    log_set_sink(NULL);
}

/* What a peer can cause without end fills no log: of each event and name some lines, then a count.
 */
static void
t_a_flood_is_counted(void **state)
{
    char first[2] = "a";

    (void)state;
    log_set_sink(keep);
    lines = 0;
    for (int i = 0; i < 1000; i++)
        log_note_limited("feed.refused", LOG_NAME("feed", "lab"), LOG_NUM("n", i));
    assert_int_equal(lines, LOG_EACH_MINUTE);
    assert_string_equal(last, "feed.refused feed=lab n=4");
    log_note_limited("feed.refused", LOG_NAME("feed", "other")); /* another's are not lost by it */
    assert_string_equal(last, "feed.refused feed=other");
    log_limits_tick(false); /* the minute is not over */
    assert_int_equal(lines, LOG_EACH_MINUTE + 1);
    log_limits_tick(true);
    assert_int_equal(lines, LOG_EACH_MINUTE + 2);
    assert_string_equal(last, "log.suppressed event=feed.refused of=lab lines=995");
    log_limits_tick(true); /* said once */
    assert_int_equal(lines, LOG_EACH_MINUTE + 2);
    log_note_limited("feed.refused", LOG_NUM("n", 7));
    assert_string_equal(last, "feed.refused n=7");
    for (int i = 0; i < 500; i++) { /* more names than are kept apart: all are written, none lost */
        first[0] = (char)('a' + i % 26);
        log_note_limited(first, LOG_NAME("feed", i % 2 == 0 ? "x" : "y"), LOG_NUM("n", i));
    }
    log_limits_tick(true);
    assert_true(lines >= LOG_EACH_MINUTE + 3 + 26 && lines <= LOG_EACH_MINUTE + 3 + 500 + 52);
    log_set_sink(NULL);
}

static void
t_long_line_is_cut_and_says_so(void **state)
{
    char name[3000];

    (void)state;
    memset(name, 'x', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    log_set_sink(keep);
    log_note("e", LOG_NAME("a", name), LOG_NUM("never", 1));
    assert_true(strlen(last) < LOG_LINE_MAX);
    assert_string_equal(last + strlen(last) - 6, " cut=1");
    assert_null(strstr(last, "never"));
    log_set_sink(NULL);
}

static void
t_debug_is_off_until_asked(void **state)
{
    (void)state;
    log_set_sink(keep);
    lines = 0;
    log_debug("d");
    assert_int_equal(lines, 0);
    log_verbose(true);
    log_debug("d", LOG_NUM("n", 1));
    assert_int_equal(lines, 1);
    log_verbose(false);
    log_set_sink(NULL);
}

static void
t_fatal_exits_with_its_code(void **state)
{
    int status = 0;
    pid_t pid = fork();

    (void)state;
    if (pid == 0)
        fatal(FATAL_STORE, "store.gone", LOG_NUM("n", 1));
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 74);
}

static void
t_big_arena_is_wiped_and_given_back(void **state)
{
    struct arena a;
    unsigned char *p;

    (void)state;
    mem_arena_new(&a, (size_t)1 << 36); /* 64 GiB of address space, no memory */
    p = arena_alloc(&a, 1 << 20);
    memset(p, 0xAA, 1 << 20);
    mem_arena_trim(&a, 4096);
    assert_int_equal(a.used, 0);
    assert_int_equal(p[0], 0);
    assert_int_equal(p[(1 << 20) - 1], 0);
    mem_arena_free(&a);
    assert_null(a.mem);
}

static void
t_clocks_move(void **state)
{
    int64_t us = clock_mono_us();

    (void)state;
    assert_true(clock_mono_us() >= us);
    assert_true(clock_mono_ms() >= us / 1000);
    assert_true(clock_wall_s() > 1600000000);
    assert_true(clock_wall_ms() / 1000 - clock_wall_s() <= 1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(t_fields),
        cmocka_unit_test(t_one_line_whatever_it_holds),
        cmocka_unit_test(t_a_flood_is_counted),
        cmocka_unit_test(t_long_line_is_cut_and_says_so),
        cmocka_unit_test(t_debug_is_off_until_asked),
        cmocka_unit_test(t_fatal_exits_with_its_code),
        cmocka_unit_test(t_big_arena_is_wiped_and_given_back),
        cmocka_unit_test(t_clocks_move),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
