#include "conf/config.h"
#include "sys/mem.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static struct arena arena;
static char root[] = "/tmp/refractd-test-XXXXXX";
static const char *const files[] = {
    "main.yaml",          "criteria/psa.yaml",     "criteria/ca125.yaml",
    "criteria/README.md", "criteria/.hidden.yaml", "trials/a/b/NCT1.yaml",
    "maps/lab.yaml",      "terminology/loinc.tsv"};
static const char *const folders[] = {"criteria",   "therapies", "trials",     "trials/a",
                                      "trials/a/b", "maps",      "terminology"};

static const char *
in_root(const char *name)
{
    static char path[256];

    (void)snprintf(path, sizeof path, "%s/%s", root, name);
    return path;
}

static void
put(const char *name, const char *text)
{
    FILE *f = fopen(in_root(name), "w");

    assert_non_null(f);
    assert_int_equal(fputs(text, f) >= 0, 1);
    assert_int_equal(fclose(f), 0);
}

static int
set_up(void **state)
{
    (void)state;
    mem_arena_new(&arena, (size_t)1 << 30);
    assert_non_null(mkdtemp(root));
    for (size_t i = 0; i < RFD_COUNT(folders); i++)
        assert_int_equal(mkdir(in_root(folders[i]), 0700), 0);
    for (size_t i = 1; i < RFD_COUNT(files); i++)
        put(files[i], files[i]);
    put("main.yaml", "feeds:\n  - {name: lab, kind: mllp, listen: '127.0.0.1:1', map: lab.yaml}\n");
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    for (size_t i = 0; i < RFD_COUNT(files); i++)
        (void)unlink(in_root(files[i]));
    for (size_t i = RFD_COUNT(folders); i > 0; i--)
        (void)rmdir(in_root(folders[i - 1]));
    return rmdir(root);
}

static struct config *
load(struct diags *d)
{
    static char path[256];

    (void)snprintf(path, sizeof path, "%s/main.yaml", root);
    diags_init(d, &arena);
    return config_load(path, &arena, d);
}

static void
t_files_in_order(void **state)
{
    static const char *const want[] = {"criteria/ca125.yaml",   "criteria/psa.yaml",
                                       "maps/lab.yaml",         "refractd.yaml",
                                       "terminology/loinc.tsv", "trials/a/b/NCT1.yaml"};
    struct diags d;
    const struct config *c = load(&d);
    size_t pos = 0;

    (void)state;
    assert_non_null(c);
    assert_int_equal(d.errors, 0);
    assert_int_equal(c->bundle->count, RFD_COUNT(want));
    for (size_t i = 0; i < RFD_COUNT(want); i++)
        assert_string_equal(c->bundle->file[i].path, want[i]);
    assert_true(str_eq_c(bundle_find(c->bundle, "maps/lab.yaml")->bytes, "maps/lab.yaml"));
    assert_string_equal(bundle_find(c->bundle, "criteria/psa.yaml")->origin,
                        in_root("criteria/psa.yaml"));
    assert_null(bundle_find(c->bundle, "maps/lab.yam"));
    assert_string_equal(bundle_next(c->bundle, "criteria/", &pos)->path, "criteria/ca125.yaml");
    assert_string_equal(bundle_next(c->bundle, "criteria/", &pos)->path, "criteria/psa.yaml");
    assert_null(bundle_next(c->bundle, "criteria/", &pos));
    assert_string_equal(config_map_of(c, &c->settings.feed[0])->path, "maps/lab.yaml");
}

static void
t_through_a_sealed_descriptor(void **state)
{
    struct diags d;
    const struct config *c = load(&d);
    struct config *same;
    int fd = bundle_to_fd(c->bundle);

    (void)state;
    assert_true(fd >= 0);
    assert_int_equal(write(fd, "x", 1), -1);
    assert_int_equal(ftruncate(fd, 10), -1);
    same = config_open_fd(fd, &arena, &d);
    (void)close(fd);
    assert_non_null(same);
    assert_int_equal(sha256_cmp(&same->bundle->hash, &c->bundle->hash), 0);
    assert_int_equal(sha256_cmp(&same->knowledge, &c->knowledge), 0);
    assert_int_equal(same->bundle->count, c->bundle->count);
    assert_string_equal(same->settings.folder[FOLDER_MAPS], c->settings.folder[FOLDER_MAPS]);
    assert_string_equal(config_map_of(same, &same->settings.feed[0])->origin,
                        in_root("maps/lab.yaml"));
    config_close(same);
}

