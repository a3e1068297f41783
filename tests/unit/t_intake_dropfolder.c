/* Which file of a watched folder is next, and where it goes. */
#include "core_test.h"
#include "intake/dropfolder.h"
#include "sys/clock.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

static char folder[] = "/tmp/refract-drop-XXXXXX";

static void
t_matches(void **state)
{
    (void)state;
    assert_true(dropfolder_matches("*.hl7", "a.hl7"));
    assert_true(dropfolder_matches("*", ""));
    assert_true(dropfolder_matches("ONC_*_2026*.csv", "ONC_a_b_2026-01.csv"));
    assert_true(dropfolder_matches("a?c", "abc"));
    assert_true(dropfolder_matches("*a*b", "xaxbxb"));
    assert_false(dropfolder_matches("*.hl7", "a.hl7.part"));
    assert_false(dropfolder_matches("a?c", "ac"));
    assert_false(dropfolder_matches("", "a"));
    assert_false(dropfolder_matches("ONC_*", "onc_1"));
}

static void
put(const char *name)
{
    char path[300];
    FILE *f;

    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    f = fopen(path, "w");
    assert_non_null(f);
    assert_int_equal(fclose(f), 0);
}

static enum dropfolder_result
look(const char *pattern, int64_t settle_ms, int64_t later_ms, struct dropfolder_found *out)
{
    enum dropfolder_result r =
        dropfolder_next(folder, pattern, settle_ms, clock_wall_ms() + later_ms, out);

    if (out->fd >= 0)
        (void)close(out->fd);
    return r;
}

static void
t_next_and_move(void **state)
{
    struct dropfolder_found f;
    const struct stamp now = stamp_of_utc(1780000000);
    char path[300];

    (void)state;
    assert_non_null(mkdtemp(folder));
    assert_int_equal(look(NULL, 0, 10, &f), DROPFOLDER_EMPTY);
    put(".hidden.csv");
    put("a.hl7.part");
    put("b.tmp");
    put("c.txt");
    assert_int_equal(look(NULL, 0, 10, &f), DROPFOLDER_EMPTY);
    assert_int_equal(look("*.txt", 0, 10, &f), DROPFOLDER_FILE);
    assert_string_equal(f.name, "c.txt");
    put("z.CSV");
    assert_int_equal(look(NULL, 5000, 1000, &f), DROPFOLDER_EMPTY); /* not yet whole */
    assert_int_equal(look(NULL, 5000, 6000, &f), DROPFOLDER_FILE);
    assert_string_equal(f.name, "z.CSV");
    assert_true(dropfolder_move(folder, "z.CSV", "done", "stored-1", NULL, now));
    put("z.CSV");
    assert_true(dropfolder_move(folder, "z.CSV", "done", "stored-1", NULL, now));
    put("z.CSV");
    assert_true(dropfolder_move(folder, "z.CSV", "failed", "unread", "1:1: why\n", now));
    assert_false(dropfolder_move(folder, "z.CSV", "done", "stored-1", NULL, now)); /* gone */
    (void)snprintf(path, sizeof(path), "%s/done/2026-05-28T202640Z.stored-1.z.CSV", folder);
    assert_int_equal(unlink(path), 0);
    (void)snprintf(path, sizeof(path), "%s/done/2026-05-28T202640Z-1.stored-1.z.CSV", folder);
    assert_int_equal(unlink(path), 0);
    (void)snprintf(path, sizeof(path), "%s/failed/2026-05-28T202640Z.unread.z.CSV", folder);
    assert_int_equal(unlink(path), 0);
    (void)snprintf(path, sizeof(path), "%s/failed/2026-05-28T202640Z.unread.z.CSV.reason", folder);
    assert_int_equal(unlink(path), 0);
}

static void
t_link_and_no_folder(void **state)
{
    struct dropfolder_found f;
    char path[300];

    (void)state;
    (void)snprintf(path, sizeof(path), "%s/l.hl7", folder);
    assert_int_equal(symlink("/etc/hostname", path), 0);
    assert_int_equal(look(NULL, 0, 1000, &f), DROPFOLDER_REFUSED);
    assert_non_null(strstr(f.reason, "symbolic link"));
    assert_int_equal(dropfolder_next("/nonexistent/folder", NULL, 0, 0, &f),
                     DROPFOLDER_UNREACHABLE);
}

static int
remove_all(void **state)
{
    static const char *const left[] = {".hidden.csv", "a.hl7.part", "b.tmp", "c.txt", "l.hl7"};
    char path[300];

    (void)state;
    for (size_t i = 0; i < RFD_COUNT(left); i++) {
        (void)snprintf(path, sizeof(path), "%s/%s", folder, left[i]);
        (void)unlink(path);
    }
    (void)snprintf(path, sizeof(path), "%s/done", folder);
    (void)rmdir(path);
    (void)snprintf(path, sizeof(path), "%s/failed", folder);
    (void)rmdir(path);
    return rmdir(folder);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(t_matches),
        cmocka_unit_test(t_next_and_move),
        cmocka_unit_test(t_link_and_no_folder),
    };

    return cmocka_run_group_tests(tests, NULL, remove_all);
}
