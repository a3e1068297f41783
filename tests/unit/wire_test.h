/*
 * What:    what the tests of daemon/wire share: cmocka, and the public messages of data/hl7.
 * Owns:    shared_hl7_read() gives memory that the caller frees.
 * Threads: one.
 * Errors:  without shared data a test says SKIP shared (N).
 */
#ifndef RFD_TESTS_WIRE_TEST_H
#define RFD_TESTS_WIRE_TEST_H

#include "base/arena.h"
#include "base/str.h"

/* cmocka.h needs these four before it, whatever the alphabet says. */
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

enum { SHARED_FILE_MAX = 4 * 1024 * 1024, SHARED_ROW_MAX = 1024 * 1024 };

__attribute__((unused)) static FILE *
shared_hl7_open(const char *name)
{
    const char *dir = getenv("REFRACT_SHARED");
    char path[1024];

    (void)snprintf(path, sizeof(path), "%s/data/hl7/%s", dir != NULL ? dir : "../shared", name);
    return fopen(path, "rb");
}

/* The whole file; STR_NONE when it is not there. */
__attribute__((unused)) static struct str
shared_hl7_read(const char *name)
{
    FILE *f = shared_hl7_open(name);
    char *p;
    size_t n;

    if (f == NULL)
        return STR_NONE;
    p = malloc(SHARED_FILE_MAX);
    assert_non_null(p);
    n = fread(p, 1, SHARED_FILE_MAX, f);
    assert_true(n < SHARED_FILE_MAX);
    (void)fclose(f);
    p = realloc(p, n + 1 - (n > 0)); /* exact, so that ASan sees a byte read too far */
    assert_non_null(p);
    return (struct str){p, n};
}

#endif
