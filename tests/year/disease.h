/*
 * What:    the diseases of the ward: how many have each, what is measured, what is given, how often
 *          they come.
 * Owns:    nothing; a table.
 * Threads: any.
 * Errors:  none.
 */
#ifndef RFD_TESTS_DISEASE_H
#define RFD_TESTS_DISEASE_H

#include <stdbool.h>
#include <stdint.h>

enum { DISEASE_LINES = 3, DISEASE_COUNT = 11 };

struct disease {
    const char *oncotree; /* NULL: no cancer is known; a laboratory feed carries everybody */
    const char *analyte;  /* NULL: none that a rule reads */
    const char *unit;
    const char *drug[DISEASE_LINES]; /* by the terminology, with its classes there */
    int32_t share;                   /* of a thousand patients */
    int32_t high;                    /* thousandths, before therapy */
    int32_t low;                     /* under it */
    int32_t every;                   /* days between visits */
    bool female;
    bool staged; /* by imaging */
    bool genes;  /* a panel at the beginning and when it grows */
};

extern const struct disease diseases[DISEASE_COUNT];

#endif