static void
t_what_the_hashes_cover(void **state)
{
    struct diags d;
    struct sha256 all = load(&d)->bundle->hash;
    struct sha256 knowledge = load(&d)->knowledge;

    (void)state;
    assert_int_equal(sha256_cmp(&load(&d)->bundle->hash, &all), 0);
    put("maps/lab.yaml", "changed");
    assert_int_not_equal(sha256_cmp(&load(&d)->bundle->hash, &all), 0);
    assert_int_equal(sha256_cmp(&load(&d)->knowledge, &knowledge), 0); /* maps are not knowledge */
    put("maps/lab.yaml", "maps/lab.yaml");
    put("criteria/psa.yaml", "changed");
    assert_int_not_equal(sha256_cmp(&load(&d)->knowledge, &knowledge), 0);
    put("criteria/psa.yaml", "criteria/psa.yaml");
    assert_int_equal(sha256_cmp(&load(&d)->bundle->hash, &all), 0);
}

static void
expect_refused(const char *says, int line)
{
    struct diags d;

    assert_null(load(&d));
    assert_true(d.errors > 0);
    assert_non_null(strstr(d.first->text, says));
    assert_int_equal(d.first->line, line);
}

static void
t_refusals(void **state)
{
    struct diags d;

    (void)state;
    put("main.yaml", "folders:\n  criteria: nowhere\n");
    expect_refused("cannot be opened: No such file", 0);
    put("main.yaml",
        "mode: demo\nfeeds:\n  - {name: l, kind: mllp, listen: '127.0.0.1:1', map: x}\n");
    expect_refused("no such file in the maps folder", 3);
    put("main.yaml", "folders: {criteria: main.yaml}\n");
    expect_refused("cannot be opened: Not a directory", 0);
    put("main.yaml", "a: [\n");
    expect_refused("not YAML", 2);
    (void)unlink(in_root("main.yaml"));
    expect_refused("cannot be opened", 0);
    assert_int_equal(mkfifo(in_root("main.yaml"), 0600), 0);
    expect_refused("not a regular file", 0);
    (void)unlink(in_root("main.yaml"));
    put("main.yaml", "mode: demo\n");
    (void)rmdir(in_root("therapies"));
    assert_non_null(load(&d)); /* a default folder may be missing, which is said */
    assert_int_equal(d.warnings, 1);
    assert_int_equal(mkdir(in_root("therapies"), 0700), 0);
}

/* Any byte of the image changed or cut: refused. */
static void
t_damaged_image(void **state)
{
    struct diags d;
    int fd = bundle_to_fd(load(&d)->bundle);
    off_t size = lseek(fd, 0, SEEK_END);
    char *image = xmalloc((size_t)size);
    FILE *f = tmpfile();

    (void)state;
    assert_int_equal(pread(fd, image, (size_t)size, 0), size);
    (void)close(fd);
    assert_null(bundle_open_fd(fileno(f)));
    for (off_t i = 0; i < size; i++) {
        bool in_origin;
        struct bundle *b;

        image[i] ^= 1;
        assert_int_equal(pwrite(fileno(f), image, (size_t)size, 0), size);
        b = bundle_open_fd(fileno(f));
        in_origin = b != NULL; /* origins are not hashed: they only name places */
        if (in_origin)
            bundle_close(&b);
        image[i] ^= 1;
        assert_false(in_origin && i < 48);
    }
    for (off_t i = 0; i < size; i++) {
        assert_int_equal(ftruncate(fileno(f), i), 0);
        assert_null(bundle_open_fd(fileno(f)));
    }
    xfree(image);
    (void)fclose(f);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(t_files_in_order),        cmocka_unit_test(t_through_a_sealed_descriptor),
        cmocka_unit_test(t_what_the_hashes_cover), cmocka_unit_test(t_refusals),
        cmocka_unit_test(t_damaged_image),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
