/*
 * What:    what the tests of daemon/model share: the shared data, table rows.
 * Owns:    nothing.
 * Threads: one.
 * Errors:  a test that needs shared data and finds none says SKIP shared (N).
 */
#ifndef RFD_TESTS_MODEL_TEST_H
#define RFD_TESTS_MODEL_TEST_H

#include "base/arena.h"
#include "base/assert.h"
#include "base/str.h"
#include "unit_test.h"

enum { TEST_COLS = 12 };

__attribute__((unused)) static FILE *
shared_open(const char *name, unsigned tests)
{
    const char *dir = getenv("REFRACT_SHARED");
    char path[1024];
    (void)snprintf(path, sizeof(path), "%s/data/%s", dir != NULL ? dir : "../shared", name);
    FILE *f = fopen(path, "r");
    if (f == NULL)
        printf("SKIP shared (%u)\n", tests);
    return f;
}

/* Cuts a tab-separated line in place; columns that are not there are empty. */
__attribute__((unused)) static void
row_cut(char *line, char *col[TEST_COLS])
{
    size_t n = 0;
    line[strcspn(line, "\r\n")] = '\0';
    char *end = line + strlen(line);
    for (char *p = line; p != NULL && n < TEST_COLS; n++) {
        col[n] = p;
        p = strchr(p, '\t');
        if (p != NULL)
            *p++ = '\0';
    }
    for (; n < TEST_COLS; n++)
        col[n] = end;
}

#endif
